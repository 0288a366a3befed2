"""A batch of entries in, rows of the list out: which are new, changed, unchanged or left out, and why; never commits.

A later row is merged into an earlier one with the same address. Nothing is removed, and no person is brought back: an
empty cell says nothing, tags are added, a no stays a no, and a suppressed or erased address stays out.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Text, bindparam, cast, select, update

from subscribers import moves, suppression
from subscribers.consent import Consent, confirm, withdraw
from subscribers.erasure import Memory
from subscribers.imports.adding import add_people, array_text, evidence_row, highest_id
from subscribers.imports.evidence import add_evidence, is_news
from subscribers.imports.ledger import ConsentEvidence, difference, keep_changes, keep_stops, leave_as_added
from subscribers.imports.record import ALSO, ImportRecord, Suppressed, object_text
from subscribers.imports.report import Fate, RowOutcome
from subscribers.imports.status import ImportedStatus
from subscribers.imports.stored_preferences import Preferring, store_preferences
from subscribers.tables import one_of, subscribers, suppressions

ABOVE = "the same address as a row above"
STAYS = "they unsubscribed here, and stay so: only they themselves can come back"
MOVED = "they moved to another address: only they themselves can bring this one back"
SEVERAL = "several addresses in it: the first is taken"
NO_DATE = "one of its dates cannot be read, and is left out"

_ADDRESS, _OWN, _STATUS = attrgetter("address"), attrgetter("evidence"), attrgetter("status")
_LINE, _GIVEN = attrgetter("line"), attrgetter("given")
_NOTED, _PREFERENCES, _SUPPRESSED = attrgetter("note"), attrgetter("preferences"), attrgetter("suppressed")
_YES = Consent.CONFIRMED.value
_SAID = ("first_name", "last_name", "language", "tags", "fields")
_BY_CONSENT = {status.consent.value: status for status in ImportedStatus if status.consent is not None}


@dataclass
class _Person:
    """A row of the list. `id` None: it is not there yet."""

    id: int | None
    address: str
    first_name: str
    last_name: str
    language: str
    tags: list[str]
    fields: dict[str, str]
    consent: str
    changed: bool = False
    said: Consent | None = None
    """Their new consent, if an entry changes it."""
    record: ImportRecord | None = None
    """The entry that changes it."""
    was: dict[str, Any] = field(default_factory=dict)
    """The earlier values of what changed."""

    @property
    def now(self) -> dict[str, Any]:
        """The new values of what changed."""
        return {name: getattr(self, name) for name in self.was}


class Merger:
    """Merges one list into the database, batch by batch."""

    def __init__(self, memory: Memory, evidence: ConsentEvidence) -> None:
        self._memory, self._evidence = memory, evidence
        self._since: int | None = None
        self._news: bool | None = None
        self._all_new = True
        """Whether all people in the last batch were new: then those in the next probably are, too."""

    def merge(self, connection: Connection, records: Sequence[ImportRecord]) -> list[Fate]:
        """Merge entries into the list and return the result of each."""
        before = highest_id(connection)
        # Subscribers with an id above `since` were added by this import.
        since = self._since = before if self._since is None else self._since
        addresses = {*map(_ADDRESS, records)}
        stopped = _stopped(connection, self._memory, addresses)
        # Try to add all at once: in most lists all people are new, and looking for them first takes as long as adding.
        at_once = self._all_new and not stopped and len(addresses) == len(records) and _are_plain(records)
        if at_once and add_people(connection, records, self._evidence, before) == len(records):
            return [*map(_fate_of, records)] if any(map(_STATUS, records)) else _all_added(records)
        known = _read(connection, addresses, before)
        self._all_new = not known
        batch = _Batch(known, stopped, since)
        fates = [batch.take(record) for record in records]
        if not at_once:
            add_people(connection, batch.newcomers(), self._evidence, before)
        batch.write(connection, self._evidence)
        if preferring := [
            Preferring(place, each.address, each.preferences) for place, each in enumerate(records) if each.preferences
        ]:
            store_preferences(connection, preferring, fates, self._evidence, since)
        if known and self._has_more_to_say(connection, records):
            add_evidence(connection, records, fates, self._evidence, since, bool(self._news))
        return fates

    def _has_more_to_say(self, connection: Connection, records: Sequence[ImportRecord]) -> bool:
        """Say whether an entry may have evidence that we do not hold yet for a subscriber who was there before."""
        if self._news is None:
            self._news = bool(self._evidence.wording) and is_news(connection, self._evidence.wording)
        return self._news or any(map(_OWN, records)) or ImportedStatus.WITHDRAWN in {*map(_STATUS, records)}


class _Batch:
    """Takes entries one by one and collects what to write."""

    def __init__(self, known: Mapping[str, Row[Any]], stopped: dict[str, str], since: int) -> None:
        self.people: dict[str, _Person] = {}
        """People who may have to be changed: they are on the list, or twice in the batch."""
        self.stops: dict[str, Suppressed] = {}
        self.claims: list[str] = []
        """Addresses that are suppressed already and that this list suppresses, too."""
        self._new: dict[str, ImportRecord] = {}
        self._known, self._stopped, self._since = known, stopped, since

    def take(self, record: ImportRecord) -> Fate:
        address = record.address
        if (why := self._stops(record)) is not None:
            return _fate(record, RowOutcome.SUPPRESSED, [why])
        if address in self._known:
            if self._says_nothing_new(record):
                return Fate(record.line, record.given, RowOutcome.UNCHANGED)
            self.people.setdefault(address, _person(self._known[address]))
        elif address in self._new:
            self.people.setdefault(address, _newcomer(self._new[address]))
        else:
            self._new[address] = record
            return _fate_of(record)
        return _upon(self.people[address], record, self._since)

    def _stops(self, record: ImportRecord) -> str | None:
        """Return why an entry is left out because its address must not be written to; None: it is not left out."""
        stops = record.status is not None and record.status.suppression is not None
        if record.address in self._stopped:
            if stops or record.suppressed:
                self.claims.append(record.address)
            return self._stopped[record.address]
        if record.suppressed:  # from our own export: for a subscriber on the list, or for an address alone
            self.stops[record.address] = record.suppressed
            if record.status is not None:
                return None
        elif stops and record.status is not None and record.status.suppression:
            self.stops[record.address] = Suppressed(record.status.suppression, None, "")
        else:
            return None
        self._stopped[record.address] = "a row above says never to write to it"
        return f"suppressed: {record.suppressed.reason}" if record.suppressed else _says(record)

    def _says_nothing_new(self, record: ImportRecord) -> bool:
        """Say whether an entry clearly changes nothing. False: look closer, which takes ten times as long."""
        known = self._known[record.address]
        # A yes is nothing new for a subscriber who is confirmed.
        expected = record.status is None or (record.status is ImportedStatus.CONFIRMED and known.consent == _YES)
        plain = expected and not record.note and record.address not in self.people
        held: tuple[Any, ...] = known[2:7]
        said = record.first_name, record.last_name, record.language, array_text(record.tags), record.fields
        return plain and held == said and known.consent != Consent.WITHDRAWN and known.id <= self._since

    def write(self, connection: Connection, evidence: ConsentEvidence) -> None:
        """Write the changes of people who were there, and the suppressions."""
        there = [person for person in self.people.values() if person.id is not None]
        _change(connection, [person for person in there if person.changed])
        _store_consents(connection, [person for person in there if person.said is not None], evidence)
        changed = {person.id: person for person in there if person.changed or person.said is not None}
        leave_as_added(connection, [number for number in changed if number is not None and number > self._since])
        if evidence.import_id is not None:
            self._keep(connection, evidence.import_id, changed.values())
        self._stop(connection, evidence)

    def _keep(self, connection: Connection, number: int, changed: Iterable[_Person]) -> None:
        """Keep what the import changed of people who were there before it, so that it can be taken back."""
        before = [person for person in changed if (person.id or 0) <= self._since and person.was]
        keep_changes(connection, number, [(person.id, person.was, person.now) for person in before])
        keep_stops(connection, number, self.claims)

    def _stop(self, connection: Connection, evidence: ConsentEvidence) -> None:
        for address, stop in self.stops.items():
            detail = stop.detail or ("" if stop.at else evidence.source)
            suppression.suppress(connection, address, stop.reason, stop.at or evidence.at, detail, evidence.import_id)

    def newcomers(self) -> list[ImportRecord]:
        """Return the new people in the order of their first rows, with the changes of their later rows."""
        return [_settled(record, self.people.get(address)) for address, record in self._new.items()]


def _are_plain(records: Sequence[ImportRecord]) -> bool:
    """Say whether each of `records`, if new, becomes only a row of the list: no note, preferences or suppression."""
    if any(map(_NOTED, records)) or any(map(_PREFERENCES, records)) or any(map(_SUPPRESSED, records)):
        return False
    return all(status is None or status.consent for status in {*map(_STATUS, records)})


def _all_added(records: Sequence[ImportRecord]) -> list[Fate]:
    """Return the fates of many new people, in a third of the time that `_fate_of` takes for each."""
    each = zip(
        map(_LINE, records), map(_GIVEN, records), repeat(RowOutcome.ADDED), repeat(""), repeat(""), strict=False
    )
    return [*map(partial(tuple.__new__, Fate), each)]


def _fate_of(record: ImportRecord) -> Fate:
    """Return the fate of a new person."""
    said_no = record.status is not None and record.status is not ImportedStatus.CONFIRMED
    if not said_no and not record.note:
        return Fate(record.line, record.given, RowOutcome.ADDED)
    return _fate(record, RowOutcome.ADDED, [_says(record)] if said_no else [])


def _newcomer(record: ImportRecord) -> _Person:
    consent = (record.status and record.status.consent) or Consent.CONFIRMED
    said = record.first_name, record.last_name, record.language, [*record.tags], json.loads(record.fields)
    return _Person(None, record.address, *said, consent.value)


def _person(row: Row[Any]) -> _Person:
    said = row.first_name, row.last_name, row.language, json.loads(row.tags), json.loads(row.fields)
    return _Person(row.id, row.address, *said, row.consent)


def _settled(record: ImportRecord, person: _Person | None) -> ImportRecord:
    if person is None:
        return record
    said = {name: getattr(person, name) for name in _SAID}
    said |= {"tags": tuple(person.tags), "fields": object_text(person.fields)}
    return record._replace(**said, status=_BY_CONSENT[person.consent])


def _upon(person: _Person, record: ImportRecord, since: int) -> Fate:
    """Merge an entry into a person who is on the list, or who came with an earlier row."""
    whys = [ABOVE] if person.id is None or person.id > since else []
    if person.consent == Consent.WITHDRAWN and record.status in (None, ImportedStatus.CONFIRMED):
        whys.append(STAYS)
    changes = _describe(person, record)
    if _changes_consent(person, record):
        whys.append(_says(record))
    elif not changes:
        return _fate(record, RowOutcome.UNCHANGED, whys)
    if changes:
        whys.append(f"changed: {', '.join(changes)}")
    return _fate(record, RowOutcome.UPDATED, whys, "; ".join(changes.values()))


def _describe(person: _Person, record: ImportRecord) -> dict[str, str]:
    """Apply what an entry says, and return what that changes, in words, by column."""
    said: dict[str, Any] = {
        "first_name": record.first_name or person.first_name,
        "last_name": record.last_name or person.last_name,
        "language": record.language or person.language,
        "tags": list(dict.fromkeys([*person.tags, *record.tags])) if record.tags else person.tags,
        "fields": person.fields | json.loads(record.fields),
    }
    changes: dict[str, str] = {}
    for name, value in said.items():
        before = getattr(person, name)
        if value != before:
            changes[name] = difference(name, before, value)
            person.was.setdefault(name, before)
            setattr(person, name, value)
            person.changed = True
    return changes


def _changes_consent(person: _Person, record: ImportRecord) -> bool:
    consent = record.status.consent if record.status else None
    # A list can change consent in two ways only: to a no, and from pending to an explicit yes. A no stays a no.
    leaves = consent is Consent.WITHDRAWN and person.consent != Consent.WITHDRAWN
    confirms = consent is Consent.CONFIRMED and person.consent == Consent.PENDING
    if consent is None or not (leaves or confirms):
        return False
    person.consent, person.said, person.record = consent.value, consent, record
    return True


def _says(record: ImportRecord) -> str:
    assert record.status is not None
    return f"{record.status.meaning}, according to “{record.said_by}”"


def _fate(record: ImportRecord, outcome: RowOutcome, whys: Sequence[str], more: str = "") -> Fate:
    whys = [*whys, SEVERAL if record.note.startswith(ALSO) else NO_DATE] if record.note else whys
    return Fate(record.line, record.given, outcome, "; ".join(whys), "; ".join(filter(None, (more, record.note))))


def _stopped(connection: Connection, memory: Memory, addresses: Collection[str]) -> dict[str, str]:
    why: Mapping[str, str] = {}
    if connection.execute(select(suppressions.c.address).limit(1)).first() is not None:
        there = select(suppressions.c.address, suppressions.c.reason)
        stopped = connection.execute(there.where(one_of(connection, suppressions.c.address, addresses)))
        why = {row.address: f"suppressed: {row.reason}" for row in stopped}
    erased = memory.among(connection, addresses)
    why = {**dict.fromkeys(moves.left_behind(connection, addresses), MOVED), **why}
    return {**why, **dict.fromkeys(erased, "erased at their own request: only they themselves can come back")}


def _read(connection: Connection, addresses: Collection[str], before: int) -> Mapping[str, Row[Any]]:
    # Tags and fields as stored text: most of it is never parsed.
    written = [cast(subscribers.c[name], Text).label(name) for name in _SAID]
    query = select(subscribers.c.id, subscribers.c.address, *written, subscribers.c.consent)
    # Sorted, in the order of the index.
    there = query.where(one_of(connection, subscribers.c.address, sorted(addresses)), subscribers.c.id <= before)
    return {row.address: row for row in connection.execute(there)}


def _change(connection: Connection, changed: Sequence[_Person]) -> None:
    if changed:
        statement = update(subscribers).where(subscribers.c.id == bindparam("which"))
        rows = [{name: getattr(person, name) for name in _SAID} | {"which": person.id} for person in changed]
        connection.execute(statement, rows)


def _store_consents(connection: Connection, said_so: Sequence[_Person], evidence: ConsentEvidence) -> None:
    for person in said_so:
        assert person.id is not None
        assert person.record is not None
        said = evidence_row(person.record, evidence)
        more = evidence.source, said["wording"], said["network_address"]
        if person.said is Consent.WITHDRAWN:
            withdraw(connection, person.id, said["at"], evidence.source, import_id=evidence.import_id)
        else:
            confirm(connection, person.id, said["at"], *more, import_id=evidence.import_id)
