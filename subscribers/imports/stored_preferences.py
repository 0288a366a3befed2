"""Stores the preferences that a list brings: a pause, and declined topics. Never commits.

A no in a list counts, and a yes never overrules one: of two pauses the longer stays, and a declined topic stays
declined.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from subscribers.imports.ledger import Change, ConsentEvidence, keep_changes, leave_as_added
from subscribers.imports.preferences import ImportedPreferences
from subscribers.imports.report import Fate, RowOutcome
from subscribers.tables import declines, one_of, subscribers


class Preferring(NamedTuple):
    """A row of a batch that has preferences, and its place in the batch."""

    place: int
    address: str
    preferences: ImportedPreferences


def store_preferences(
    connection: Connection, rows: Sequence[Preferring], fates: list[Fate], evidence: ConsentEvidence, since: int
) -> None:
    """Store the preferences that are new, once their people are on the list, and note them in their `fates`.

    Subscribers with an id above `since` were added by this import.
    """
    changes: list[Change] = []
    there = [each for each in rows if fates[each.place].outcome is not RowOutcome.SUPPRESSED]
    people = _people(connection, [each.address for each in there])
    known = _declined(connection, [number for number, _ in people.values()])
    for each in there:
        number, until = people[each.address]
        pause = _new_pause(each.preferences, evidence.at, until)
        declined = [topic for topic in each.preferences.declined if (number, topic) not in known]
        if pause:
            people[each.address] = (number, pause)
            _pause(connection, number, pause)
        if declined:
            known.update((number, topic) for topic in declined)
            connection.execute(insert(declines), [_decline(number, topic, evidence.at) for topic in declined])
        if pause or declined:
            changes.append(_change(number, until, pause, declined))
            fates[each.place] = _with_preferences(fates[each.place], pause, declined)
    _keep(connection, changes, evidence.import_id, since)


def _keep(connection: Connection, changes: Sequence[Change], import_id: int | None, since: int) -> None:
    """Keep what changed for people who were there before the import, so that it can be taken back."""
    leave_as_added(connection, [number for number, _, _ in changes if number is not None and number > since])
    if import_id is not None:
        keep_changes(connection, import_id, [each for each in changes if (each[0] or 0) <= since])


def _new_pause(said: ImportedPreferences, at: datetime, until: datetime | None) -> datetime | None:
    """Return the end of a break that is longer than the one until `until`; None: there is none."""
    pause = said.paused_until
    return pause if pause is not None and pause > at and (until is None or pause > until) else None


def _pause(connection: Connection, number: int, pause: datetime) -> None:
    changed = update(subscribers).where(subscribers.c.id == bindparam("which"))
    connection.execute(changed, {"which": number, "paused_until": pause})


def _decline(number: int, topic: str, at: datetime) -> dict[str, Any]:
    return {"subscriber_id": number, "topic": topic, "at": at}


def _change(number: int, until: datetime | None, pause: datetime | None, declined: Sequence[str]) -> Change:
    """Return what was before and what is now, so that the import can be taken back."""
    before = {"paused_until": until and until.isoformat()} if pause else {}
    after = {"paused_until": pause.isoformat()} if pause else {}
    return number, before, after | ({"declined": [*declined]} if declined else {})


def _with_preferences(fate: Fate, pause: datetime | None, declined: Sequence[str]) -> Fate:
    if fate.outcome is RowOutcome.ADDED:
        return fate
    said = [f"a break until {pause:%Y-%m-%d}"] if pause else []
    return _changed(fate, "; ".join([*said, *([f"topics declined: {', '.join(declined)}"] if declined else [])]))


def _changed(fate: Fate, said: str) -> Fate:
    whys = "; ".join(filter(None, (fate.why, "changed: preferences")))
    return fate._replace(outcome=RowOutcome.UPDATED, why=whys, more="; ".join(filter(None, (fate.more, said))))


def _people(connection: Connection, addresses: Sequence[str]) -> dict[str, tuple[int, datetime | None]]:
    columns = subscribers.c
    query = select(columns.address, columns.id, columns.paused_until)
    found = connection.execute(query.where(one_of(connection, columns.address, addresses)))
    return {address: (number, until) for address, number, until in found}


def _declined(connection: Connection, numbers: Sequence[int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for start in range(0, len(numbers), _AT_ONCE):
        theirs = declines.c.subscriber_id.in_(numbers[start : start + _AT_ONCE])
        found.update((row[0], row[1]) for row in connection.execute(select(*declines.c).where(theirs)))
    return found


_AT_ONCE = 500
"""How many ids go into one statement, which takes a limited number of values."""
