"""What a cell of a report can hold: a number, a number that is not told, or a range. Pure.

A report that leaves the house tells no number from 1 to 4 about people: who knows a little already could tell who it
is. `disclosure` decides which cells are hidden; here is how a cell is written.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from newsletter.languages import Language

LEAST = 5
"""The smallest number of people, other than 0, that a report tells outside the house."""
LEAST_FOR_RATES = 20
"""Of fewer than this, there is no rate: one person more or less would turn it over."""


class Hidden(Enum):
    """A number that is not told."""

    FEW = "few"
    """It is between 1 and 4."""
    WITHHELD = "withheld"
    """With it, another number could be computed that is hidden."""


class Span(NamedTuple):
    """A number that is not told more exactly than this, because the exact one would give away a hidden one."""

    low: int
    high: int


Cell = int | float | str | Hidden | Span | None
"""None: it is not known, or there is no such number."""
Count = int | Hidden | Span


def span_of(cell: Count) -> Span:
    """Return what a reader of `cell` knows of the number."""
    match cell:
        case Span():
            return cell
        case Hidden.FEW:
            return Span(1, LEAST - 1)
        case Hidden():
            raise ValueError("a withheld number has no bounds")
    return Span(cell, cell)


def sum_of(cells: "list[Count]") -> Count:
    """Add cells up so that the sum tells nothing which they do not."""
    low, high = (sum(each) for each in zip(*map(span_of, cells), strict=True)) if cells else (0, 0)
    if low == high:
        return low
    return Hidden.FEW if (low, high) == (1, LEAST - 1) else Span(low, high)


def per_thousand(part: Cell, accepted: Cell) -> Cell:
    """Return how many of 1,000 accepted; None: too few were accepted to say; hidden as the part is."""
    if isinstance(part, Hidden | Span):
        return part if isinstance(part, Hidden) else Hidden.WITHHELD
    if not isinstance(accepted, int) or not isinstance(part, int) or accepted < LEAST_FOR_RATES:
        return None
    return round(1000 * part / accepted, 1)


def told_plainly(cell: Cell) -> Any:
    """Return the cell for JSON: hidden ones as words."""
    match cell:
        case Hidden.FEW:
            return f"fewer than {LEAST}"
        case Hidden():
            return "not shown"
        case Span(low, high):
            return f"{low} to {high}"
    return cell


def shown(language: Language) -> Callable[[Cell], str]:
    """Return how cells are written for people, in `language`."""
    say = language.say

    def show(cell: Cell) -> str:
        match cell:
            case None:
                return "–"
            case Hidden.FEW:
                return say("fewer than %(number)s", number=LEAST)
            case Hidden():
                return say("not shown")
            case Span(low, high):
                return say("%(low)s to %(high)s", low=f"{low:,}", high=f"{high:,}")
            case float():
                return f"{cell:,.1f}"
            case int():
                return f"{cell:,}"
        return cell

    return show
