"""What a text states: a number, a date, a time, an amount, an address."""

from dataclasses import dataclass
from enum import IntEnum


class Demand(IntEnum):
    """How much the other half must say the same."""

    NONE = 0
    """It may; a word such as "both"."""
    PAIRED = 1
    """It may leave it out, but may not say another in its place; "tri" and "four"."""
    SURE = 2
    """It must."""


@dataclass(frozen=True)
class Fact:
    """One statement. `kind` is what organisers call it; `text` is as written.

    `means`: everything that it may mean; two facts agree if they have a meaning in common. `loosely`: what a vaguer
    statement of the same would mean, as 7 for 7pm; it may stand for the fact if nothing better does.
    """

    kind: str
    text: str
    means: frozenset[str]
    loosely: frozenset[str] = frozenset()
    demand: Demand = Demand.SURE
    at: int = 0
    """Where in its text it stands."""

    def agrees(self, other: "Fact") -> bool:
        return not self.means.isdisjoint(other.means)

    def resembles(self, other: "Fact") -> bool:
        return not (self.means.isdisjoint(other.loosely) and self.loosely.isdisjoint(other.means))
