"""What numbers in Welsh and in English words have in common: their scales, and how a reading of one looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from newsletter.check.pair.facts.tokens import Token, has


@dataclass(frozen=True)
class WordNumber:
    """A number in words. `weak`: a word that may, but need not, mean it ("both", "second")."""

    value: Decimal
    length: int
    weak: bool = False
    also: Decimal | None = None
    """Another number that it may mean: a fortnight is two weeks, or fourteen days."""


def table_of(words: str) -> dict[str, int]:
    """Read "dau/dwy=2 tri/tair=3" as a table."""
    pairs = (each.rpartition("=") for each in words.split())
    return {name: int(number) for names, _, number in pairs for name in names.split("/")}


WELSH_SCALES = {"mil": 10**3, "fil": 10**3, "miliwn": 10**6, "filiwn": 10**6, "biliwn": 10**9, "triliwn": 10**12}
_SCALES = WELSH_SCALES | {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def scale_of(read: Sequence[Token], at: int) -> tuple[int, Decimal, int]:
    """Read "miliwn" or "million" after a number: by what it multiplies, what "a hanner" adds, how many tokens it is."""
    if not 0 <= at < len(read):
        return 1, Decimal(0), 0
    scale = _SCALES.get(read[at].word, 1)
    if scale == 1:
        return 1, Decimal(0), 0
    if has(read, at + 1, "a", "hanner") or has(read, at + 1, "and", "a", "half"):
        return scale, Decimal(scale) / 2, 3 if has(read, at + 1, "a", "hanner") else 4
    return scale, Decimal(0), 1
