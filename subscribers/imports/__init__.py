"""A CSV becomes subscribers, with a report row by row.

    decoding    bytes become text          header    what each column is for
    sheet       text becomes records       standing  what other programs say about who wants mail
    entry       a record becomes what it says about one person; `cell` reads what people write in cells
    columns     the same for many plain records at once, which is most of most lists
    stops       a list of addresses never to write to becomes suppressions
    merging     entries become rows of the list, and fates; `adding` writes the new ones quickly
    rehearsal   copies, for a dry run to write to
    report      what became of every row

An import adds people and brings them up to date; it takes nothing away and brings nobody back. Bad rows are left out
and reported with their line. It is written in several transactions (see `turns`), so that a sending beside it goes on.
One that is interrupted leaves whole people and lost nobody: the same list again changes nothing of them, and goes on.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NamedTuple

from subscribers.erasure import Memory
from subscribers.imports.adding import ConsentEvidence
from subscribers.imports.columns import ColumnReader
from subscribers.imports.entry import Entry, Reader, Refused
from subscribers.imports.merging import Merger
from subscribers.imports.opening import Opened, opened
from subscribers.imports.report import Fate, ImportReport, Outcome, RowError, Tally
from subscribers.imports.turns import Transaction, Turns

__all__ = ["BATCH", "ConsentEvidence", "Fate", "ImportReport", "Options", "Outcome", "RowError", "import_subscribers"]

BATCH = 20_000
"""So many rows are read, and then written, at once: more take more memory, and fewer more time. See `adding.MANY`."""


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

    Each `transaction` writes; that of a dry run may be one that only reads, and then nobody has to wait for it. The
    file is read before the first begins, and none is open while `progress` is told how many rows are done and `tell`
    what became of each: all three may be slow. Whoever is not said to have said no said yes, in the words of `consent`.
    By `secret_keys` those who were erased are recognised, and left out as suppressed; without them, where somebody was
    erased, ForgottenKey is raised.
    """
    merger, tally = Merger(Memory(secret_keys), consent), Tally()
    with opened(file, options.as_fields) as source, Turns(transaction, options.dry_run) as turns:
        for batch in batches(source, options.tags):
            fates = in_order(turns.take(partial(merger.merge, entries=batch.entries)), batch.refused)
            tally.add(fates)
            if tell is not None:
                turns.end()  # the report may go to a pipe, and nobody waits for its reader
                tell(fates)
            if progress is not None and not turns.holds:
                progress(tally.rows)
            del batch, fates  # because there is room for one batch, and the next is read before these names are new
    if progress is not None:
        progress(tally.rows)
    return tally.report(source.read_as, source.delimiter, source.columns)


class Batch(NamedTuple):
    """Some records, as they were read; those that cannot be taken apart."""

    entries: list[Entry]
    refused: list[Refused]


def batches(source: Opened, tags: Sequence[str]) -> Iterator[Batch]:
    """Read a list, some thousand records at once."""
    reader, by_columns = Reader(source.header, tags), ColumnReader(source.header, tags)
    batch = Batch([], [])
    for block in source.blocks:
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
