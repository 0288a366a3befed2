"""The brake: if half of a list would end withdrawn, suppressed or rejected, the organiser must say that it is right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from subscribers.imports.report import Fate, RowOutcome

FEWEST = 10
"""The brake holds only for lists with at least this many rows."""


@dataclass(frozen=True, slots=True)
class Brake:
    """What an import would do with the rows of a list."""

    rows: int
    withdrawn: int = 0
    suppressed: int = 0
    rejected: int = 0

    @property
    def holds(self) -> bool:
        """Whether the organiser must be asked."""
        return self.rows >= FEWEST and 2 * (self.withdrawn + self.suppressed + self.rejected) >= self.rows

    def __str__(self) -> str:
        found = {"withdrawn": "unsubscribed", "suppressed": "on your do-not-email list", "rejected": "left out"}
        parts = [f"{getattr(self, name):,} {words}" for name, words in found.items() if getattr(self, name)]
        return f"of {self.rows:,} rows, {' and '.join(parts)}"

    def as_json(self) -> dict[str, int]:
        """Return it as an object, for other programs."""
        return {
            "rows": self.rows,
            "withdrawn": self.withdrawn,
            "suppressed": self.suppressed,
            "rejected": self.rejected,
        }


def of_counts(rows: int, counts: Counter[str]) -> Brake:
    """Make a brake from the counts of a survey."""
    return Brake(rows, counts["withdrawn"], counts["suppressed"], counts["rejected"])


def of_fates(rows: int, fates: Sequence[Fate], withdrawn: int, rejected: int) -> Brake:
    """Make a brake from the results of a merge: the database knows more suppressions than the list."""
    suppressed = sum(fate.outcome is RowOutcome.SUPPRESSED for fate in fates)
    return Brake(rows, withdrawn, suppressed, rejected)
