"""The content of a source. In: bytes, and where they came from. Out: their start, their text, the files beside them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from newsletter.errors import SourceError
from newsletter.post.source import decode, normalise_text

_HEAD = 20_000  # characters at the start, in which the signs of a kind are looked for
_PAGE = re.compile(r"<!doctype html|<html[\s>]|<body[\s>]|<head[\s>]", re.IGNORECASE)


def nothing(_: str) -> bytes | None:
    """Return None: the source has no files beside it."""
    return None


@dataclass(frozen=True)
class Material:
    """The bytes of a source.

    `name` is its path or address, `url` where it was fetched from, `charset` what HTTP said; `beside` reads a file that
    lies beside it, by the relative address the source uses for it, and returns None where there is none.
    """

    name: str
    content: bytes
    url: str = ""
    charset: str = ""
    beside: Callable[[str], bytes | None] = field(default=nothing, compare=False, repr=False)

    @cached_property
    def start(self) -> bytes:
        """The first bytes, without a byte order mark and spaces."""
        return self.content[:8000].lstrip(b"\xef\xbb\xbf \t\r\n")

    @cached_property
    def head(self) -> str:
        """The first characters. Raises SourceError where it is no text."""
        return self.text()[:_HEAD]

    @property
    def suffix(self) -> str:
        """The end of its name, in small letters and without the dot."""
        stem, dot, suffix = self.name.lower().rpartition(".")
        return suffix if stem and dot and "/" not in suffix else ""

    def text(self) -> str:
        """Read the bytes as normalised text. Raises SourceError."""
        return self._text

    @cached_property
    def _text(self) -> str:
        text = decode(self.content, self.charset)
        if text is None:
            raise SourceError(source=self.name, why="is not text, and no Word document, feed or export either")
        return normalise_text(text)


def opens_like_a_page(text: str) -> bool:
    """Tell whether `text` opens as a whole HTML document does."""
    return bool(_PAGE.search(text[:3000]))
