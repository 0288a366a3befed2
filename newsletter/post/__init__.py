"""Stage 1. In: a Markdown or HTML file with front matter. Out: a Post, normalised.

It refuses what it cannot read as the author meant it, naming the file, the line and the remedy; it never guesses
at broken front matter. It does not judge the words, and touches nothing but the file it is given.
"""

import datetime
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.errors import PostError
from newsletter.post.front_matter import READ, Facts, fault, key_name, split_front_matter
from newsletter.post.source import MOST_BYTES, read_source
from newsletter.post.title import Markup, title_from_body

__all__ = ["MOST_BYTES", "READ", "Post", "key_name", "read_post"]


@dataclass(frozen=True, slots=True)
class Post:
    """What the author wrote. Text is NFC, with plain spaces, LF line ends and no character that could be a gap."""

    path: Path
    slug: str
    title: str
    subject: str
    preheader: str
    date: datetime.date | None
    author: str
    language: str
    base_url: str
    image: str
    theme: str
    merge: bool
    markup: Markup
    body: str
    fingerprint: str
    topic: str = ""
    image_alt: str = ""  # alt text of the picture above the title; empty: it shows nothing that the words do not say
    archive: bool | None = None  # None: the default for such an issue
    first_line: int = 1  # of the body, in the file: findings name lines as an editor counts them
    keys: Mapping[str, int] = field(default_factory=dict)  # of the front matter, as spelt there, and the line of each

    @property
    def unknown_keys(self) -> dict[str, int]:
        """The keys of the front matter that mean nothing here, and the line of each."""
        return {key: line for key, line in self.keys.items() if key_name(key) not in READ}

    def line_of_key(self, name: str) -> int | None:
        """Name the line on which the front matter says `name`; None where it does not."""
        return next((line for key, line in self.keys.items() if key_name(key) == name), None)

    def line_of(self, words: str) -> int | None:
        """Name the line of the file where `words` first stand in the body; None where they do not."""
        at = self.body.find(words) if words else -1
        return None if at < 0 else self.first_line + self.body.count("\n", 0, at)


def read_post(path: Path, settings_language: str = "en", settings_theme: str = "") -> Post:
    """Read the post at `path`; where it names no language or theme, those of the settings apply.

    Raises PostError.
    """
    source = read_source(path)
    facts, body, first_line = split_front_matter(source, path)
    markup: Markup = "html" if path.suffix.lower() in (".html", ".htm") else "markdown"
    title = facts.title or facts.subject
    if not title:
        title, body = title_from_body(body, markup)
    if not body.strip():
        raise PostError(path=path, why="has no text to send. Write your text below the lines at the top")
    if not title:
        raise fault(path, 'has no title. Put "---", "title: What it is about" and "---" at the top', line=1)
    return Post(
        path=path,
        slug=_slug(path.stem),
        title=title,
        subject=facts.subject or title,
        preheader=facts.preheader,
        date=facts.date,
        author=facts.author,
        language=facts.language or settings_language,
        base_url=facts.base_url,
        image=facts.image,
        theme=facts.theme or settings_theme,
        merge=facts.merge,
        markup=markup,
        body=body,
        fingerprint=_fingerprint(title, facts, facts.language or settings_language, markup, body),
        topic=facts.topic,
        image_alt=facts.image_alt,
        archive=facts.archive,
        first_line=first_line,
        keys=facts.lines,
    )


def _slug(stem: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:80] or "post"


def _fingerprint(title: str, facts: Facts, language: str, markup: Markup, body: str) -> str:
    given = [title, facts.subject, facts.preheader, str(facts.date or ""), facts.author, language]
    given += [facts.base_url, facts.image, str(facts.merge), markup, body.strip()]
    # Only where they are given, so that older posts keep their fingerprint.
    since = (("topic", facts.topic), ("theme", facts.theme), ("image_alt", facts.image_alt))
    given += [f"{name}: {said}" for name, said in since if said]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()
