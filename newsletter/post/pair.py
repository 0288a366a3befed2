"""One post in Welsh and English. In: one of its two files. Out: both halves, and the Post that they are together.

``NAME.cy.md`` and ``NAME.en.md`` side by side are one post. A file of such a name without the other is a post like any
other. A key that decides who gets the mail or how it looks is said once, or in both halves alike.
"""

import hashlib
import json
import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.post import front_matter

if TYPE_CHECKING:
    from newsletter.post import Post

WELSH, ENGLISH = LANGUAGES = ("cy", "en")
"""The first comes first in a mail, too."""
SUFFIXES = (".md", ".markdown", ".html", ".htm")
JOINT = " | "
"""Between the Welsh and the English of a subject and of a preheader."""
ALIKE = ("topic", "theme", "archive", "layout", "date")
"""Keys that hold for both halves."""
_NAME = re.compile(r"(.+)\.(cy|en)", re.IGNORECASE)


class TwoLanguages(StrEnum):
    """How an issue shows its two languages."""

    BOTH = "both"
    """One mail: the Welsh, then the English."""
    CHOSEN = "chosen"
    """The reader's language, with a link to the other; both, where the reader's is neither or unknown."""


def halves_of(path: Path) -> dict[str, Path] | None:
    """Return the two files of the post that `path` is one half of, by language, the Welsh first; None: it is none."""
    named = _NAME.fullmatch(path.stem)
    if not named or path.suffix.lower() not in SUFFIXES or not path.is_file():
        return None
    own = named[2].lower()
    other = WELSH if own == ENGLISH else ENGLISH
    for suffix in (path.suffix, *SUFFIXES):
        for language in (other, other.upper()):
            twin = path.with_name(f"{named[1]}.{language}{suffix}")
            if twin.is_file():
                found = {own: path, other: twin}
                return {language: found[language] for language in LANGUAGES}
    return None


def name_of_both(path: Path) -> str:
    """Name the post that `path` is a half of: its file name without language and suffix."""
    named = _NAME.fullmatch(path.stem)
    return named[1] if named else path.stem


def join_halves(first: "Post", second: "Post", slug: str) -> "Post":
    """Make one post of two halves. Raises PostError where the two say different things about the whole."""
    said = {name: _agreed(name, first, second) for name in ALIKE}
    layout = _layout(first, second)
    whole = [first.fingerprint, second.fingerprint, *(str(said[name] or "") for name in ("topic", "theme", "date"))]
    facts: dict[str, Any] = said | {
        "slug": slug,
        "layout": layout,
        "fingerprint": hashlib.sha256(json.dumps([*whole, layout]).encode()).hexdigest(),
    }
    halves = tuple(replace(half, **facts | {"fingerprint": half.fingerprint}) for half in (first, second))
    preheaders = [half.preheader for half in halves if half.preheader]
    return replace(
        halves[0],
        **facts,
        subject=JOINT.join(dict.fromkeys(half.subject for half in halves)),
        preheader=JOINT.join(dict.fromkeys(preheaders)),
        merge=first.merge or second.merge,
        halves=halves,
    )


def _agreed(name: str, first: "Post", second: "Post") -> object:
    """Return what the halves say under the key `name`. Raises PostError if they differ."""
    theirs = [getattr(half, name) for half in (first, second)]
    at = [half.line_of_key(name) for half in (first, second)]
    if all(at) and theirs[0] != theirs[1]:
        why = (
            f'says "{name}: {theirs[0]}", and line {at[1]} of {second.path.name} "{name}: {theirs[1]}". Make them alike'
        )
        raise front_matter.fault(first.path, why, at[0] or 1)
    return theirs[1] if at[1] and not at[0] else theirs[0]


def _layout(first: "Post", second: "Post") -> TwoLanguages:
    half = next((half for half in (first, second) if half.layout), first)
    try:
        return TwoLanguages((half.layout or TwoLanguages.BOTH).lower())
    except ValueError:
        why = f'layout must be "both" or "chosen" in a post in two languages; it says "{half.layout}"'
        raise front_matter.fault(half.path, why, half.line_of_key("layout") or 1) from None
