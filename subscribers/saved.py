"""Segments stored by name: save, look up, list, remove. Functions never commit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from subscribers.errors import BadSegmentName, UnknownSegment
from subscribers.segment import Tree, parse
from subscribers.tables import insert_into, segments

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Saved:
    """A segment with its name."""

    name: str
    tree: Tree


def save(connection: Connection, name: str, tree: Tree, at: datetime) -> bool:
    """Store `tree` as `name`, replacing an earlier segment; say whether the name is new. Raises BadSegmentName."""
    if not _NAME.fullmatch(name):
        raise BadSegmentName(name=name)
    known = connection.scalar(select(segments.c.name).where(segments.c.name == name)) is not None
    row = {"expression": str(tree), "at": at}
    statement = insert_into(connection, segments).values(name=name, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
    return not known


def find(connection: Connection, name_or_expression: str) -> Tree:
    """Find a segment by its name, or read an expression. Raises UnknownSegment and BadSegment."""
    text = name_or_expression.strip()
    if not _NAME.fullmatch(text):
        return parse(text)
    expression = connection.scalar(select(segments.c.expression).where(segments.c.name == text))
    if expression is None:
        raise UnknownSegment(name=text)
    return parse(expression)


def every(connection: Connection) -> Iterator[Saved]:
    """List all segments by name."""
    for row in connection.execute(select(segments).order_by(segments.c.name)).all():
        yield Saved(row.name, parse(row.expression))


def remove(connection: Connection, name: str) -> None:
    """Remove the segment `name`. Raises UnknownSegment."""
    if connection.execute(delete(segments).where(segments.c.name == name)).rowcount == 0:
        raise UnknownSegment(name=name)
