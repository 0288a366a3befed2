"""What an import changed of people who were there before it, so that it can be taken back. Never commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from subscribers.tables import import_changes, one_of, subscribers, suppressions

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """How we know that the people of a list said yes: their words, where they come from, and when they came."""

    wording: str
    source: str
    at: datetime
    import_id: int | None = None
    """The number of the import that brings them."""


Change = tuple[int | None, Mapping[str, Any], Mapping[str, Any]]
"""Who was changed, what they were and what they became, by column; empty: more is known of their consent."""


def keep_changes(connection: Connection, import_id: int, changes: Sequence[Change]) -> None:
    """Write down what an import changed."""
    rows = [
        {"import_id": import_id, "subscriber_id": number, "before": dict(before), "after": dict(after)}
        for number, before, after in changes
    ]
    if rows:
        connection.execute(insert(import_changes), rows)


def keep_stops(connection: Connection, import_id: int, addresses: Sequence[str]) -> None:
    """Write down that an import says, too, what an earlier one said: these addresses must not be written to."""
    by_another = (suppressions.c.import_id.is_not(None)) & (suppressions.c.import_id != import_id)
    there = select(suppressions.c.address).where(one_of(connection, suppressions.c.address, addresses), by_another)
    rows = [{"import_id": import_id, "address": address} for address in connection.scalars(there)] if addresses else []
    if rows:
        connection.execute(insert(import_changes), rows)


def leave_as_added(connection: Connection, numbers: Sequence[int]) -> None:
    """Say of people whom an import added that nobody has changed them: it was the same import."""
    for start in range(0, len(numbers), _AT_ONCE):
        theirs = subscribers.c.id.in_(numbers[start : start + _AT_ONCE])
        connection.execute(update(subscribers).where(theirs).values(changed_at=None))


def difference(name: str, before: Any, after: Any) -> str:
    """Say in words what changed of somebody, for the report."""
    if isinstance(before, list):
        return f"tags + {', '.join(tag for tag in after if tag not in before)}"
    if isinstance(before, dict):
        new = {key: value for key, value in after.items() if before.get(key) != value}
        return "; ".join(difference(key, before.get(key, ""), value) for key, value in new.items())
    return f"{name} “{before}” → “{after}”" if before else f"{name} “{after}”"
