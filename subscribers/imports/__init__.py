"""A list becomes subscribers, with a report row by row.

    forms       a file of any format becomes tables      programs    which program wrote it, and what its columns mean
    header      what each column is for                  names       column names that suggest consent or refusal
    readings    one cell says whether they want mail     vocabulary  the words for that, in five languages
    status      a person's status, by all such cells     dates       a time as people write it
    record      a row becomes an ImportRecord, what it says about one person; `cell` reads addresses, tags, languages
    columns     the same for many plain records at once, which is most records of most lists
    survey      looks at the list before anything is written; `brake` asks if half of it would be refused
    merging     entries become rows of the list, each with a result; `adding` writes the new ones quickly
    evidence    more evidence for a known consent; `ledger`, what an import changed; `history` takes an import back
    stops       a list of addresses never to write to becomes suppressions
    rehearsal   copies, for a dry run to write to        report      the result of every row
    typos       domains that are probably misspelt       turns       few and short transactions

An import adds and updates subscribers. It removes nothing, and brings back no subscriber who unsubscribed or was
erased. If a column may say who wants mail and we do not know its meaning, the import stops before it writes anything,
or takes back what it wrote of a long list. Bad rows are left out and reported with their line. The import commits
several transactions (see `turns`), so that a sending process beside it can write. An interrupted import leaves
complete rows only: importing the same list again does not change them, and adds the rest.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import Connection

from subscribers.audience import Audience
from subscribers.erasure import Memory
from subscribers.errors import BrakeHolds, ColumnsToExplain
from subscribers.imports.brake import Brake, of_counts, of_fates
from subscribers.imports.columns import ColumnReader
from subscribers.imports.forms import Opened, open_list
from subscribers.imports.forms.decoding import name_of
from subscribers.imports.forms.table import Table
from subscribers.imports.history import begin_import, finish_import, is_known, take_back
from subscribers.imports.ledger import ConsentEvidence
from subscribers.imports.merging import Merger
from subscribers.imports.organiser_answers import OrganiserAnswers
from subscribers.imports.record import ImportRecord, RecordReader, RefusedRecord
from subscribers.imports.report import Fate, ImportReport, RowError, RowOutcome, Tally
from subscribers.imports.status import ImportedStatus
from subscribers.imports.survey import LaterBlocks, Survey, survey
from subscribers.imports.turns import OpenTransaction, Turns

__all__ = [
    "BATCH",
    "Brake",
    "ConsentEvidence",
    "Fate",
    "ImportReport",
    "Options",
    "RowError",
    "RowOutcome",
    "import_subscribers",
]  # fmt: skip

BATCH = 20_000
"""How many rows are read and then written at once: more need more memory, fewer need more time. See `adding.MANY`."""


def hold(brake: Brake) -> bool:
    """Stop at the brake: the default answer."""
    return False


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a list."""

    dry_run: bool = False
    """Report what the import would do, and change nothing."""
    tags: Sequence[str] = ()
    """Tags for every person in the list."""
    as_fields: Collection[str] = ()
    """Columns to read as fields, whatever their names suggest."""
    consent_columns: Collection[str] = ()
    """Columns that say who wants mail."""
    yes_words: Collection[str] = ()
    """The words in those columns that mean yes; empty: the usual ones."""
    dates: str = ""
    """The order of day and month in dates: day-first or month-first; empty: the list must show it."""
    go_on: Callable[[Brake], bool] = hold
    """Called when the brake holds; True: half of the list is meant to end unsubscribed, suppressed or left out."""
    count: bool = False
    """Also report how many recipients the whole list has after the import."""


