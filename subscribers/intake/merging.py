"""A batch of entries in, rows of the list out: who is new, who changed, who stays as they are.

Two statements read what is there and at most four write what is new, whatever the size of the batch. Never commits.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, literal, select, update

from subscribers.consent import Consent, confirm, withdraw
from subscribers.erasure import Memory
from subscribers.intake.entry import Entry
from subscribers.tables import Moment, consents, insert_into, subscribers, suppressions


class Outcome(Enum):
    """What became of one entry."""

    ADDED = auto()
    UPDATED = auto()
    UNCHANGED = auto()
    SUPPRESSED = auto()


@dataclass(slots=True)
class _Person:
    """A row of the list, as it is or is going to be. No id: not yet there."""

    id: int | None
    address: str
    first_name: str
    last_name: str
    language: str
    tags: list[str]
    fields: dict[str, str]
    consent: str
    joined_at: datetime | None = None
    changed: bool = False
    said: Consent | None = None
    """What an entry says about the consent of somebody who was there before."""


def merge_batch(
    connection: Connection, memory: Memory, entries: Sequence[Entry], wording: str, source: str, at: datetime
) -> Counter[Outcome]:
    """Put entries on the list, the later ones upon the earlier; count what became of them."""
    addresses = list({entry.address for entry in entries})
    stopped = set(connection.scalars(select(suppressions.c.address).where(suppressions.c.address.in_(addresses))))
    stopped |= memory.among(connection, addresses)
    people = _read(connection, addresses)
    outcomes = Counter(_merge(people, entry) for entry in entries if entry.address not in stopped)
    outcomes[Outcome.SUPPRESSED] = len(entries) - outcomes.total()
    _add(connection, [person for person in people.values() if person.id is None], wording, source, at)
    _change(connection, [person for person in people.values() if person.id is not None and person.changed])
    _hear(connection, [person for person in people.values() if person.said is not None], wording, source, at)
    return outcomes


def _read(connection: Connection, addresses: Sequence[str]) -> dict[str, _Person]:
    columns = ("id", "address", "first_name", "last_name", "language", "tags", "fields", "consent")
    query = select(*(subscribers.c[name] for name in columns)).where(subscribers.c.address.in_(addresses))
    return {row.address: _Person(*row) for row in connection.execute(query)}


def _merge(people: dict[str, _Person], entry: Entry) -> Outcome:
    person = people.get(entry.address)
    if person is None:
        people[entry.address] = _newcomer(entry)
        return Outcome.ADDED
    changed = any([_describe(person, entry), _hear_of(person, entry.consent)])
    return Outcome.UPDATED if changed else Outcome.UNCHANGED


def _newcomer(entry: Entry) -> _Person:
    consent = entry.consent or Consent.CONFIRMED
    return _Person(
        id=None,
        address=entry.address,
        first_name=entry.first_name,
        last_name=entry.last_name,
        language=entry.language,
        tags=list(entry.tags),
        fields=dict(entry.fields),
        consent=consent.value,
        joined_at=entry.joined_at,
    )


def _describe(person: _Person, entry: Entry) -> bool:
    said: dict[str, Any] = {
        "first_name": entry.first_name or person.first_name,
        "last_name": entry.last_name or person.last_name,
        "language": entry.language or person.language,
        "tags": list(dict.fromkeys([*person.tags, *entry.tags])),
        "fields": {**person.fields, **entry.fields},
    }
    new = {name: value for name, value in said.items() if value != getattr(person, name)}
    for name, value in new.items():
        setattr(person, name, value)
    person.changed = person.changed or bool(new)
    return bool(new)


def _hear_of(person: _Person, consent: Consent | None) -> bool:
    # Only two changes come from a list: a no, and an outright yes of somebody who was asked. A no stays a no.
    leaves = consent is Consent.WITHDRAWN and person.consent != Consent.WITHDRAWN
    confirms = consent is Consent.CONFIRMED and person.consent == Consent.PENDING
    if consent is None or not (leaves or confirms):
        return False
    person.consent = consent.value
    if person.id is not None:
        person.said = consent
    return True


def _add(connection: Connection, newcomers: Sequence[_Person], wording: str, source: str, at: datetime) -> None:
    if not newcomers:
        return
    # On conflict: somebody else added them this moment, and theirs is as good as ours.
    connection.execute(
        insert_into(connection, subscribers).on_conflict_do_nothing(),
        [_row(person) | {"consent": person.consent, "joined_at": person.joined_at or at} for person in newcomers],
    )
    said_yes = subscribers.c.consent == Consent.CONFIRMED.value
    evidence = select(
        subscribers.c.id,
        subscribers.c.consent,
        literal(at, Moment()),
        literal(source),
        case((said_yes, wording), else_=""),
        literal(""),
    ).where(subscribers.c.address.in_([person.address for person in newcomers]))
    names = ["subscriber_id", "consent", "at", "source", "wording", "network_address"]
    connection.execute(insert(consents).from_select(names, evidence))


def _change(connection: Connection, changed: Sequence[_Person]) -> None:
    if changed:
        statement = update(subscribers).where(subscribers.c.id == bindparam("which"))
        connection.execute(statement, [_row(person) | {"which": person.id} for person in changed])


def _hear(connection: Connection, heard: Sequence[_Person], wording: str, source: str, at: datetime) -> None:
    for person in heard:
        assert person.id is not None
        if person.said is Consent.WITHDRAWN:
            withdraw(connection, person.id, at, source)
        else:
            confirm(connection, person.id, at, source, wording)


def _row(person: _Person) -> dict[str, Any]:
    names = ("address", "first_name", "last_name", "language", "tags", "fields")
    return {name: getattr(person, name) for name in names}
