"""Which unit of one half belongs to which of the other. In: two Halves. Out: pairs, some with a side missing.

Where both have the same kinds in the same order, they pair as they stand. Else the cheapest way is sought to make one
of the other by leaving units out, so that the one that is missing is named, and not all that follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from newsletter.check.pair.compare import unpaired
from newsletter.check.pair.facts import Fact, read_facts
from newsletter.check.pair.units import TEXT, Half, Unit

MOST = 400
"""Units of one half among which partners are sought; in longer ones the order alone decides."""
_LEFT_OUT, _FACT = 1.0, 0.5


@dataclass(frozen=True)
class Pairing:
    """Two units that say the same, or one without a partner."""

    first: Unit | None
    second: Unit | None


@dataclass(frozen=True)
class Aligned:
    """What pairs: the units that must, and between them the texts, which may be split and joined."""

    pairs: list[Pairing]
    texts: list[tuple[list[Unit], list[Unit]]]


def align(first: Half, second: Half) -> Aligned:
    """Pair the units of two halves."""
    ours, ours_between = _parted(first)
    theirs, theirs_between = _parted(second)
    if [_key(unit) for unit in ours] == [_key(unit) for unit in theirs]:
        pairs = [Pairing(*each) for each in zip(ours, theirs, strict=True)]
        return Aligned(pairs, list(zip(ours_between, theirs_between, strict=True)))
    steps = _cheapest(ours, theirs, first.language, second.language)
    pairs, texts = [], [(list(ours_between[0]), list(theirs_between[0]))]
    for at, to in steps:
        pairs.append(Pairing(None if at is None else ours[at], None if to is None else theirs[to]))
        # Texts after a unit without a partner belong with those before it.
        if at is not None and to is not None:
            texts.append(([], []))
        texts[-1][0].extend([] if at is None else ours_between[at + 1])
        texts[-1][1].extend([] if to is None else theirs_between[to + 1])
    return Aligned(pairs, texts)


def _parted(half: Half) -> tuple[list[Unit], list[list[Unit]]]:
    """Return the units that must pair, and the texts before the first, after the first, and so on."""
    firm: list[Unit] = []
    between: list[list[Unit]] = [[]]
    for unit in half.units:
        if unit.kind == TEXT:
            between[-1].append(unit)
        else:
            firm.append(unit)
            between.append([])
    return firm, between


def _key(unit: Unit) -> tuple[str, int]:
    return unit.kind, unit.level


def _cheapest(
    ours: Sequence[Unit], theirs: Sequence[Unit], language: str, other: str
) -> list[tuple[int | None, int | None]]:
    """Pair two rows of units; the cost of a pair is how little its two have in common."""
    if max(len(ours), len(theirs)) > MOST:
        return _in_order(ours, theirs)
    said = [read_facts(unit.text, language) for unit in ours], [read_facts(unit.text, other) for unit in theirs]
    across, down = len(theirs) + 1, len(ours) + 1
    costs = [[0.0] * across for _ in range(down)]
    for at in range(down):
        for to in range(across):
            ways = []
            if at:
                ways.append(costs[at - 1][to] + _LEFT_OUT)
            if to:
                ways.append(costs[at][to - 1] + _LEFT_OUT)
            if at and to and ours[at - 1].kind == theirs[to - 1].kind:
                ways.append(
                    costs[at - 1][to - 1] + _unlike(ours[at - 1], theirs[to - 1], said[0][at - 1], said[1][to - 1])
                )
            costs[at][to] = min(ways, default=0.0)
    return _way_back(costs, ours, theirs)


def _way_back(
    costs: list[list[float]], ours: Sequence[Unit], theirs: Sequence[Unit]
) -> list[tuple[int | None, int | None]]:
    steps: list[tuple[int | None, int | None]] = []
    at, to = len(ours), len(theirs)
    while at or to:
        if at and abs(costs[at][to] - costs[at - 1][to] - _LEFT_OUT) < 1e-9:
            at -= 1
            steps.append((at, None))
        elif to and abs(costs[at][to] - costs[at][to - 1] - _LEFT_OUT) < 1e-9:
            to -= 1
            steps.append((None, to))
        else:
            at, to = at - 1, to - 1
            steps.append((at, to))
    return steps[::-1]


def _in_order(ours: Sequence[Unit], theirs: Sequence[Unit]) -> list[tuple[int | None, int | None]]:
    both: list[tuple[int | None, int | None]] = [(at, at) for at in range(min(len(ours), len(theirs)))]
    both += [(at, None) for at in range(len(theirs), len(ours))]
    return both + [(None, at) for at in range(len(ours), len(theirs))]


def _unlike(unit: Unit, other: Unit, facts: Sequence[Fact], others: Sequence[Fact]) -> float:
    """Say how little two units have in common: 0 for a perfect pair, below 2 for any."""
    cost = 0.3 * (unit.level != other.level)
    if bool(unit.text) != bool(other.text):
        cost += 0.4
    elif unit.text:
        cost += min(abs(log(len(unit.text) / len(other.text))), 1.0) * 0.3
    cost += 0.3 * (len(unit.links) != len(other.links))
    return min(cost + _FACT * min(len(unpaired(facts, others)), 2), 1.9)
