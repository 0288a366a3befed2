"""A batch of entries in, rows of the list out: which are new, changed, unchanged or left out, and why; never commits.

A later row is merged into an earlier one with the same address. Nothing is removed, and no person is brought back: an
empty cell says nothing, tags are added, a no stays a no, and a suppressed or erased address stays out.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Text, bindparam, cast, select, update

from subscribers import moves
from subscribers.consent import Consent, confirm, withdraw
from subscribers.erasure import Memory
from subscribers.imports.adding import add_people, array_text, evidence_row, newest
from subscribers.imports.entry import ALSO, ImportRecord, Suppressed, object_text
from subscribers.imports.evidence import add_evidence, is_news
from subscribers.imports.ledger import ConsentEvidence, difference, keep_changes, keep_stops, leave_as_added
from subscribers.imports.report import Fate, RowOutcome
from subscribers.imports.standing import ImportedStatus
from subscribers.imports.stored_preferences import Preferring, store_preferences
from subscribers.suppression import suppress
from subscribers.tables import one_of, subscribers, suppressions

ABOVE = "the same address as a row above"
STAYS = "they unsubscribed here, and stay so: only they themselves can come back"
MOVED = "they moved to another address: only they themselves can bring this one back"
SEVERAL = "several addresses in it: the first is taken"
NO_DATE = "one of its dates cannot be read, and is left out"

_ADDRESS, _OWN, _STANDS = attrgetter("address"), attrgetter("evidence"), attrgetter("standing")
_LINE, _GIVEN = attrgetter("line"), attrgetter("given")
_NOTED, _PREFERENCES, _SUPPRESSED = attrgetter("note"), attrgetter("preferences"), attrgetter("suppressed")
_YES = Consent.CONFIRMED.value
_SAID = ("first_name", "last_name", "language", "tags", "fields")
_STANDING = {standing.consent.value: standing for standing in ImportedStatus if standing.consent is not None}


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
    entry: ImportRecord | None = None
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

    def merge(self, connection: Connection, entries: Sequence[ImportRecord]) -> list[Fate]:
        """Merge entries into the list and return the result of each."""
        before = newest(connection)
        # Subscribers with an id above `since` were added by this import.
        since = self._since = before if self._since is None else self._since
        addresses = {*map(_ADDRESS, entries)}
        stopped = _stopped(connection, self._memory, addresses)
        # Try to add all at once: in most lists all people are new, and looking for them first takes as long as adding.
        at_once = self._all_new and not stopped and len(addresses) == len(entries) and _are_plain(entries)
        if at_once and add_people(connection, entries, self._evidence, before) == len(entries):
            return [*map(_fate_of, entries)] if any(map(_STANDS, entries)) else _all_added(entries)
        known = _read(connection, addresses, before)
        self._all_new = not known
        batch = _Batch(known, stopped, since)
        fates = [batch.take(entry) for entry in entries]
        if not at_once:
            add_people(connection, batch.newcomers(), self._evidence, before)
        batch.write(connection, self._evidence)
        if preferring := [
            Preferring(place, each.address, each.preferences) for place, each in enumerate(entries) if each.preferences
        ]:
            store_preferences(connection, preferring, fates, self._evidence, since)
        if known and self._has_more_to_say(connection, entries):
            add_evidence(connection, entries, fates, self._evidence, since, bool(self._news))
        return fates

    def _has_more_to_say(self, connection: Connection, entries: Sequence[ImportRecord]) -> bool:
        """Say whether an entry may have evidence that we do not hold yet for a subscriber who was there before."""
        if self._news is None:
            self._news = bool(self._evidence.wording) and is_news(connection, self._evidence.wording)
        return self._news or any(map(_OWN, entries)) or ImportedStatus.WITHDRAWN in {*map(_STANDS, entries)}


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

    def take(self, entry: ImportRecord) -> Fate:
        address = entry.address
        if (why := self._stops(entry)) is not None:
            return _fate(entry, RowOutcome.SUPPRESSED, [why])
        if address in self._known:
            if self._says_nothing_new(entry):
                return Fate(entry.line, entry.given, RowOutcome.UNCHANGED)
            self.people.setdefault(address, _person(self._known[address]))
        elif address in self._new:
            self.people.setdefault(address, _newcomer(self._new[address]))
        else:
            self._new[address] = entry
            return _fate_of(entry)
        return _upon(self.people[address], entry, self._since)

    def _stops(self, entry: ImportRecord) -> str | None:
        """Return why an entry is left out because its address must not be written to; None: it is not left out."""
        stops = entry.standing is not None and entry.standing.suppression is not None
        if entry.address in self._stopped:
            if stops or entry.suppressed:
                self.claims.append(entry.address)
            return self._stopped[entry.address]
        if entry.suppressed:  # from our own export: for a subscriber on the list, or for an address alone
            self.stops[entry.address] = entry.suppressed
            if entry.standing is not None:
                return None
        elif stops and entry.standing is not None and entry.standing.suppression:
            self.stops[entry.address] = Suppressed(entry.standing.suppression, None, "")
        else:
            return None
        self._stopped[entry.address] = "a row above says never to write to it"
        return f"suppressed: {entry.suppressed.reason}" if entry.suppressed else _says(entry)

    def _says_nothing_new(self, entry: ImportRecord) -> bool:
        """Say whether an entry clearly changes nothing. False: look closer, which takes ten times as long."""
        known = self._known[entry.address]
        # A yes is nothing new for a subscriber who is confirmed.
        expected = entry.standing is None or (entry.standing is ImportedStatus.CONFIRMED and known.consent == _YES)
        plain = expected and not entry.note and entry.address not in self.people
        held: tuple[Any, ...] = known[2:7]
        said = entry.first_name, entry.last_name, entry.language, array_text(entry.tags), entry.fields
        return plain and held == said and known.consent != Consent.WITHDRAWN and known.id <= self._since

    def write(self, connection: Connection, evidence: ConsentEvidence) -> None:
        """Write the changes of people who were there, and the suppressions."""
        there = [person for person in self.people.values() if person.id is not None]
        _change(connection, [person for person in there if person.changed])
        _hear(connection, [person for person in there if person.said is not None], evidence)
        changed = {person.id: person for person in there if person.changed or person.said is not None}
        leave_as_added(connection, [number for number in changed if number is not None and number > self._since])
        if evidence.import_id is not None:
            before = [person for number, person in changed.items() if (number or 0) <= self._since and person.was]
            keep_changes(connection, evidence.import_id, [(person.id, person.was, person.now) for person in before])
            keep_stops(connection, evidence.import_id, self.claims)
        for address, stop in self.stops.items():
            detail = stop.detail or ("" if stop.at else evidence.source)
            suppress(connection, address, stop.reason, stop.at or evidence.at, detail, evidence.import_id)

    def newcomers(self) -> list[ImportRecord]:
        """Return the new people in the order of their first rows, with the changes of their later rows."""
        return [_settled(entry, self.people.get(address)) for address, entry in self._new.items()]


def _are_plain(entries: Sequence[ImportRecord]) -> bool:
    """Say whether each of `entries`, if new, becomes only a row of the list: no note, preferences or suppression."""
    if any(map(_NOTED, entries)) or any(map(_PREFERENCES, entries)) or any(map(_SUPPRESSED, entries)):
        return False
    return all(standing is None or standing.consent for standing in {*map(_STANDS, entries)})


def _all_added(entries: Sequence[ImportRecord]) -> list[Fate]:
    """Return the fates of many new people, in a third of the time that `_fate_of` takes for each."""
    each = zip(
        map(_LINE, entries), map(_GIVEN, entries), repeat(RowOutcome.ADDED), repeat(""), repeat(""), strict=False
    )
    return [*map(partial(tuple.__new__, Fate), each)]


def _fate_of(entry: ImportRecord) -> Fate:
    """Return the fate of a new person."""
    said_no = entry.standing is not None and entry.standing is not ImportedStatus.CONFIRMED
    if not said_no and not entry.note:
        return Fate(entry.line, entry.given, RowOutcome.ADDED)
    return _fate(entry, RowOutcome.ADDED, [_says(entry)] if said_no else [])


def _newcomer(entry: ImportRecord) -> _Person:
    consent = (entry.standing and entry.standing.consent) or Consent.CONFIRMED
    said = entry.first_name, entry.last_name, entry.language, [*entry.tags], json.loads(entry.fields)
    return _Person(None, entry.address, *said, consent.value)


def _person(row: Row[Any]) -> _Person:
    said = row.first_name, row.last_name, row.language, json.loads(row.tags), json.loads(row.fields)
    return _Person(row.id, row.address, *said, row.consent)


def _settled(entry: ImportRecord, person: _Person | None) -> ImportRecord:
    if person is None:
        return entry
    said = {name: getattr(person, name) for name in _SAID}
    said |= {"tags": tuple(person.tags), "fields": object_text(person.fields)}
    return entry._replace(**said, standing=_STANDING[person.consent])


def _upon(person: _Person, entry: ImportRecord, since: int) -> Fate:
    """Merge an entry into a person who is on the list, or who came with an earlier row."""
    whys = [ABOVE] if person.id is None or person.id > since else []
    if person.consent == Consent.WITHDRAWN and entry.standing in (None, ImportedStatus.CONFIRMED):
        whys.append(STAYS)
    changes = _describe(person, entry)
    if _hear_of(person, entry):
        whys.append(_says(entry))
    elif not changes:
        return _fate(entry, RowOutcome.UNCHANGED, whys)
    if changes:
        whys.append(f"changed: {', '.join(changes)}")
    return _fate(entry, RowOutcome.UPDATED, whys, "; ".join(changes.values()))


def _describe(person: _Person, entry: ImportRecord) -> dict[str, str]:
    """Apply what an entry says, and return what that changes, in words, by column."""
    said: dict[str, Any] = {
        "first_name": entry.first_name or person.first_name,
        "last_name": entry.last_name or person.last_name,
        "language": entry.language or person.language,
        "tags": list(dict.fromkeys([*person.tags, *entry.tags])) if entry.tags else person.tags,
        "fields": person.fields | json.loads(entry.fields),
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


def _hear_of(person: _Person, entry: ImportRecord) -> bool:
    consent = entry.standing.consent if entry.standing else None
    # A list can change consent in two ways only: to a no, and from pending to an explicit yes. A no stays a no.
    leaves = consent is Consent.WITHDRAWN and person.consent != Consent.WITHDRAWN
    confirms = consent is Consent.CONFIRMED and person.consent == Consent.PENDING
    if consent is None or not (leaves or confirms):
        return False
    person.consent, person.said, person.entry = consent.value, consent, entry
    return True


def _says(entry: ImportRecord) -> str:
    assert entry.standing is not None
    return f'{entry.standing.meaning}, says its "{entry.said_by}"'


def _fate(entry: ImportRecord, outcome: RowOutcome, whys: Sequence[str], more: str = "") -> Fate:
    whys = [*whys, SEVERAL if entry.note.startswith(ALSO) else NO_DATE] if entry.note else whys
    return Fate(entry.line, entry.given, outcome, "; ".join(whys), "; ".join(filter(None, (more, entry.note))))


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


def _hear(connection: Connection, heard: Sequence[_Person], evidence: ConsentEvidence) -> None:
    for person in heard:
        assert person.id is not None
        assert person.entry is not None
        said = evidence_row(person.entry, evidence)
        more = evidence.source, said["wording"], said["network_address"]
        if person.said is Consent.WITHDRAWN:
            withdraw(connection, person.id, said["at"], evidence.source, import_id=evidence.import_id)
        else:
            confirm(connection, person.id, said["at"], *more, import_id=evidence.import_id)
