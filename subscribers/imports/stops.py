"""A list of addresses never to write to, from another program, becomes suppressions, each with its reason.

If a column gives a reason, it counts; if not, the organiser's reason. A row that says that the person wants mail is
not suppressed, because the organiser may have taken the wrong list.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from sqlalchemy import Connection, select

from subscribers.imports import batches, fates_in_order
from subscribers.imports.dates import moment
from subscribers.imports.forms import open_list
from subscribers.imports.header import Header
from subscribers.imports.history import begin_import, finish_import
from subscribers.imports.ledger import ConsentEvidence, keep_stops
from subscribers.imports.record import ImportRecord
from subscribers.imports.report import Fate, ImportReport, RowOutcome, Tally
from subscribers.imports.status import ImportedStatus
from subscribers.imports.turns import OpenTransaction, Turns
from subscribers.suppression import SuppressionReason
from subscribers.tables import insert_into, one_of, suppressions

MOST_DETAIL = 1000

_REASON_FIELDS = ("reason", "type", "event", "bounce_type", "error", "code", "description")
_TELLING = {
    SuppressionReason.COMPLAINED: ("complain", "spam", "abuse", "junk"),
    SuppressionReason.BOUNCED: ("bounce", "invalid", "unknown", "undeliverable", "hard", "5.1.", "550"),
    SuppressionReason.ASKED: ("unsub", "asked", "request", "opt"),
}


def import_suppressions(
    transaction: OpenTransaction,
    file: BinaryIO,
    evidence: ConsentEvidence,
    reason: SuppressionReason,
    dry_run: bool = False,
) -> ImportReport:
    """Suppress every address in a list, for its own reason or else for `reason`. Commits. Raises UnreadableList."""
    tally = Tally()
    with open_list(file) as source, Turns(transaction, dry_run) as turns:
        first = source.tables[0]
        programs = dict.fromkeys(table.header.program.name for table in source.tables if table.header.program)
        number = None if dry_run else turns.take(partial(begin_import, evidence=evidence, program=", ".join(programs)))
        evidence = replace(evidence, import_id=number)
        for table in source.tables:
            stop = partial(_stop, evidence=evidence, reason=reason, ours=is_ours(table.header))
            for batch in batches(table, ()):
                fates = turns.take(partial(stop, records=batch.records))
                tally.add(fates_in_order(fates, batch.refused))
        report = tally.report(first.read_as, first.delimiter, first.header.as_json(first.cells))
        report = replace(report, number=number, program=", ".join(programs), passed_over=source.others)
        if number is not None:
            turns.take(partial(finish_import, number=number, report=report, at=evidence.at))
    return report


def is_ours(header: Header) -> bool:
    """Say whether `suppress list` wrote the list: then reason, detail and time are taken as they are."""
    return header.program is not None and header.program.key == "suppressions"


def _stop(
    connection: Connection,
    records: Sequence[ImportRecord],
    evidence: ConsentEvidence,
    reason: SuppressionReason,
    ours: bool,
) -> list[Fate]:
    addresses = [record.address for record in records]
    there = select(suppressions.c.address).where(one_of(connection, suppressions.c.address, addresses))
    known = set(connection.scalars(there))
    before = frozenset(known)
    rows: dict[str, dict[str, object]] = {}
    fates: list[Fate] = []
    for record in records:
        if record.status is ImportedStatus.CONFIRMED:
            fates.append(
                Fate(record.line, record.given, RowOutcome.UNCHANGED, f"wants email, according to “{record.said_by}”")
            )
        elif record.address in known:
            fates.append(Fate(record.line, record.given, RowOutcome.UNCHANGED, "on your do-not-email list already"))
        else:
            known.add(record.address)
            rows[record.address] = _row(record, evidence, reason, ours)
            fates.append(Fate(record.line, record.given, RowOutcome.SUPPRESSED, str(rows[record.address]["reason"])))
    if rows:
        statement = insert_into(connection, suppressions).on_conflict_do_nothing()
        connection.execute(statement, [{"address": name, **row} for name, row in rows.items()])
    if evidence.import_id is not None:
        keep_stops(connection, evidence.import_id, [each for each in addresses if each in before])
    return fates


def _row(
    record: ImportRecord, evidence: ConsentEvidence, otherwise: SuppressionReason, ours: bool
) -> dict[str, object]:
    fields = json.loads(record.fields)
    if record.suppressed:
        why, at, detail = record.suppressed
    elif ours and record.status is not None and record.status.suppression:
        why, at, detail = record.status.suppression, moment(fields.get("at", "")), fields.get("detail", "")
    else:
        why, words = _reason(record, otherwise)
        at, detail = None, f"{evidence.source}: {words}" if words else evidence.source
    row = {"reason": why.value, "detail": detail[:MOST_DETAIL], "at": at or evidence.at}
    return row | {"import_id": evidence.import_id}


def _reason(record: ImportRecord, otherwise: SuppressionReason) -> tuple[SuppressionReason, str]:
    if record.status is not None and record.status.suppression:
        return record.status.suppression, record.said_by
    fields = json.loads(record.fields)
    words = next((fields[name] for name in _REASON_FIELDS if name in fields), "")
    plain = words.lower()
    found = (reason for reason, telling in _TELLING.items() if any(word in plain for word in telling))
    return next(found, otherwise), words
