"""A Draft becomes a file. In: a Draft. Out: posts/DATE-slug.md with front matter, and its pictures beside it.

It never writes over anything.
"""

import datetime
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import SourceError
from newsletter.sources.draft import Draft

_MOST_TRIES = 1000


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a draft was written, and its pictures."""

    path: Path
    pictures: tuple[Path, ...] = ()


def file_draft(draft: Draft, folder: Path, today: datetime.date, path: Path | None = None) -> Filed:
    """Write `draft` to `path`, else into `folder` under its date and title. Raises SourceError where it cannot."""
    body = draft.body
    target = path or folder / f"{draft.date or today}-{slug(draft.title)}.md"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target = _reserve(target, may_number=path is None)
        room = f"{target.stem}-pictures"
        for enclosure in draft.enclosures:
            body = body.replace(f"]({enclosure.name})", f"]({room}/{enclosure.name})")
            body = body.replace(f'src="{enclosure.name}"', f'src="{room}/{enclosure.name}"')
        target.write_text(f"{front_matter(draft)}\n{body}", encoding="utf-8")
        pictures = []
        for enclosure in draft.enclosures:
            (target.parent / room).mkdir(exist_ok=True)
            picture = target.parent / room / Path(enclosure.name).name
            picture.write_bytes(enclosure.content)
            pictures.append(picture)
    except FileExistsError:
        raise SourceError(
            source=target, why="is there already, and nothing is written over. Choose another name"
        ) from None
    except OSError as error:
        raise SourceError(source=target, why=f"cannot be written: {error.strerror}") from None
    return Filed(target, tuple(pictures))


def front_matter(draft: Draft) -> str:
    """Write the facts of a draft as front matter that reads back as the same facts."""
    facts = {
        "title": draft.title or "Untitled",
        "subject": draft.subject if draft.subject != draft.title else "",
        "preheader": draft.preheader,
        "date": str(draft.date or ""),
        "author": draft.author,
        "language": draft.language,
        "base_url": draft.base_url,
        "image": draft.image,
    }
    lines = [f"{name}: {_value(name, value)}" for name, value in facts.items() if value]
    return "\n".join(["---", *lines, "---", ""])


def slug(title: str) -> str:
    """Make a title a name for a file: small Latin letters, digits and hyphens."""
    latin = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", latin)).strip("-")[:60].rstrip("-") or "post"


def _value(name: str, text: str) -> str:
    plain = re.fullmatch(r"[^\W\d_][^:#\"'\\\[\]{}&*!|>%@`,?\n]*", text) and text.strip() == text
    return text if plain or name == "date" else json.dumps(text, ensure_ascii=False)


def _reserve(target: Path, *, may_number: bool) -> Path:
    """Create an empty file under an unused name, so that no other process can take the name."""
    for number in range(1, _MOST_TRIES):
        tried = target if number == 1 else target.with_stem(f"{target.stem}-{number}")
        try:
            tried.touch(exist_ok=False)
        except FileExistsError:
            if not may_number:
                raise
            continue
        return tried
    raise FileExistsError(str(target))
