"""The brake: where half of a list would end withdrawn, suppressed or rejected, the organiser must say it is meant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from subscribers.imports.report import Fate, Outcome

FEWEST = 10
"""Of so many rows or more half are too many."""


@dataclass(frozen=True, slots=True)
class Brake:
    """What would become of a list."""

    rows: int
    withdrawn: int = 0
    suppressed: int = 0
    rejected: int = 0

    @property
    def holds(self) -> bool:
        """Whether somebody must be asked."""
        return self.rows >= FEWEST and 2 * (self.withdrawn + self.suppressed + self.rejected) >= self.rows

    def __str__(self) -> str:
        found = {"withdrawn": "unsubscribed", "suppressed": "on your do-not-email list", "rejected": "left out"}
        parts = [f"{getattr(self, name):,} {words}" for name, words in found.items() if getattr(self, name)]
        return f"of {self.rows:,} rows, {' and '.join(parts)}"

    def as_json(self) -> dict[str, int]:
        """Show it as an object."""
        return {
            "rows": self.rows,
            "withdrawn": self.withdrawn,
            "suppressed": self.suppressed,
            "rejected": self.rejected,
        }


def of_counts(rows: int, counts: Counter[str]) -> Brake:
    """Make it of what a survey counted."""
    return Brake(rows, counts["withdrawn"], counts["suppressed"], counts["rejected"])


def of_fates(rows: int, fates: Sequence[Fate], withdrawn: int, rejected: int) -> Brake:
    """Make it of what became of a list: the database says more than the list does."""
    suppressed = sum(fate.outcome is Outcome.SUPPRESSED for fate in fates)
    return Brake(rows, withdrawn, suppressed, rejected)
