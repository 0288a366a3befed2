"""What one half has and the other has not. In: aligned halves. Out: findings on units without a partner."""

from collections.abc import Iterator

from newsletter.check.pair.align import Aligned, Pairing
from newsletter.check.pair.said import found, in_quotes, name_of, place_of
from newsletter.check.pair.units import NAMES, Half, Unit
from newsletter.compiled import Finding


def structure_findings(first: Half, second: Half, aligned: Aligned) -> Iterator[Finding]:
    """Name each unit without a partner, and each pair of which one side lacks something."""
    last = (1, 1)
    for pair in aligned.pairs:
        if pair.first and pair.second:
            last = pair.first.line, pair.second.line
            yield from _pair(first, pair.first, second, pair.second)
        elif pair.first:
            yield _missing(first, pair.first, second, last[1])
        elif pair.second:
            yield _missing(second, pair.second, first, last[0])
    yield from _texts(first, second, aligned)


def _missing(half: Half, unit: Unit, other: Half, near: int) -> Finding:
    what = f"{NAMES[unit.kind]} {in_quotes(unit.text)}" if unit.text else NAMES[unit.kind]
    why = (
        f"the {what} is only in the {name_of(half)}. The {name_of(other)} has none to match it after "
        f"{place_of(other, near)}. Add it there, or take it out here"
    )
    return found(half, unit.line, other, near, why)


def _pair(first: Half, unit: Unit, second: Half, other: Unit) -> Iterator[Finding]:
    at = first, unit.line, second, other.line
    if unit.kind == "heading" and unit.level != other.level:
        why = (
            f"this heading is of level {unit.level}, and that on {place_of(second, other.line)} of level {other.level}"
        )
        yield found(*at, f"{why}. Make them alike")
    if unit.kind == "item" and unit.level != other.level:
        why = f"this list item is {unit.level} deep, and that on {place_of(second, other.line)} {other.level} deep"
        yield found(*at, f"{why}. Make them alike")
    if unit.kind == "row" and unit.level != other.level:
        why = f"this table row has {unit.level} cells, and that on {place_of(second, other.line)} has {other.level}"
        yield found(*at, f"{why}. Add the missing cells")
    yield from _one_side_empty(first, unit, second, other)


def _one_side_empty(first: Half, unit: Unit, second: Half, other: Unit) -> Iterator[Finding]:
    """Find words, or the alt text of a picture, that one of two partners has and the other has not."""
    for cell, words, theirs in _parts(unit, other):
        if bool(words) == bool(theirs):
            continue
        full, empty = ((first, unit), (second, other)) if words else ((second, other), (first, unit))
        said = f"{in_quotes(words or theirs)} on {place_of(full[0], full[1].line)}"
        if unit.kind == "picture":
            why = f"this picture has no alt text, but its partner has: {said}. Describe it in {name_of(empty[0])}, too"
        elif unit.level < 0:
            why = f"there is no preview text (preheader) in this half, but in the other: {said}. Add one here"
        else:
            what = f"cell {cell} of this row" if unit.kind == "row" else f"this {NAMES[unit.kind]}"
            why = f"{what} is empty, but in the {name_of(full[0])} it says {said}. Fill it in"
        yield found(empty[0], empty[1].line, full[0], full[1].line, why)


def _parts(unit: Unit, other: Unit) -> Iterator[tuple[int, str, str]]:
    for cell, (words, theirs) in enumerate(zip(unit.parts, other.parts, strict=False), start=1):
        yield cell, words, theirs


def _texts(first: Half, second: Half, aligned: Aligned) -> Iterator[Finding]:
    """Find paragraphs where the other half has no words at all."""
    lines = [(1, 1), *((p.first.line, p.second.line) for p in aligned.pairs if p.first and p.second)]
    for number, (ours, theirs) in enumerate(aligned.texts):
        if bool(ours) == bool(theirs):
            continue
        at = lines[min(number, len(lines) - 1)]
        half, other, unit, near = (first, second, ours[0], at[1]) if ours else (second, first, theirs[0], at[0])
        yield _missing(half, unit, other, near)


def is_whole(aligned: Aligned) -> bool:
    """Say whether every unit has a partner."""
    return all(isinstance(pair, Pairing) and pair.first and pair.second for pair in aligned.pairs)
