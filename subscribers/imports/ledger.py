"""Stores what an import changed for people who were there before it, so that it can be taken back. Never commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from subscribers.tables import import_changes, one_of, subscribers, suppressions

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """How we know that the people in a list said yes: the wording, the source, and the time of the import."""

    wording: str
    source: str
    at: datetime
    import_id: int | None = None
    """The number of the import."""


Change = tuple[int | None, Mapping[str, Any], Mapping[str, Any]]
"""A subscriber's id, the values before and after, by column; empty values: only evidence of consent was added."""


def keep_changes(connection: Connection, import_id: int, changes: Sequence[Change]) -> None:
    """Store what an import changed."""
    rows = [
        {"import_id": import_id, "subscriber_id": number, "before": dict(before), "after": dict(after)}
        for number, before, after in changes
    ]
    if rows:
        connection.execute(insert(import_changes), rows)


def keep_stops(connection: Connection, import_id: int, addresses: Sequence[str]) -> None:
    """Store that an import also has addresses that another import has suppressed."""
    by_another = (suppressions.c.import_id.is_not(None)) & (suppressions.c.import_id != import_id)
    there = select(suppressions.c.address).where(one_of(connection, suppressions.c.address, addresses), by_another)
    rows = [{"import_id": import_id, "address": address} for address in connection.scalars(there)] if addresses else []
    if rows:
        connection.execute(insert(import_changes), rows)


def leave_as_added(connection: Connection, numbers: Sequence[int]) -> None:
    """Mark subscribers as unchanged since they were added: the import that added them made the change itself."""
    for start in range(0, len(numbers), _AT_ONCE):
        theirs = subscribers.c.id.in_(numbers[start : start + _AT_ONCE])
        connection.execute(update(subscribers).where(theirs).values(changed_at=None))


def difference(name: str, before: Any, after: Any) -> str:
    """Say in words what changed for a subscriber, for the report."""
    if isinstance(before, list):
        return f"tags + {', '.join(tag for tag in after if tag not in before)}"
    if isinstance(before, dict):
        new = {key: value for key, value in after.items() if before.get(key) != value}
        return "; ".join(difference(key, before.get(key, ""), value) for key, value in new.items())
    return f"{name} “{before}” → “{after}”" if before else f"{name} “{after}”"
