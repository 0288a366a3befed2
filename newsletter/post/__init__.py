"""Stage 1. In: a Markdown or HTML file with front matter. Out: a Post, normalised.

It refuses what it cannot read as the author meant it, naming the file, the line and the remedy; it never guesses
at broken front matter. It does not judge the words, and touches nothing but the file it is given.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, fields, replace
from pathlib import Path

from newsletter.errors import PostError
from newsletter.post.front_matter import READ, Facts, fault, key_name, split_front_matter
from newsletter.post.pair import JOINT, TwoLanguages, halves_of, join_halves, name_of_both
from newsletter.post.source import MOST_BYTES, read_source
from newsletter.post.title import Markup, title_from_body

__all__ = ["JOINT", "MOST_BYTES", "READ", "Post", "TwoLanguages", "halves_of", "key_name", "read_post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Facts):
    """What the author wrote. Text is NFC, with plain spaces, LF line ends and no character that could be a gap."""

    path: Path
    slug: str
    markup: Markup
    body: str
    fingerprint: str
    first_line: int = 1  # of the body, in the file: findings name lines as an editor counts them
    halves: "tuple[Post, ...]" = ()
    """The Welsh and the English half of a post in both; the other fields are then those of the whole, or of the first.
    Empty for a post in one language, and for a half."""
    only_because: str = ""
    """Why this half is sent without the other; empty: it is not."""
    in_two: bool = False
    """Whether this is a half of a post in two languages, or both halves."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that it is written in."""
        return tuple(half.path for half in self.halves) or (self.path,)

    @property
    def unknown_keys(self) -> dict[str, int]:
        """The keys of the front matter that mean nothing here, and the line of each."""
        known = READ.keys() if self.in_two else READ.keys() - IN_TWO
        return {key: line for key, line in self.lines.items() if key_name(key) not in known}

    def line_of_key(self, name: str) -> int | None:
        """Name the line on which the front matter says `name`; None where it does not."""
        return next((line for key, line in self.lines.items() if key_name(key) == name), None)

    def line_of(self, words: str) -> int | None:
        """Name the line of the file where `words` first stand in the body; None where they do not."""
        at = self.body.find(words) if words else -1
        return None if at < 0 else self.first_line + self.body.count("\n", 0, at)


def read_post(path: Path, settings_language: str = "en", settings_theme: str = "", source: str | None = None) -> Post:
    """Read the post at `path`; where it names no language or theme, those of the settings apply.

    If `path` is one half of a post in Welsh and English, both halves are read. `source`: the text of the file at
    `path`, where it is not what the file says, as while it is being written. Raises PostError.
    """
    both = halves_of(path)
    if both is None:
        return _read_one(path, settings_language, settings_theme, source)
    first, second = (
        _read_half(each, language, settings_theme, source if each == path else None) for language, each in both.items()
    )
    return join_halves(first, second, _slug(name_of_both(path)))


def _read_half(path: Path, language: str, settings_theme: str, source: str | None) -> Post:
    half = _read_one(path, language, settings_theme, source)
    if half.language.lower().partition("-")[0] != language:
        why = f'says that it is in "{half.language}", but its name says "{language}". Change one of the two'
        raise fault(path, why, half.line_of_key("language") or 1)
    return replace(half, in_two=True)


def _read_one(path: Path, settings_language: str, settings_theme: str, source: str | None) -> Post:
    source = read_source(path) if source is None else source
    facts, body, first_line = split_front_matter(source, path)
    markup: Markup = "html" if path.suffix.lower() in (".html", ".htm") else "markdown"
    title = facts.title or facts.subject
    if not title:
        title, body = title_from_body(body, markup)
    if not body.strip():
        raise PostError(path=path, why="has no text to send. Write your text below the lines at the top")
    if not title:
        raise fault(path, 'has no title. Put "---", "title: What it is about" and "---" at the top', line=1)
    language = facts.language or settings_language
    given = {each.name: getattr(facts, each.name) for each in fields(facts)}
    found = {"title": title, "subject": facts.subject or title, "language": language}
    return Post(
        **given | found | {"theme": facts.theme or settings_theme},
        path=path,
        slug=_slug(path.stem),
        markup=markup,
        body=body,
        fingerprint=_fingerprint(title, facts, language, markup, body),
        first_line=first_line,
    )


def _slug(stem: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:80] or "post"


def _fingerprint(title: str, facts: Facts, language: str, markup: Markup, body: str) -> str:
    given = [title, facts.subject, facts.preheader, str(facts.date or ""), facts.author, language]
    given += [facts.base_url, facts.image, str(facts.merge), markup, body.strip()]
    # Only where they are given, so that older posts keep their fingerprint.
    given += [f"{name}: {said}" for name in _LATER_KEYS if (said := getattr(facts, name))]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()


_AT_FIRST = ("title", "subject", "preheader", "date", "author", "language", "base_url", "image", "merge")
IN_TWO = ("layout", "translated_from")
"""The keys that mean something only where a post is in two languages."""
_NO_CONTENT = ("archive", *IN_TWO)
_LATER_KEYS = [
    *("topic", "theme", "image_alt"),
    *(name for name in READ if name not in (*_AT_FIRST, "topic", "theme", "image_alt", *_NO_CONTENT)),
]
"""The keys that change a fingerprint only where they are given, in the order in which they came to be."""
