"""The body of a webhook in, plain values out: JSON of strangers, within limits. Pure.

Every text that comes out can be stored: no NUL, no lone surrogate. A key that occurs twice in an object says nothing,
because two readers may disagree about which counts: its value is None.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

MOST_DIGITS = 18
MOST_TEXT = 2_000
"""How many characters of a text are read."""


class NotJson(Exception):
    """The body is not JSON, or is nested too deeply to be read."""


def parse_body(body: bytes | str) -> Any:
    """Read a body, whatever content type it claims. Raises NotJson."""
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_whole, parse_float=_number, parse_constant=lambda name: None
        )
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def value(document: Any, *path: str) -> Any:
    """Follow `path` through nested objects; None where a part of it is missing."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def text(document: Any, *path: str) -> str:
    """Return the text at `path`, on one line; a number as its digits; anything else is empty."""
    found = value(document, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return " ".join(_storable(str(found)[:MOST_TEXT]).split())


def items(document: Any, *path: str) -> list[Any]:
    """Return the list at `path`; anything else is an empty list."""
    found = value(document, *path)
    return found if isinstance(found, list) else []


def each(document: Any) -> list[Any]:
    """Return the events of a body that holds one, or a list of them."""
    return document if isinstance(document, list) else [document]


def texts(document: Any) -> Iterator[str]:
    """Yield the texts in a value: itself, or those of a list or an object, one level deep."""
    if isinstance(document, str):
        yield _storable(document[:MOST_TEXT])
    elif isinstance(document, dict | list):
        inner: Sequence[Any] = list(document.values()) if isinstance(document, dict) else document
        yield from (_storable(each_[:MOST_TEXT]) for each_ in inner if isinstance(each_, str))


def seconds(document: Any, *path: str) -> datetime | None:
    """Read a time in seconds since 1970, a number or its digits; None if it is no possible time."""
    found = value(document, *path)
    try:
        return datetime.fromtimestamp(float(found), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def iso(document: Any, *path: str) -> datetime | None:
    """Read a time as ISO 8601 writes it; without a zone it is UTC. None if it is no possible time."""
    try:
        at = datetime.fromisoformat(text(document, *path))
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def canonical_json(document: Any) -> str:
    """Write a value so that equal values give equal texts, for a digest."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, inner in pairs:
        read[name] = None if name in read else inner
    return read


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= MOST_DIGITS else None


def _number(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) < 10.0**MOST_DIGITS else None


def _storable(words: str) -> str:
    return words.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
