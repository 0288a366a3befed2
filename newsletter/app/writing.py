"""A post's file as a form: what its front matter says as fields, and its words. In: a file. Out: the file, changed.

A save changes only the lines of the fields that were changed: keys that we do not know, comments and the order stay as
the author wrote them. It carries the mark of the file it began from; a file that was changed meanwhile is never written
over.
"""

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from newsletter.errors import PostError
from newsletter.post import MOST_BYTES, key_name
from newsletter.post import source as text_files
from newsletter.post.front_matter import READ, Facts, split_front_matter
from newsletter.runtime.whole_file import FOR_ALL, written_whole
from newsletter.sources.draft import Draft
from newsletter.sources.filing import file_draft

SUFFIXES = (".md", ".html", ".htm")
FIELDS = ("title", "subject", "preheader", "date", "author", "language", "topic", "theme", "image", "image_alt")
"""The keys of the front matter that are fields of the form."""


class ChangedMeanwhile(PostError):
    """{path} was changed by another program since you opened it. Nothing was written over."""

    theirs = ""
    """The whole text of the file as it is now."""


@dataclass(frozen=True)
class PostSheet:
    """A post to be edited. `whole`: its front matter cannot be read, so `body` is all of the file."""

    path: Path
    fields: Mapping[str, str]
    body: str
    mark: str
    """Of the file's bytes; empty: there is no file."""
    first_line: int = 1
    """The line of the file on which `body` begins."""
    whole: bool = False


def named_post(posts: Path, name: str) -> Path | None:
    """Find the post of this name in the folder `posts` itself; None: there is none."""
    path = posts / name
    if "\0" in name or path.name != name or path.suffix not in SUFFIXES or not path.is_file():
        return None
    return path if path.resolve().parent == posts.resolve() else None


def open_sheet(path: Path) -> PostSheet:
    """Read the post at `path` to be edited. Raises PostError if it is not text."""
    source, mark = text_files.read_source(path), mark_of(path)
    try:
        facts, body, first_line = split_front_matter(source, path)
    except PostError:
        return PostSheet(path, {}, source, mark, whole=True)
    fields = {name: _shown(getattr(facts, name)) for name in FIELDS}
    return PostSheet(path, fields, body.lstrip("\n"), mark, first_line + _blank_lines(body))


def sheet_text(path: Path, fields: Mapping[str, str], body: str, whole: bool = False) -> str:
    """Return the whole text of the post at `path` with these fields and this body, as `save_sheet` would write it."""
    words = text_files.normalise_text(body)
    if whole:
        return words
    source = text_files.read_source(path) if path.is_file() else ""
    try:
        facts, old, _ = split_front_matter(source, path)
    except PostError:
        return words
    head = source[: len(source) - len(old)] + old[: _blank_lines(old)]
    return _with_fields(head, facts, fields) + words.rstrip("\n") + "\n"


def save_sheet(path: Path, mark: str, fields: Mapping[str, str], body: str, whole: bool = False) -> str:
    """Write the post at `path`, which had `mark` when it was opened; return its new mark.

    Raises ChangedMeanwhile, and PostError for a field that means nothing or a body that is too long.
    """
    content = sheet_text(path, fields, body, whole).encode()
    if len(content) > MOST_BYTES:
        raise PostError(path=path, why=f"would be larger than {MOST_BYTES // 1_000_000} MB")
    if not whole:
        _require_meaning(path, fields)
    if mark_of(path) != mark:
        found = ChangedMeanwhile(path=path)
        found.theirs = text_files.read_source(path) if path.is_file() else ""
        raise found
    with written_whole(path, FOR_ALL) as file:
        file.write(content)
    return mark_of(path)


def begin_post(posts: Path, fields: Mapping[str, str], body: str, today: datetime.date) -> Path:
    """Write a new post into the folder `posts` and return its path. Raises PostError, and SourceError if it cannot."""
    _require_meaning(posts, fields)
    draft = Draft("new", fields.get("title", ""), text_files.normalise_text(body).rstrip("\n") + "\n")
    path = file_draft(draft, posts, today).path
    save_sheet(path, mark_of(path), fields, body)
    return path


def mark_of(path: Path) -> str:
    """Return what changes whenever the file does; empty: there is no file."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _require_meaning(path: Path, fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        try:
            READ[name](" ".join(value.split()))
        except ValueError as error:
            raise PostError(path=path.name, why=f"{name} {error}") from None


def _with_fields(head: str, facts: Facts, fields: Mapping[str, str]) -> str:
    lines = head.split("\n")
    known = {name: " ".join(value.split()) for name, value in fields.items()}
    changed = {name: value for name, value in known.items() if value != _shown(getattr(facts, name))}
    if not changed:
        return head
    if not facts.lines and "---" not in lines:
        return "\n".join(
            ["---", *(f"{name}: {_quoted(value)}" for name, value in known.items() if value), "---", "", head]
        )
    spelt = {key_name(key): key for key in facts.lines}
    for name in changed.keys() & spelt.keys():
        _replace(lines, facts, spelt[name], changed[name])
    new = [f"{name}: {_quoted(value)}" for name, value in changed.items() if value and name not in spelt]
    lines[_last_fence(lines) : _last_fence(lines)] = new
    return "\n".join(line for line in lines if line is not _GONE)


def _replace(lines: list[str], facts: Facts, key: str, value: str) -> None:
    """Put `value` on the line of `key`, and take away what its old value had of further lines; comments stay."""
    at = facts.lines[key] - 1
    end = min((line - 1 for line in facts.lines.values() if line - 1 > at), default=_last_fence(lines))
    lines[at] = f"{key}: {_quoted(value)}" if value else _GONE
    for place in range(at + 1, end):
        lines[place] = lines[place] if lines[place].startswith("#") else _GONE


_GONE = "\0"


def _last_fence(lines: list[str]) -> int:
    """Find the line that closes the front matter."""
    return max(place for place, line in enumerate(lines) if line.rstrip() == "---")


def _blank_lines(body: str) -> int:
    return len(body) - len(body.lstrip("\n"))


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[^\W\d_][^:#\"'\\\[\]{}&*!|>%@`,?\n]*", text) and text.lower() not in ("null", "none")
    return text if plain or re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else json.dumps(text, ensure_ascii=False)
