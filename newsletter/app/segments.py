"""Segments: save one, list them, list who belongs to one, remove one; and the part of the list that one selects."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading, writing
from newsletter.issue import audience_in
from newsletter.runtime.clock import now
from subscribers import saved
from subscribers.familiar import doubts
from subscribers.segment import Tree, parse

Warn = Callable[[str], object]
"""Gets a sentence for each tag, topic and field of a segment that no subscriber has: it may be mistyped."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment that was saved, or that is listed."""

    name: str
    expression: str
    recipients: int
    """How many of it may be written to today."""
    new: bool = False
    """Whether the name was not in use."""


class SegmentMember(NamedTuple):
    """A subscriber of a segment who may be written to today."""

    address: str
    first_name: str


def save(place: ListFolder, name: str, expression: str, warn: Warn) -> Kept:
    """Save a segment, replacing an earlier one of this name. Raises BadSegmentName and BadSegment."""
    tree = parse(expression)
    with writing(place.engine) as connection:
        new = saved.save(connection, name, tree, now())
        kept = Kept(name, str(tree), _count(connection, tree), new)
        found = doubts(connection, tree)
        deeds.note(connection, place, "save a segment", name, {"expression": str(tree)})
    for doubt in found:
        warn(doubt)
    return kept


def all_segments(place: ListFolder) -> list[Kept]:
    """List the saved segments by name."""
    with reading(place.engine) as connection:
        return [Kept(each.name, str(each.tree), _count(connection, each.tree)) for each in saved.every(connection)]


@contextmanager
def recipients(place: ListFolder, segment: str, warn: Warn) -> Iterator[Iterator[SegmentMember]]:
    """Yield who of a segment, a name or an expression, may be written to today; they are read while the block runs.

    Raises UnknownSegment and BadSegment.
    """
    with reading(place.engine) as connection:
        audience = audience_in(connection, found(connection, segment, warn), now())
        yield (SegmentMember(row.address, row.first_name) for row in audience.each(connection))


def remove(place: ListFolder, name: str) -> None:
    """Remove a saved segment; its subscribers stay on the list. Raises UnknownSegment."""
    with writing(place.engine) as connection:
        saved.remove(connection, name)
        deeds.note(connection, place, "remove a segment", name)


def found(connection: Connection, segment: str, warn: Warn) -> Tree:
    """Find a segment by its name, or read an expression, and warn of what looks mistyped.

    Raises UnknownSegment and BadSegment.
    """
    tree = saved.find(connection, segment)
    for doubt in doubts(connection, tree):
        warn(doubt)
    return tree


def among(connection: Connection, segment: str, warn: Warn) -> ColumnElement[bool]:
    """Make the condition that selects the subscribers of a segment. Raises UnknownSegment and BadSegment."""
    return audience_in(connection, found(connection, segment, warn), now()).among


def _count(connection: Connection, tree: Tree) -> int:
    return audience_in(connection, tree, now()).count(connection)
