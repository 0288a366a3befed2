"""Counts what subscribers did by the links of one issue: left, came back, changed their address or preferences.

A link's token contains the issue it came with, and the evidence keeps it. Reads only.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, func, select

from subscribers.consent import Consent
from subscribers.tables import changes, consents, moves


class Through(NamedTuple):
    """How many did each thing; each subscriber counts once."""

    unsubscribed: int = 0
    came_back: int = 0
    """Counted whichever issue they had left by."""
    changed_address: int = 0
    changed_preferences: int = 0


def through(connection: Connection, issue_id: int) -> Through:
    """Count what was done through links of issue `issue_id`."""
    left = consents.c.consent == Consent.WITHDRAWN.value
    moved = consents.c.source.startswith("address changed")
    back = consents.c.source.in_(("undo", "confirmed by mail"))
    return Through(
        _people(connection, consents, issue_id, left & ~moved),
        _people(connection, consents, issue_id, back),
        _people(connection, moves, issue_id, moves.c.undone_at.is_(None)),
        _people(connection, changes, issue_id),
    )


def _people(connection: Connection, table: Table, issue_id: int, *where: ColumnElement[bool]) -> int:
    people = func.count(table.c.subscriber_id.distinct())
    return connection.execute(select(people).where(table.c.issue_id == issue_id, *where)).scalar_one()
