"""A CSV becomes subscribers, with a report row by row.

An import adds people and brings them up to date; it takes nothing away and brings nobody back. An empty cell says
nothing, tags are added to those there are, somebody who withdrew stays withdrawn, and a suppressed address is left out.
Bad rows are left out and reported with their line. Everything happens in the caller's transaction, or nothing does.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import Connection

from subscribers.erasure import Memory
from subscribers.errors import BadAddress, UnreadableList
from subscribers.intake.decoding import decoded, name_of
from subscribers.intake.entry import BadRow, Columns, Entry
from subscribers.intake.merging import Outcome, merge_batch
from subscribers.intake.sheet import DELIMITERS, Line, Record, Sheet, split_header

BATCH = 1000
MOST_ERRORS = 1000
"""So many errors are kept one by one; all of them are counted."""


_NO_TEXT = "it is not text; save it as CSV, in UTF-8"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """How we know that the people of a list said yes: their words, where they come from, and when they came."""

    wording: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was left out, and why."""

    line: int
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each row. rows = added + updated + unchanged + rejected + suppressed."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    suppressed: int = 0
    errors: tuple[RowError, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Show the report as an object whose names other programs rely on."""
        return asdict(self)


def import_subscribers(
    connection: Connection,
    file: BinaryIO,
    consent: ConsentEvidence,
    progress: Callable[[int], object] | None = None,
    dry_run: bool = False,
    secret_keys: Sequence[str] = (),
) -> ImportReport:
    """Read a list into the database, or only say what would come of it. Raises UnreadableList.

    `progress` is told how many rows are done. Whoever has no consent column said yes, in the words of `consent`. By
    `secret_keys` those who were erased are recognised, and left out as suppressed; without them, where somebody was
    erased, ForgottenKey is raised.
    """
    memory = Memory(secret_keys)
    report = ImportReport()
    savepoint = connection.begin_nested() if dry_run else None
    try:
        with decoded(file) as text:
            sheet = Sheet(text)
            columns, delimiter = _columns(sheet, name_of(file))
            records = sheet.records(delimiter)
            while batch := list(islice(records, BATCH)):
                report = _take(connection, batch, columns, consent, memory, report)
                if progress is not None:
                    progress(report.rows)
    finally:
        if savepoint is not None:
            savepoint.rollback()
    return report


def _columns(sheet: Sheet, name: str) -> tuple[Columns, str]:
    lines = sheet.header()
    if not lines:
        raise UnreadableList(file=name, why="it is empty")
    if not _are_text(lines):
        raise UnreadableList(file=name, why=_NO_TEXT)
    headers = {delimiter: split_header(lines, delimiter) for delimiter in DELIMITERS}
    likeliest = sorted(DELIMITERS, key=lambda delimiter: len(headers[delimiter]), reverse=True)
    complaints: list[str] = []
    for delimiter in likeliest:
        try:
            return Columns(headers[delimiter]), delimiter
        except ValueError as error:
            complaints.append(str(error))
    # A picture's first line may pass for a header; what follows does not.
    raise UnreadableList(file=name, why=complaints[0] if _are_text(sheet.header()) else _NO_TEXT)


def _are_text(lines: list[Line]) -> bool:
    return not any(line.fault or "\ufffd" in line.text or _CONTROLS.search(line.text) for line in lines)


def _take(
    connection: Connection,
    batch: list[Record],
    columns: Columns,
    consent: ConsentEvidence,
    memory: Memory,
    report: ImportReport,
) -> ImportReport:
    errors: list[RowError] = []
    entries = list(_entries(batch, columns, errors))
    outcomes = merge_batch(connection, memory, entries, consent.wording, consent.source, consent.at)
    room = max(0, MOST_ERRORS - len(report.errors))
    return replace(
        report,
        rows=report.rows + len(batch),
        added=report.added + outcomes[Outcome.ADDED],
        updated=report.updated + outcomes[Outcome.UPDATED],
        unchanged=report.unchanged + outcomes[Outcome.UNCHANGED],
        rejected=report.rejected + len(errors),
        suppressed=report.suppressed + outcomes[Outcome.SUPPRESSED],
        errors=report.errors + tuple(errors[:room]),
    )


def _entries(batch: list[Record], columns: Columns, errors: list[RowError]) -> Iterator[Entry]:
    for record in batch:
        if record.fault:
            errors.append(RowError(record.line, "", record.fault))
            continue
        try:
            yield columns.entry(record.cells)
        except BadAddress as error:
            errors.append(RowError(record.line, columns.address(record.cells), str(error.particulars["why"])))
        except BadRow as error:
            errors.append(RowError(record.line, columns.address(record.cells), str(error)))
