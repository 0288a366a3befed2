"""Another program's list of addresses never to write to becomes suppressions, each with its reason.

A column that says why is believed; where there is none, the organiser's reason counts. Whoever is said to want mail is
left alone, because somebody may have taken the wrong list.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

from sqlalchemy import Connection, select

from subscribers.imports import batches, in_order
from subscribers.imports.adding import ConsentEvidence
from subscribers.imports.entry import Entry
from subscribers.imports.opening import opened
from subscribers.imports.report import Fate, ImportReport, Outcome, Tally
from subscribers.imports.standing import Standing
from subscribers.imports.turns import Transaction, Turns
from subscribers.suppression import Reason
from subscribers.tables import insert_into, one_of, suppressions

MOST_DETAIL = 200

_REASON_FIELDS = ("reason", "type", "event", "bounce_type", "error", "code", "description")
_TELLING = {
    Reason.COMPLAINED: ("complain", "spam", "abuse", "junk"),
    Reason.BOUNCED: ("bounce", "invalid", "unknown", "undeliverable", "hard", "5.1.", "550"),
    Reason.ASKED: ("unsub", "asked", "request", "opt"),
}


def import_suppressions(
    transaction: Transaction, file: BinaryIO, evidence: ConsentEvidence, reason: Reason, dry_run: bool = False
) -> ImportReport:
    """Suppress every address of a list, for the reason it gives or for `reason`. Raises UnreadableList."""
    tally = Tally()
    with opened(file) as source, Turns(transaction, dry_run) as turns:
        for batch in batches(source, ()):
            fates = turns.take(partial(_stop, entries=batch.entries, evidence=evidence, reason=reason))
            tally.add(in_order(fates, batch.refused))
    return tally.report(source.read_as, source.delimiter, source.columns)


def _stop(connection: Connection, entries: Sequence[Entry], evidence: ConsentEvidence, reason: Reason) -> list[Fate]:
    addresses = [entry.address for entry in entries]
    there = select(suppressions.c.address).where(one_of(connection, suppressions.c.address, addresses))
    known = set(connection.scalars(there))
    rows: dict[str, dict[str, object]] = {}
    fates: list[Fate] = []
    for entry in entries:
        if entry.standing is Standing.CONFIRMED:
            fates.append(Fate(entry.line, entry.given, Outcome.UNCHANGED, f'wants mail, says its "{entry.said_by}"'))
        elif entry.address in known:
            fates.append(Fate(entry.line, entry.given, Outcome.UNCHANGED, "suppressed already"))
        else:
            known.add(entry.address)
            why, words = _reason(entry, reason)
            detail = f"{evidence.source}: {words}" if words else evidence.source
            rows[entry.address] = {"reason": why.value, "detail": detail[:MOST_DETAIL]}
            fates.append(Fate(entry.line, entry.given, Outcome.SUPPRESSED, why.value))
    if rows:
        statement = insert_into(connection, suppressions).on_conflict_do_nothing()
        connection.execute(statement, [{"address": name, "at": evidence.at, **row} for name, row in rows.items()])
    return fates


def _reason(entry: Entry, otherwise: Reason) -> tuple[Reason, str]:
    if entry.standing is not None and entry.standing.suppression:
        return entry.standing.suppression, entry.said_by
    fields = json.loads(entry.fields)
    words = next((fields[name] for name in _REASON_FIELDS if name in fields), "")
    plain = words.lower()
    found = (reason for reason, telling in _TELLING.items() if any(word in plain for word in telling))
    return next(found, otherwise), words
