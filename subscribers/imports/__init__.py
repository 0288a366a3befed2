"""A list becomes subscribers, with a report row by row.

    forms       a file of any form becomes tables        programs    which program wrote it, and what its columns mean
    header      what each column is for                  names       names of columns that smell of refusal or consent
    readings    one cell says who wants mail             vocabulary  the words for that, in five languages
    standing    how somebody stands, by all such cells   dates       a time as people write it
    entry       a record becomes what it says about one person; `cell` reads what people write in cells
    columns     the same for many plain records at once, which is most of most lists
    survey      all of a list is looked at before any is written; `brake`, where half of it would be refused
    merging     entries become rows of the list, and fates; `adding` writes the new ones quickly
    evidence    what more is known of a yes; `ledger`, what an import changed; `history` takes an import back
    stops       a list of addresses never to write to becomes suppressions
    rehearsal   copies, for a dry run to write to        report      what became of every row
    typos       domains that are probably misspelt       turns       transactions neither many nor long

An import adds people and brings them up to date; it takes nothing away and brings nobody back. A column nobody has
explained that may say who wants mail stops it before anything is written. Bad rows are left out and reported with their
line. It is written in several transactions (see `turns`), so that a sending beside it goes on. One that is interrupted
leaves whole people and lost nobody: the same list again changes nothing of them, and goes on.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import Connection, func, select

from subscribers.audience import Audience
from subscribers.erasure import Memory
from subscribers.errors import BrakeHolds, ColumnsToExplain
from subscribers.imports.brake import Brake, of_counts, of_fates
from subscribers.imports.columns import ColumnReader
from subscribers.imports.entry import Entry, Reader, Refused
from subscribers.imports.forms import Opened, opened
from subscribers.imports.forms.decoding import name_of
from subscribers.imports.forms.table import Table
from subscribers.imports.history import begin, finish, is_known, take_back
from subscribers.imports.ledger import ConsentEvidence
from subscribers.imports.merging import Merger
from subscribers.imports.report import Fate, ImportReport, Outcome, RowError, Tally
from subscribers.imports.said import Said
from subscribers.imports.standing import Standing
from subscribers.imports.survey import Survey, Watch, survey
from subscribers.imports.turns import Transaction, Turns

__all__ = [
    "BATCH", "Brake", "ConsentEvidence", "Fate", "ImportReport", "Options", "Outcome", "RowError", "import_subscribers",
]  # fmt: skip

BATCH = 20_000
"""So many rows are read, and then written, at once: more take more memory, and fewer more time. See `adding.MANY`."""


def hold(brake: Brake) -> bool:
    """Let the brake hold."""
    return False


@dataclass(frozen=True, slots=True)
class Options:
    """How a list is to be read."""

    dry_run: bool = False
    """Say what would come of it, and change nothing."""
    tags: Sequence[str] = ()
    """Everybody of the list gets them."""
    as_fields: Collection[str] = ()
    """Columns that are fields, whatever their names say."""
    consent_columns: Collection[str] = ()
    """Columns that say who wants mail."""
    yes_words: Collection[str] = ()
    """Words of those columns that mean yes; none: what everybody takes for yes."""
    dates: str = ""
    """Which way round dates are: day-first or month-first; empty: the list must tell."""
    go_on: Callable[[Brake], bool] = hold
    """Asked where the brake holds; True: half of the list is meant to end unsubscribed, suppressed or left out."""
    count: bool = False
    """Say, too, how many people would be written to then."""


def import_subscribers(
    transaction: Transaction,
    file: BinaryIO,
    consent: ConsentEvidence,
    progress: Callable[[int], object] | None = None,
    secret_keys: Sequence[str] = (),
    options: Options = Options(),
    tell: Callable[[Sequence[Fate]], object] | None = None,
) -> ImportReport:
    """Read a list into the database, or only say what would come of it.

    Each `transaction` writes; that of a dry run may be one that only reads, and then nobody has to wait for it. The
    file is read before the first begins, and none is open while `progress` is told how many rows are done and `tell`
    what became of each: all three may be slow. Whoever is not said to have said no said yes, in the words of `consent`.
    By `secret_keys` those who were erased are recognised, and left out as suppressed; without them, where somebody was
    erased, ForgottenKey is raised. Raises UnreadableList, ColumnsToExplain and BrakeHolds, with nothing written then.
    """
    said = Said(options.as_fields, options.consent_columns, options.yes_words, options.dates)
    with opened(file, said) as source:
        found, brake = _surveyed(source, name_of(file))
        if brake.holds and not options.go_on(brake):
            raise BrakeHolds(what=brake)
        importing = _Importing(found, source.others, consent, secret_keys, options, brake)
        try:
            return importing.run(transaction, progress, tell)
        except _SecondThoughts as thoughts:
            # The transaction is undone by now, and nobody waits while somebody is asked.
            if not options.go_on(thoughts.brake):
                raise BrakeHolds(what=thoughts.brake) from None
        except ColumnsToExplain:
            importing.take_back(transaction)
            raise
        return importing.run(transaction, progress, tell)


def _surveyed(source: Opened, name: str) -> tuple[list[Survey], Brake]:
    """Look at all that is to be imported. Raises ColumnsToExplain."""
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
        transaction: Transaction,
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
                    fates = self._placed(in_order(merged, batch.refused), table)
                    tally.add(fates)
                    tally.look_for_typos(batch.entries)
                    if tell is not None:
                        turns.end()  # the report may go to a pipe, and nobody waits for its reader
                        tell(fates)
                    if progress is not None and not turns.holds:
                        progress(tally.rows)
                    # Because there is room for one batch, and the next is read before these names are new.
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
            finish(connection, self._number, report, self._consent.at)
        return replace(report, recipients=_recipients(connection, self._consent)) if self._options.count else report

    def _begin(self, connection: Connection) -> Merger:
        """Give the import its number with the first of its rows, so that nothing is open while they are read."""
        if self._merger is None:
            evidence = self._consent
            if not self._options.dry_run:
                self._number = begin(connection, evidence, self._program)
                evidence = replace(evidence, import_id=self._number)
            self._merger = Merger(Memory(self._keys), evidence)
        return self._merger

    def take_back(self, transaction: Transaction) -> None:
        """Take back what was written of a long list before a column in it had to be explained."""
        if self._number is not None:
            with transaction() as connection:
                if is_known(connection, self._number):
                    take_back(connection, self._number, self._consent.at)

    def _merge(self, connection: Connection, batch: "Batch", done: int) -> list[Fate]:
        fates = self._begin(connection).merge(connection, batch.entries)
        # What only the database knows holds the brake, too, where all of the list is in this transaction.
        if not self._asked and not done and len(fates) + len(batch.refused) >= self._brake.rows:
            self._asked = True
            withdrawn = sum(entry.standing is Standing.WITHDRAWN for entry in batch.entries)
            brake = of_fates(len(fates) + len(batch.refused), fates, withdrawn, len(batch.refused))
            if brake.holds:
                raise _SecondThoughts(brake)
        return fates

    def _placed(self, fates: list[Fate], table: Table) -> list[Fate]:
        """Say in which list of several a row stands."""
        if len(self._tables) == 1:
            return fates
        return [fate._replace(more="; ".join(filter(None, (fate.more, f"in {table.name}")))) for fate in fates]


def _columns(table: Table) -> dict[str, object]:
    return table.header.as_json(table.cells)


def _name_of_program(table: Table) -> str:
    return table.header.program.name if table.header.program else ""


def _recipients(connection: Connection, evidence: ConsentEvidence) -> int:
    everybody = Audience(evidence.at).recipients().subquery()
    return int(connection.execute(select(func.count()).select_from(everybody)).scalar_one())


class Batch(NamedTuple):
    """Some records, as they were read; those that cannot be taken apart."""

    entries: list[Entry]
    refused: list[Refused]


def batches(table: Table, tags: Sequence[str], watch: Watch | None = None) -> Iterator[Batch]:
    """Read a list, some thousand records at once; `watch` looks at them before. Raises ColumnsToExplain."""
    reader, by_columns = Reader(table.header, tags), ColumnReader(table.header, tags)
    batch = Batch([], [])
    for block in table.blocks():
        if watch is not None and (questions := watch.look(block)):
            raise ColumnsToExplain.about(table.name, [(table.name, question) for question in questions])
        plain = by_columns.read(block)
        taken, left = reader.read(block) if plain is None else (plain, [])
        batch.entries.extend(taken)
        batch.refused.extend(left)
        if len(batch.entries) + len(batch.refused) >= BATCH:
            yield batch
            batch = Batch([], [])
    if batch.entries or batch.refused:
        yield batch


def in_order(fates: list[Fate], refused: Sequence[Refused]) -> list[Fate]:
    """Put what became of records with those that were refused, in the order of their lines."""
    if refused:
        fates += [Fate(line, given, Outcome.REJECTED, why) for line, given, why in refused]
        fates.sort()
    return fates
