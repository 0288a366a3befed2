"""What a source becomes: a Draft, with an account of what was kept, what was left behind and what a human must do."""

import datetime
import re
from dataclasses import dataclass

from newsletter.sources.words import count_of

_SIGNS = {
    "headings": re.compile(r"^#{1,6} ", re.MULTILINE),
    "list items": re.compile(r"^\s*(?:[-*]|\d+[.)]) ", re.MULTILINE),
    "links": re.compile(
        r"(?<!!)\[(?:[^\[\]\\]|\\.|!\[[^\]]{0,300}\]\([^)]{0,500}\)){1,500}\]\([^)]+\)|<https?://[^>]+>"
    ),
    "images": re.compile(r"!\[(?:[^\]\\]|\\.){0,500}\]\([^)]+\)|<img\b"),
    "tables": re.compile(r"^\|[ :|-]+\|$|^<table", re.MULTILINE),
}


@dataclass(frozen=True, slots=True)
class Need:
    """Something only a human can put right: what is missing, the words it belongs to, and what to do."""

    what: str
    words: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} “{self.words}”: {self.remedy}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the source that is not in the post: what it is, and its words, whole.

    `counts` is false where the words are not in the source's text, such as the name of a picture.
    """

    what: str
    words: str
    counts: bool = True

    def __str__(self) -> str:
        count = count_of(self.words)
        if self.what in ("line", "text"):
            more = f" ({count} words)" if quoted(self.words) != self.words else ""
            return f"“{quoted(self.words)}”{more}"
        size = f", {count} word{'' if count == 1 else 's'}" if self.counts else ""
        return f"{self.what}{size}: “{quoted(self.words)}”"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture that came inside the source, to be written beside the post under `name`."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A post to be, in Markdown. `dropped` names everything of the source that is not in it."""

    kind: str
    title: str
    body: str
    author: str = ""
    date: datetime.date | None = None
    language: str = ""
    base_url: str = ""
    image: str = ""
    subject: str = ""
    preheader: str = ""
    dropped: tuple[LeftOut, ...] = ()
    needs: tuple[Need, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()

    @property
    def kept(self) -> dict[str, int]:
        """Count what the post holds."""
        blocks = [block for block in self.body.split("\n\n") if block.strip()]
        paragraphs = sum(1 for block in blocks if not re.match(r"\s*(?:#{1,6} |[-*] |\d+[.)] |>|\||<|```|---)", block))
        counts = {"paragraphs": paragraphs} | {name: len(sign.findall(self.body)) for name, sign in _SIGNS.items()}
        return {name: count for name, count in counts.items() if count}


def quoted(text: str, most: int = 100) -> str:
    """Shorten `text` so that it can be quoted in one line."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rpartition(" ")[0] + "…"
