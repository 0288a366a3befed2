"""One unreadable item of many is a result, not an error: it is named, set aside and counted, and the rest is read.

An item is anything made by others: a mail, a row of a list, a post, an entry of a feed. Call `attempted` inside the
loop, to read one item. A failure that is not the item's fault still ends the run: a failing database, no more memory,
Ctrl-C.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from subscribers.errors import Explained

MOST_WORDS = 200

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that could not be read, and why, in one line."""

    why: str


def attempted(read: Callable[[], Read], *ends: type[Exception]) -> Read | Unreadable:
    """Return the result of `read`, or why it failed. Raises what `ends` the run, and MemoryError."""
    passed_on: tuple[type[Exception], ...] = (MemoryError, *ends)
    try:
        return read()
    except passed_on:
        raise
    except Exception as error:  # noqa: BLE001  # a library may raise anything on items made by others
        return Unreadable(why_unreadable(error))


def why_unreadable(error: Exception) -> str:
    """Say in one line why an item could not be read."""
    words = str(error) if isinstance(error, Explained) else f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        words = (error.strerror or words).lower()
    line = " ".join(words.encode("utf-8", "replace").decode().split()).removesuffix(":")
    return line if len(line) <= MOST_WORDS else f"{line[: MOST_WORDS - 1]}…"
