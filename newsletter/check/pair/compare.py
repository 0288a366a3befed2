"""What one text states, set against what its translation states. In: the Facts of both. Out: those without a partner.

A better partner is taken before a vaguer one, so that "7pm" stands for "7" only where no other 7 is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.check.pair.facts import Demand, Fact


@dataclass(frozen=True)
class Unpaired:
    """A fact that one half has and the other has not, or two that stand in each other's place."""

    first: Fact | None
    second: Fact | None


def unpaired(first: Sequence[Fact], second: Sequence[Fact]) -> list[Unpaired]:
    """List the facts of two texts that do not agree. Each fact may be said more than once."""
    left = [fact for fact in first if not any(fact.agrees(other) for other in second)]
    right = [fact for fact in second if not any(fact.agrees(other) for other in first)]
    for fact in list(left):
        vague = next((other for other in right if fact.resembles(other)), None)
        if vague:
            left.remove(fact)
            right.remove(vague)
    left, right = _without_vague(left, second), _without_vague(right, first)
    found = []
    for fact in list(left):
        instead = next((other for other in right if _in_place_of(fact, other)), None)
        if instead:
            found.append(Unpaired(fact, instead))
            left.remove(fact)
            right.remove(instead)
    found += [Unpaired(fact, None) for fact in left if _must_stand(fact, second)]
    return found + [Unpaired(None, fact) for fact in right if _must_stand(fact, first)]


def _without_vague(facts: Sequence[Fact], others: Sequence[Fact]) -> list[Fact]:
    """Leave out plain numbers that a date or time of the other text holds: 3 in "ar y 3ydd" for "on 3 March"."""
    return [fact for fact in facts if not (fact.kind == "number" and any(fact.resembles(other) for other in others))]


def _in_place_of(fact: Fact, other: Fact) -> bool:
    """Say whether `other` is said where `fact` should be."""
    if Demand.NONE in (fact.demand, other.demand):
        return False
    kinds = {fact.kind, other.kind}
    return len(kinds) == 1 or kinds in (
        {"number", "amount"},
        {"number", "percentage"},
        {"number", "year"},
        {"number", "date"},
    )


def _must_stand(fact: Fact, others: Sequence[Fact]) -> bool:
    if fact.kind == "day":  # "dydd Llun 3 Mai" and "on 3 May" are the same day
        return not any(other.kind in ("date", "day") for other in others)
    return fact.demand is Demand.SURE
