"""The door to python-frontmatter. In: a post's source. Out: its Facts and its body.

A value is read as the text it is, and refused with its line where it does not mean what it must. Nothing is guessed.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from frontmatter.default_handlers import YAMLHandler

from newsletter.errors import PostError
from newsletter.post.source import normalise_text

MOST_FRONT_MATTER = 65_536
MOST_TITLE = 250


def fault(path: Path, why: str, line: int) -> PostError:
    """Say what is wrong on which line."""
    return PostError(path=f"{path}, line {line}", why=why)


def _short(text: str) -> str:
    if len(text) > MOST_TITLE:
        raise ValueError(f"must be at most {MOST_TITLE} characters; this is {len(text)}")
    return text


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise ValueError(f'must be a date like 2026-11-22; it says "{text}"') from None


def _language(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError(f'must be a language code like en, cy or pt-BR; it says "{text}"')
    return text


def _base_url(text: str) -> str:
    try:
        address = urlsplit(text)
    except ValueError:
        address = urlsplit("")
    if text and not (address.scheme in ("http", "https") and address.hostname):
        raise ValueError(f'must be a web address like https://example.org/blog/; it says "{text}"')
    return text


def _yes(text: str) -> bool:
    if text.lower() not in ("", "true", "yes", "false", "no"):
        raise ValueError(f'must be true or false; it says "{text}"')
    return text.lower() in ("true", "yes")


def _topic(text: str) -> str:
    if text and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text):
        raise ValueError(f'must be the name of a topic, as `newsletter topics list` shows it; it says "{text}"')
    return text


def _yes_no_or_nothing(text: str) -> bool | None:
    return _yes(text) if text else None


def _key(read: Callable[[str], Any], default: Any = "") -> Any:
    """Declare a key of the front matter: how its value is read, and what it is where the post does not say it."""
    return field(default=default, metadata={"read": read})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the front matter says. A new key is one line here; it is then part of `Post` and of its fingerprint."""

    title: str = _key(_short)
    subject: str = _key(_short)
    preheader: str = _key(_short)
    date: datetime.date | None = _key(_date, None)
    author: str = _key(_short)
    language: str = _key(_language)
    base_url: str = _key(_base_url)
    image: str = _key(str)
    image_alt: str = _key(_short)
    """Alt text of the picture above the title; empty: it shows nothing that the words do not say."""
    theme: str = _key(str)
    merge: bool = _key(_yes, False)
    topic: str = _key(_topic)
    archive: bool | None = _key(_yes_no_or_nothing, None)
    """None: the default for such an issue."""
    layout: str = _key(str)
    """How an issue in two languages shows them; means nothing in a post in one language. See newsletter.post.pair."""
    translated_from: str = _key(_short)
    """The hash of the other half, as it was when this one was translated."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each key, as it is spelt in the file; unknown keys, too."""


READ: dict[str, Callable[[str], Any]] = {
    each.name: each.metadata["read"] for each in fields(Facts) if "read" in each.metadata
}
"""Every key that means something, and how its value is read."""


_OPENS = re.compile(r"\s*^---[ \t]*\n", re.MULTILINE)


def split_front_matter(source: str, path: Path) -> tuple[Facts, str, int]:
    """Return the facts, the body, and the line the body begins on. Raises PostError."""
    if not _OPENS.match(source):
        return Facts(), source, 1
    handler = YAMLHandler()
    opened = _line(source, source.index("---"))
    try:
        written, body = handler.split(source)
    except ValueError:
        raise fault(
            path, 'the lines at the top of the post have no end. Put a line "---" below the last of them', opened
        ) from None
    return _read_facts(handler, written, path, opened), body, _line(source, len(source) - len(body))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _read_facts(handler: YAMLHandler, written: str, path: Path, opened: int) -> Facts:
    if len(written) > MOST_FRONT_MATTER:
        raise fault(path, 'the lines at the top of the post are too long. Is a line "---" missing below them?', opened)
    try:
        # Everything is read as text, because a title may be 2024 or "no".
        found = handler.load(written, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = opened + (error.problem_mark.line if error.problem_mark else 0)
        why = f"this line cannot be read: {error.problem}. Put a value that has a colon in it into quotation marks"
        raise fault(path, why, line) from None
    except (yaml.YAMLError, RecursionError):
        raise fault(path, "the lines at the top of the post cannot be read", opened) from None
    if not isinstance(found, Mapping):
        if not found:
            return Facts()
        raise fault(path, 'the lines at the top of the post must be like "title: What it is about"', opened)
    lines = _lines_of_keys(written, path, opened)
    values = {key_name(key): value for key, value in found.items()}
    facts = {name: _fact(values, name, read, path, lines) for name, read in READ.items()}
    return Facts(**facts, lines=lines)


def _lines_of_keys(written: str, path: Path, opened: int) -> dict[str, int]:
    """Say where each key stands. Raises PostError where one stands twice: only the author knows which is meant."""
    lines: dict[str, int] = {}
    composed = yaml.compose(written, Loader=yaml.BaseLoader)
    for key, _ in composed.value if composed is not None else ():
        line = opened + key.start_mark.line
        name = str(key.value)
        twice = next((other for other in lines if key_name(other) == key_name(name)), None)
        if twice:
            raise fault(path, f'"{name}" is here and on line {lines[twice]}. Keep one of the two', line)
        lines[name] = line
    return lines


def key_name(written: object) -> str:
    """Normalise the name of a key: capitals, hyphens and spaces make no difference."""
    return re.sub(r"[\s-]+", "_", str(written).strip().casefold())


def _fact(values: Mapping[str, Any], name: str, read: Callable[[str], Any], path: Path, lines: dict[str, int]) -> Any:
    try:
        return read(_one_line(values.get(name, "")))
    except ValueError as error:
        line = next(line for written, line in lines.items() if key_name(written) == name)
        raise fault(path, f"{name} {error}", line) from None


def _one_line(value: object) -> str:
    if isinstance(value, str):
        return " ".join(normalise_text(value).replace("\0", "").split())
    raise ValueError(f"must be text, not a {'list' if isinstance(value, list) else 'table'}")
