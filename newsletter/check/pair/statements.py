"""What the two halves state differently. In: aligned halves. Out: findings on numbers, dates, times and addresses.

Items, headings, cells and the like are compared one by one. Paragraphs between them are compared together, because a
translator may split and join them; where their number is the same, facts that changed places are found, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.check.pair.align import Aligned
from newsletter.check.pair.compare import Unpaired, unpaired
from newsletter.check.pair.facts import Demand, Fact, read_facts
from newsletter.check.pair.said import found, name_of, place_of
from newsletter.check.pair.units import Half, Unit
from newsletter.compiled import Finding


@dataclass(frozen=True)
class Stated:
    """What a unit of a half states."""

    unit: Unit
    facts: list[Fact]


def statement_findings(first: Half, second: Half, aligned: Aligned) -> Iterator[Finding]:
    """Name each fact that only one half states."""
    years = _years(first), _years(second)
    for pair in aligned.pairs:
        if pair.first and pair.second:
            for part, other in zip(pair.first.parts, pair.second.parts, strict=False):
                ours = [Stated(pair.first, read_facts(part, first.language))]
                theirs = [Stated(pair.second, read_facts(other, second.language))]
                yield from _compared(first, second, ours, theirs, years)
    for texts, others in aligned.texts:
        ours = [Stated(unit, read_facts(unit.text, first.language)) for unit in texts]
        theirs = [Stated(unit, read_facts(unit.text, second.language)) for unit in others]
        missing = list(_compared(first, second, ours, theirs, years))
        yield from missing
        if not missing and len(ours) == len(theirs):
            yield from _moved(first, second, ours, theirs)


def _years(half: Half) -> set[str]:
    facts = (fact for unit in half.units for fact in read_facts(unit.text, half.language))
    return {meaning for fact in facts if fact.kind == "year" for meaning in fact.means}


def _compared(
    first: Half, second: Half, ours: list[Stated], theirs: list[Stated], years: tuple[set[str], set[str]]
) -> Iterator[Finding]:
    if not ours or not theirs:
        return
    left = [fact for stated in ours for fact in stated.facts]
    right = [fact for stated in theirs for fact in stated.facts]
    for each in unpaired(left, right):
        if each.first and each.second:
            yield _differs(first, _place(first, ours, each.first), each, second, _place(second, theirs, each.second))
        elif each.first and not (each.first.kind == "year" and each.first.means & years[1]):
            yield _lacks(first, _place(first, ours, each.first), each.first, second, _near(ours, theirs, each.first))
        elif each.second and not (each.second.kind == "year" and each.second.means & years[0]):
            yield _lacks(
                second, _place(second, theirs, each.second), each.second, first, _near(theirs, ours, each.second)
            )


def _moved(first: Half, second: Half, ours: list[Stated], theirs: list[Stated]) -> Iterator[Finding]:
    """Find facts of one kind that two paragraphs have exchanged: both halves state them, of different things."""
    apart = [unpaired(one.facts, other.facts) for one, other in zip(ours, theirs, strict=True)]
    for here, differing in enumerate(apart):
        for each in differing:
            there = next((at for at in range(here + 1, len(apart)) if _has_exchanged(each, apart[at])), 0)
            if there and each.first and each.second:
                line = first.line_of(ours[here].unit, each.first.text)
                other_line = second.line_of(theirs[here].unit, each.second.text)
                why = (
                    f"“{each.first.text}” is said where the {name_of(second)} has “{each.second.text}”, on "
                    f"{place_of(second, other_line)}, and the other way round on "
                    f"{place_of(first, ours[there].unit.line)}. Check which is right"
                )
                yield found(first, line, second, other_line, why)


def _has_exchanged(each: Unpaired, others: list[Unpaired]) -> bool:
    sure = bool(each.first and each.second) and Demand.SURE in (each.first.demand, each.second.demand)  # type: ignore[union-attr]
    return sure and any(_exchanged(each, other) for other in others)


def _exchanged(one: Unpaired, other: Unpaired) -> bool:
    return bool(
        one.first and one.second and other.first and other.second
        and one.first.agrees(other.second) and one.second.agrees(other.first)
    )  # fmt: skip


def _place(half: Half, stated: Sequence[Stated], fact: Fact) -> int:
    unit = next(each.unit for each in stated if any(one is fact for one in each.facts))
    return half.line_of(unit, fact.text)


def _near(stated: Sequence[Stated], others: Sequence[Stated], fact: Fact) -> int:
    """Name the line of the other half where the fact should stand."""
    at = next(number for number, each in enumerate(stated) if any(one is fact for one in each.facts))
    return others[min(at * len(others) // len(stated), len(others) - 1)].unit.line


def _differs(first: Half, line: int, each: Unpaired, second: Half, other_line: int) -> Finding:
    assert each.first
    assert each.second
    kinds = list(dict.fromkeys((each.first.kind, each.second.kind)))
    what = f"{kinds[0]} differs" if len(kinds) == 1 else f"{kinds[0]} and the {kinds[1]} differ"
    why = (
        f"the {what}: “{each.first.text}” in the {name_of(first)}, “{each.second.text}” in the "
        f"{name_of(second)}, on {place_of(second, other_line)}. Make them say the same"
    )
    return found(first, line, second, other_line, why)


def _lacks(half: Half, line: int, fact: Fact, other: Half, other_line: int) -> Finding:
    why = (
        f"the {fact.kind} “{fact.text}” is not in the {name_of(other)}; it belongs at {place_of(other, other_line)}. "
        "Add it there, or take it out here"
    )
    return found(half, line, other, other_line, why)
