"""Counts what subscribers did by the links of one issue: left, came back, changed their address or preferences.

A link's token contains the issue it came with, and the evidence keeps it. When a person is erased, their part of the
counts is kept. Functions take a connection inside a transaction and never commit.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, func, select

from subscribers.consent import Consent
from subscribers.counts import link_tallies
from subscribers.statements import add_to
from subscribers.tables import changes, consents, moves


class Through(NamedTuple):
    """How many did each thing; each subscriber counts once."""

    unsubscribed: int = 0
    came_back: int = 0
    """Counted whichever issue they had left by."""
    changed_address: int = 0
    changed_preferences: int = 0


_NOBODY = Through()


def through(connection: Connection, issue_id: int) -> Through:
    """Count what was done through links of issue `issue_id`; people who were erased since are counted too."""
    return through_each(connection, [issue_id])[issue_id]


def through_each(connection: Connection, issue_ids: Sequence[int]) -> dict[int, Through]:
    """Count what was done through the links of each of these issues."""
    found = _counted(connection)
    kept = {row.issue_id: Through(*row[1:]) for row in connection.execute(select(link_tallies))}
    return {
        each: Through(*map(sum, zip(found.get(each, _NOBODY), kept.get(each, _NOBODY), strict=True)))
        for each in issue_ids
    }


def keep_through(connection: Connection, subscriber_id: int) -> None:
    """Keep what a subscriber did through the links of issues, as counts, because they will be erased."""
    for issue_id, done in _counted(connection, subscriber_id).items():
        add_to(connection, link_tallies, {"issue_id": issue_id}, done._asdict())


def _counted(connection: Connection, person: int | None = None) -> dict[int, Through]:
    """Count by issue what everybody did through its links, or only one `person`."""
    left = consents.c.consent == Consent.WITHDRAWN.value
    moved = consents.c.source.startswith("address changed")
    back = consents.c.source.in_(("undo", "confirmed by mail"))
    counts = (
        _people(connection, consents, person, left & ~moved),
        _people(connection, consents, person, back),
        _people(connection, moves, person, moves.c.undone_at.is_(None)),
        _people(connection, changes, person),
    )
    return {issue: Through(*(each[issue] for each in counts)) for issue in sorted(set().union(*counts))}


def _people(connection: Connection, table: Table, person: int | None, *where: ColumnElement[bool]) -> Counter[int]:
    people = func.count(table.c.subscriber_id.distinct())
    query = select(table.c.issue_id, people).where(table.c.issue_id.is_not(None), *where).group_by(table.c.issue_id)
    query = query if person is None else query.where(table.c.subscriber_id == person)
    return Counter(dict(connection.execute(query).all()))