def import_subscribers(
    transaction: OpenTransaction,
    file: BinaryIO,
    consent: ConsentEvidence,
    progress: Callable[[int], object] | None = None,
    secret_keys: Sequence[str] = (),
    options: Options = Options(),
    tell: Callable[[Sequence[Fate]], object] | None = None,
) -> ImportReport:
    """Import a list into the database, or, in a dry run, only report what an import would do.

    `transaction` opens a transaction that can write; for a dry run one that only reads is enough, so that no other
    program has to wait. The file is surveyed before the first transaction. None is open while `progress` gets the
    number of rows done and `tell` the result of each row: these calls may be slow. A person counts as having said yes,
    with the wording of `consent`, unless the list says otherwise. `secret_keys` recognise erased people, who are left
    out as suppressed.

    Commits several transactions. Raises ForgottenKey if people were erased and a key is missing. Raises UnreadableList,
    ColumnsToExplain and BrakeHolds, in most cases before anything is written; if a column of a long list must be
    explained later, what was written is taken back.
    """
    said = OrganiserAnswers(options.as_fields, options.consent_columns, options.yes_words, options.dates)
    with open_list(file, said) as source:
        found, brake = _surveyed(source, name_of(file))
        if brake.holds and not options.go_on(brake):
            raise BrakeHolds(what=brake)
        importing = _Importing(found, source.others, consent, secret_keys, options, brake)
        try:
            return importing.run(transaction, progress, tell)
        except _SecondThoughts as thoughts:
            # The transaction is rolled back by now, so no other program waits while the organiser is asked.
            if not options.go_on(thoughts.brake):
                raise BrakeHolds(what=thoughts.brake) from None
        except ColumnsToExplain:
            importing.take_back(transaction)
            raise
        return importing.run(transaction, progress, tell)


def _surveyed(source: Opened, name: str) -> tuple[list[Survey], Brake]:
    """Survey every table of the file. Raises ColumnsToExplain."""
    found = [survey(table) for table in source.tables]
    questions = [(each.table.name, question) for each in found for question in each.questions]
    if questions:
        raise ColumnsToExplain.about(name, questions)
    counts = sum((each.refusals for each in found), Counter[str]())
    return found, of_counts(sum(each.rows for each in found), counts)


class _SecondThoughts(Exception):
    """The database says of half of the list that it would be refused, where the list itself did not."""

    def __init__(self, brake: Brake) -> None:
        super().__init__()
        self.brake = brake


