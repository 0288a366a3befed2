"""One item of many that cannot be read is an outcome: named, set aside, counted. The items behind it are read.

An item is whatever strangers made: a mail, a row of a list, a post, an entry of a feed. `attempted` is for the reading
of one; it stands inside the loop. What is no item's fault ends the run as before: a database that fails, memory that is
used up, Ctrl-C.
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
    """Return what `read` makes of one item, or why it cannot. Raises what `ends` the run, and MemoryError."""
    passed_on: tuple[type[Exception], ...] = (MemoryError, *ends)
    try:
        return read()
    except passed_on:
        raise
    except Exception as error:  # noqa: BLE001  # nobody knows what strangers' items make libraries raise
        return Unreadable(in_words(error))


def in_words(error: Exception) -> str:
    """Say in one line why an item could not be read."""
    words = str(error) if isinstance(error, Explained) else f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        words = (error.strerror or words).lower()
    line = " ".join(words.encode("utf-8", "replace").decode().split()).removesuffix(":")
    return line if len(line) <= MOST_WORDS else f"{line[: MOST_WORDS - 1]}…"
