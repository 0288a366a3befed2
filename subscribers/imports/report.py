"""The result of each row of an import: one by one as the import runs, and counted by reason.

Memory does not grow with the list: only the first errors are kept, and for each reason a count and the first lines.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from subscribers.imports.typos import misspelt

if TYPE_CHECKING:
    from subscribers.imports.record import ImportRecord

MOST_ERRORS = 1000
"""How many errors are kept one by one; all of them are counted."""

MOST_TYPOS = 1000
"""How many addresses at misspelt providers are kept."""

MOST_REASONS, MOST_LINES = 100, 5
"""How many reasons are counted separately, and how many line numbers are kept for each."""


class RowOutcome(StrEnum):
    """The result of one row."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPPRESSED = "suppressed"
    REJECTED = "rejected"


class Fate(NamedTuple):
    """The result of one row, with `why`, the reason in words that other rows share, and `more`, details of this row."""

    line: int
    address: str
    """As the list has it."""
    outcome: RowOutcome
    why: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was left out, and why."""

    line: int
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows have the same outcome for the same reason; `lines` are the first of them."""

    outcome: str
    why: str
    number: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Typo:
    """An address whose domain is probably misspelt."""

    line: int
    address: str
    likely: str
    """The domain that was probably meant."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of all rows. rows = added + updated + unchanged + rejected + suppressed."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    suppressed: int = 0
    errors: tuple[RowError, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    read_as: str = ""
    """The encoding, in words."""
    delimiter: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    """How each column was understood; of several lists, the columns of the first."""
    number: int | None = None
    """The number of the import, for `imports undo`; None: it was a dry run."""
    program: str = ""
    """The program that wrote the file, if known."""
    lists: tuple[dict[str, Any], ...] = ()
    """The lists in the file: name, program and rows."""
    passed_over: tuple[str, ...] = ()
    """Parts of the file that are no lists: other files, other sheets."""
    typos: tuple[Typo, ...] = ()
    """Addresses whose domain is probably a misspelt provider; they are imported unchanged."""
    recipients: int | None = None
    """How many recipients the whole list has now; None: not counted."""

    def as_json(self) -> dict[str, Any]:
        """Return the report as an object; other programs rely on its names."""
        return asdict(self)


class Tally:
    """Counts fates as they arrive."""

    def __init__(self) -> None:
        self.rows = 0
        self._outcomes: Counter[RowOutcome] = Counter()
        self._reasons: dict[tuple[RowOutcome, str], int] = {}
        self._lines: dict[tuple[RowOutcome, str], tuple[int, ...]] = {}
        self._errors: list[RowError] = []
        self._typos: list[Typo] = []

    def add(self, fates: Sequence[Fate]) -> None:
        """Count `fates`, which must be in the order of their lines."""
        self.rows += len(fates)
        self._outcomes.update(map(_OUTCOME, fates))
        telling = [fate for fate in fates if fate.why]
        self._count(telling)
        room = MOST_ERRORS - len(self._errors)
        rejected = (fate for fate in telling if fate.outcome is RowOutcome.REJECTED)
        self._errors += [RowError(fate.line, fate.address, fate.why) for fate in islice(rejected, max(room, 0))]

    def look_for_typos(self, records: "Sequence[ImportRecord]") -> None:
        """Keep the first addresses whose domain is probably misspelt."""
        if len(self._typos) < MOST_TYPOS:
            for place, likely in misspelt([*map(_ADDRESS, records)]):
                self._typos.append(Typo(records[place].line, records[place].address, likely))

    def report(self, read_as: str, delimiter: str, columns: dict[str, Any]) -> ImportReport:
        """Make the report of everything counted so far."""
        counts: dict[str, Any] = {str(outcome): self._outcomes[outcome] for outcome in RowOutcome}
        return ImportReport(
            rows=self.rows,
            **counts,
            errors=tuple(self._errors),
            reasons=tuple(
                ReasonCount(outcome, why, number, self._lines[outcome, why])
                for (outcome, why), number in sorted(self._reasons.items(), key=_most_first)
            ),
            read_as=read_as,
            delimiter=delimiter,
            columns=columns,
            typos=tuple(self._typos[:MOST_TYPOS]),
        )

    def _count(self, telling: Iterable[Fate]) -> None:
        for key, fates in groupby(sorted(telling, key=_REASON), key=_REASON):
            lines = [fate.line for fate in fates]
            known = key if key in self._reasons or len(self._reasons) < MOST_REASONS else (key[0], OTHER)
            self._reasons[known] = self._reasons.get(known, 0) + len(lines)
            self._lines[known] = (*self._lines.get(known, ()), *lines)[:MOST_LINES]


OTHER = "for other reasons"

_OUTCOME = itemgetter(2)
_ADDRESS = itemgetter(2)
_REASON = itemgetter(2, 3)


def _most_first(item: tuple[tuple[RowOutcome, str], int]) -> tuple[int, int, str]:
    (outcome, why), number = item
    return [*RowOutcome].index(outcome), -number, why
