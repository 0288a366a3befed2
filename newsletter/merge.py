"""Merge tags: the gaps of a mail that are filled per recipient.

A tag is written ``{{first_name|friend}}``. Once a post is compiled its gaps stand open as
U+E000 name U+E001 or U+E000 name|fallback U+E001: private-use characters that no post can contain (``seal`` removes
them), so a literal ``{{`` in the post is never mistaken for a gap, nor a recipient's name for a tag. A gap within an
address has a % before its name: what goes in there is percent-encoded.

People's data are values, never templates: nothing that is filled in is looked at again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.errors import UnknownMergeTag

PERSON = ("first_name", "last_name", "email")
LINKS = ("unsubscribe_url", "preferences_url", "web_url")

_OPEN, _CLOSE = "\ue000", "\ue001"
_WRITTEN = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*(?:\|([^{}|]{0,200}))?\}\}")
_GAP = re.compile(f"{_OPEN}(%?)([A-Za-z0-9_]+)(?:\\|([^{_CLOSE}]*))?{_CLOSE}")


@dataclass(frozen=True, slots=True)
class MergeTag:
    """A gap: the name of its value, and the fallback for an empty value."""

    name: str
    fallback: str = ""
    in_address: bool = False

    def fill(self, values: Mapping[str, str]) -> str:
        value = values.get(self.name, "") or self.fallback
        return percent_encoded(value) if self.in_address else value

    def __str__(self) -> str:
        name = f"%{self.name}" if self.in_address else self.name
        return f"{_OPEN}{name}|{self.fallback}{_CLOSE}" if self.fallback else f"{_OPEN}{name}{_CLOSE}"


Piece = str | MergeTag


def seal(text: str) -> str:
    """Remove the two characters that mark a gap, so that nothing written by an author can look like one."""
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def open_gaps(text: str, known: Iterable[str]) -> str:
    """Turn every ``{{name|fallback}}`` of sealed `text` into a gap; raise UnknownMergeTag for a name not in `known`."""
    names = {*PERSON, *LINKS, *known}

    def gap(match: re.Match[str]) -> str:
        name, fallback = match.groups()
        if name not in names:
            raise UnknownMergeTag(tag=name, known=", ".join(sorted(names)))
        return str(MergeTag(name, (fallback or "").strip()))

    return _WRITTEN.sub(gap, text)


def split(text: str) -> list[Piece]:
    """Split at the gaps: words and MergeTags in turn, without empty words."""
    pieces: list[Piece] = []
    end = 0
    for match in _GAP.finditer(text):
        pieces += [text[end : match.start()], MergeTag(match[2], match[3] or "", bool(match[1]))]
        end = match.end()
    pieces.append(text[end:])
    return [piece for piece in pieces if piece != ""]


def percent_encoded(value: str) -> str:
    """Percent-encode what goes into an address (RFC 3986 §2.1)."""
    # A value of nothing but dots becomes empty: as a part of a path it leads up, however it is encoded.
    return quote(value, safe="@", errors="replace") if value.strip(".") else ""


def fill(text: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """Fill every gap of `text`; `escape` is applied to the values, not to the text around them."""
    return "".join(piece if isinstance(piece, str) else escape(piece.fill(values)) for piece in split(text))
