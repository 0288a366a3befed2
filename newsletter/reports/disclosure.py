"""Which numbers a report hides before it leaves the house, so that subtraction does not bring them back. Pure.

A cell of 1 to 4 people is hidden. Where the sum of some cells is told elsewhere, `apart` also withholds others, until a
reader who subtracts learns no more than "1 to 4". A level, such as the size of the list, is told only where the changes
since the last one that is told leave each hidden change open; else as the range that follows from what is told anyway.
"""

from collections.abc import Sequence

from newsletter.reports.cells import LEAST, Cell, Count, Hidden, Span, span_of

_FEW = range(1, LEAST)


def cell_of(number: int) -> Count:
    """Return the cell for a number of people that no told sum contains."""
    return Hidden.FEW if 0 < number < LEAST else number


def apart(parts: Sequence[int]) -> list[Count]:
    """Return the cells for numbers whose sum is told: enough of them are hidden for each to stay open."""
    few = {place for place, number in enumerate(parts) if number in _FEW}
    others = sorted(set(range(len(parts))) - few, key=lambda place: parts[place])
    withheld = set[int]()
    while few and not _is_open(len(few), len(withheld), sum(parts[place] for place in few | withheld)):
        if not others:
            return [Hidden.WITHHELD] * len(parts)
        withheld.add(others.pop(0))
    return [
        Hidden.FEW if place in few else Hidden.WITHHELD if place in withheld else number
        for place, number in enumerate(parts)
    ]


def _is_open(few: int, withheld: int, total: int) -> bool:
    """Say whether each of `few` hidden cells can be 1, 2, 3 or 4, if they and `withheld` others make `total`."""
    others = range(few - 1, (LEAST - 1) * (few - 1) + 1)
    return all(
        any(total - one - other == 0 or (withheld and total - one - other >= LEAST) for other in others) for one in _FEW
    )


def levels(start: int, changes: Sequence[Sequence[int]]) -> list[Count]:
    """Return the cells for a level after each step; `changes` holds what each step adds (or takes, below 0).

    The last level is told if it can be, then earlier ones. `start` is known to everybody.
    """
    reached = [start]
    for step in changes:
        reached.append(reached[-1] + sum(step))
    told = _told_levels(reached, changes)
    known = Span(start, start)
    cells: list[Count] = []
    for place, step in enumerate(changes, 1):
        low = sum(_bounds(change)[0] for change in step)
        high = sum(_bounds(change)[1] for change in step)
        known = Span(max(known.low + low, 0), known.high + high)
        if place in told:
            known = Span(reached[place], reached[place])
        cells.append(reached[place] if known.low == known.high else known)
    return [cell_of(cell) if isinstance(cell, int) else cell for cell in cells]


def _told_levels(reached: Sequence[int], changes: Sequence[Sequence[int]]) -> set[int]:
    """Choose which levels to tell, from the last one back."""
    told = {0}
    later: int | None = None
    for place in range(len(changes), 0, -1):
        if reached[place] in _FEW:
            continue
        between = [change for step in changes[place : later or place] for change in step]
        from_start = [change for step in changes[:place] for change in step]
        fits_later = later is None or _changes_stay_open(between, reached[later] - reached[place])
        if fits_later and _changes_stay_open(from_start, reached[place] - reached[0]):
            told.add(place)
            later = place
    return told


def _changes_stay_open(changes: Sequence[int], total: int) -> bool:
    """Say whether each hidden change can still be anything from 1 to 4 (or -1 to -4), if all make `total`."""
    hidden = [1 if change > 0 else -1 for change in changes if abs(change) in _FEW]
    rest = total - sum(change for change in changes if abs(change) not in _FEW)
    low = sum(_FEW[0] if sign > 0 else -_FEW[-1] for sign in hidden)
    high = sum(_FEW[-1] if sign > 0 else -_FEW[0] for sign in hidden)
    return all(
        low - (_FEW[0] if sign > 0 else -_FEW[-1]) <= rest - sign * one <= high - (_FEW[-1] if sign > 0 else -_FEW[0])
        for sign in hidden
        for one in _FEW
    )


def _bounds(change: int) -> tuple[int, int]:
    """Return what a reader knows of one change."""
    if abs(change) not in _FEW:
        return change, change
    return (1, LEAST - 1) if change > 0 else (1 - LEAST, -1)


def steps(numbers: Sequence[int]) -> list[Cell]:
    """Return the cells for a number that goes down: one is told only if nobody, or enough people, left since."""
    cells: list[Cell] = []
    last: int | None = None
    for number in numbers:
        if number in _FEW:
            cells.append(Hidden.FEW)
        elif last is None or number == last or last - number >= LEAST:
            cells.append(number)
            last = number
        else:
            cells.append(Hidden.WITHHELD)
    return cells


def is_told(cell: Count) -> bool:
    """Say whether a cell tells its number exactly."""
    return not isinstance(cell, Hidden) and span_of(cell).low == span_of(cell).high
