"""A CSV becomes subscribers, with a report row by row.

    decoding    bytes become text          header    what each column is for
    sheet       text becomes records       standing  what other programs say about who wants mail
    entry       a record becomes what it says about one person; `cell` reads what people write in cells
    stops       a list of addresses never to write to becomes suppressions
    merging     entries become rows of the list, and fates; `adding` writes the new ones quickly
    report      what became of every row

An import adds people and brings them up to date; it takes nothing away and brings nobody back. Bad rows are left out
and reported with their line. It is written in several transactions (see `turns`), so that a sending beside it goes on.
One that is interrupted leaves whole people and lost nobody: the same list again changes nothing of them, and goes on.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from sqlalchemy import Connection, func, select

from subscribers.erasure import Memory
from subscribers.intake.adding import ConsentEvidence
from subscribers.intake.entry import Entry, Reader, Refused
from subscribers.intake.merging import merge_batch
from subscribers.intake.opening import Opened, opened
from subscribers.intake.report import Fate, ImportReport, Outcome, RowError, Tally
from subscribers.intake.turns import Transaction, Turns
from subscribers.tables import subscribers

__all__ = ["BATCH", "ConsentEvidence", "Fate", "ImportReport", "Options", "Outcome", "RowError", "import_subscribers"]

BATCH = 5_000
"""So many rows are read, and then written, at once."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a list is to be read."""

    dry_run: bool = False
    """Say what would come of it, and change nothing."""
    tags: Sequence[str] = ()
    """Everybody of the list gets them."""
    as_fields: Collection[str] = ()
    """Columns that are fields, whatever their names say."""


def import_subscribers(
    transaction: Transaction,
    file: BinaryIO,
    consent: ConsentEvidence,
    progress: Callable[[int], object] | None = None,
    secret_keys: Sequence[str] = (),
    options: Options = Options(),
    tell: Callable[[Sequence[Fate]], object] | None = None,
) -> ImportReport:
    """Read a list into the database, or only say what would come of it. Raises UnreadableList.

    `progress` is told how many rows are done, and `tell` what became of each. Whoever is not said to have said no said
    yes, in the words of `consent`. By `secret_keys` those who were erased are recognised, and left out as suppressed;
    without them, where somebody was erased, ForgottenKey is raised.
    """
    memory, tally = Memory(secret_keys), Tally()
    with opened(file, options.as_fields) as source, Turns(transaction, options.dry_run) as turns:
        since = turns.take(_newest)
        for entries, refused in batches(source, options.tags):
            work = partial(merge_batch, memory=memory, entries=entries, evidence=consent, since=since)
            fates = in_order(turns.take(work), refused)
            tally.add(fates)
            if tell is not None:
                tell(fates)
            if progress is not None:
                progress(tally.rows)
    return tally.report(source.read_as, source.delimiter, source.columns)


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(subscribers.c.id), 0))).scalar_one())


def batches(source: Opened, tags: Sequence[str]) -> Iterator[tuple[list[Entry], list[Refused]]]:
    """Read a list, some thousand records at once; those that cannot be taken come second."""
    reader = Reader(source.header, tags)
    entries: list[Entry] = []
    refused: list[Refused] = []
    for block in source.blocks:
        taken, left = reader.read(block)
        entries += taken
        refused += left
        if len(entries) + len(refused) >= BATCH:
            yield entries, refused
            entries, refused = [], []
    if entries or refused:
        yield entries, refused


def in_order(fates: list[Fate], refused: Sequence[Refused]) -> list[Fate]:
    """Put what became of records with those that were refused, in the order of their lines."""
    if refused:
        fates += [Fate(line, given, Outcome.REJECTED, why) for line, given, why in refused]
        fates.sort()
    return fates