class _Importing:
    """Writes tables into the database."""

    def __init__(
        self,
        surveys: Sequence[Survey],
        others: Sequence[str],
        consent: ConsentEvidence,
        secret_keys: Sequence[str],
        options: Options,
        brake: Brake,
    ) -> None:
        tables = [each.table for each in surveys]
        self._watches = {each.table.name: each.watch for each in surveys}
        self._tables, self._others, self._consent, self._keys = tables, others, consent, secret_keys
        self._options, self._brake = options, brake
        self._asked = brake.holds
        self._number: int | None = None
        self._merger: Merger | None = None
        programs = (table.header.program.name for table in tables if table.header.program)
        self._program = ", ".join(dict.fromkeys(programs))

    def run(
        self,
        transaction: OpenTransaction,
        progress: Callable[[int], object] | None,
        tell: Callable[[Sequence[Fate]], object] | None,
    ) -> ImportReport:
        options, tally, lists = self._options, Tally(), []
        self._merger, self._number = None, None
        with Turns(transaction, options.dry_run) as turns:
            for table in self._tables:
                before = tally.rows
                for batch in batches(table, options.tags, self._watches[table.name]):
                    merged = turns.take(partial(self._merge, batch=batch, done=tally.rows))
                    fates = self._placed(fates_in_order(merged, batch.refused), table)
                    tally.add(fates)
                    tally.look_for_typos(batch.records)
                    if tell is not None:
                        turns.end()  # the report may go to a slow pipe, and no other program should wait for its reader
                        tell(fates)
                    if progress is not None and not turns.holds:
                        progress(tally.rows)
                    # Free this batch first: the next one is read before these names are assigned again.
                    del batch, fates, merged
                lists.append({"name": table.name, "program": _name_of_program(table), "rows": tally.rows - before})
            report = tally.report(self._tables[0].read_as, self._tables[0].delimiter, _columns(self._tables[0]))
            more: dict[str, Any] = {"program": self._program, "lists": tuple(lists), "passed_over": tuple(self._others)}
            report = turns.take(partial(self._finish, report=replace(report, **more)))
        if progress is not None:
            progress(tally.rows)
        return report

    def _finish(self, connection: Connection, report: ImportReport) -> ImportReport:
        self._begin(connection)
        report = replace(report, number=self._number)
        if self._number is not None:
            finish_import(connection, self._number, report, self._consent.at)
        if not self._options.count:
            return report
        return replace(report, recipients=Audience(self._consent.at).count(connection))

    def _begin(self, connection: Connection) -> Merger:
        """Give the import its number with its first rows, so that no transaction is open while they are read."""
        if self._merger is None:
            evidence = self._consent
            if not self._options.dry_run:
                self._number = begin_import(connection, evidence, self._program)
                evidence = replace(evidence, import_id=self._number)
            self._merger = Merger(Memory(self._keys), evidence)
        return self._merger

    def take_back(self, transaction: OpenTransaction) -> None:
        """Take back what was written of a long list before one of its columns had to be explained."""
        if self._number is not None:
            with transaction() as connection:
                if is_known(connection, self._number):
                    take_back(connection, self._number, self._consent.at)

    def _merge(self, connection: Connection, batch: "Batch", done: int) -> list[Fate]:
        fates = self._begin(connection).merge(connection, batch.records)
        # If this transaction has the whole list, check the brake again: only the database knows the suppressions.
        if not self._asked and not done and len(fates) + len(batch.refused) >= self._brake.rows:
            self._asked = True
            withdrawn = sum(record.status is ImportedStatus.WITHDRAWN for record in batch.records)
            brake = of_fates(len(fates) + len(batch.refused), fates, withdrawn, len(batch.refused))
            if brake.holds:
                raise _SecondThoughts(brake)
        return fates

    def _placed(self, fates: list[Fate], table: Table) -> list[Fate]:
        """Add to each fate which of several lists the row is in."""
        if len(self._tables) == 1:
            return fates
        return [fate._replace(more="; ".join(filter(None, (fate.more, f"in {table.name}")))) for fate in fates]


def _columns(table: Table) -> dict[str, object]:
    return table.header.as_json(table.cells)


def _name_of_program(table: Table) -> str:
    return table.header.program.name if table.header.program else ""


class Batch(NamedTuple):
    """Some records as they were read: the entries, and those that cannot be imported."""

    records: list[ImportRecord]
    refused: list[RefusedRecord]


def batches(table: Table, tags: Sequence[str], watch: LaterBlocks | None = None) -> Iterator[Batch]:
    """Yield a list in batches of about `BATCH` records; `watch` looks at each block first. Raises ColumnsToExplain."""
    reader, by_columns = RecordReader(table.header, tags), ColumnReader(table.header, tags)
    batch = Batch([], [])
    for block in table.blocks():
        if watch is not None and (questions := watch.look(block)):
            raise ColumnsToExplain.about(table.name, [(table.name, question) for question in questions])
        plain = by_columns.read(block)
        taken, left = reader.read(block) if plain is None else (plain, [])
        batch.records.extend(taken)
        batch.refused.extend(left)
        if len(batch.records) + len(batch.refused) >= BATCH:
            yield batch
            batch = Batch([], [])
    if batch.records or batch.refused:
        yield batch


def fates_in_order(fates: list[Fate], refused: Sequence[RefusedRecord]) -> list[Fate]:
    """Add the refused records to `fates`, in the order of their lines."""
    if refused:
        fates += [Fate(line, given, RowOutcome.REJECTED, why) for line, given, why in refused]
        fates.sort()
    return fates
