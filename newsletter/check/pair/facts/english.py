"""Numbers in English words. In: tokens. Out: which of them together say a number: "two hundred and five"."""

from collections.abc import Sequence
from decimal import Decimal

from newsletter.check.pair.facts.number_words import WordNumber, scale_of, table_of
from newsletter.check.pair.facts.tokens import Token, has

_UNITS = table_of(
    "one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 "
    "fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 first=1 third=3 fourth=4 fifth=5 sixth=6 seventh=7 "
    "eighth=8 ninth=9 tenth=10 eleventh=11 twelfth=12 thirteenth=13 fourteenth=14 fifteenth=15 sixteenth=16 "
    "seventeenth=17 eighteenth=18 nineteenth=19 twentieth=20 thirtieth=30"
)
_TENS = table_of("twenty=20 thirty=30 forty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
WEAK = table_of(
    "second=2 seconds=2 thirds=3 quarters=4 fifths=5 once=1 twice=2 both=2 couple=2 pair=2 double=2 twin=2 either=2 "
    "neither=2 fortnight=2 week=7 decade=10 century=100 triple=3 quartet=4"
)


def english_number(read: Sequence[Token], at: int) -> WordNumber | None:
    """Read the number in words that begins at token `at`; None where there is none."""
    if share := _share_of_million(read, at):
        return share
    said, here = _Said(), at
    if has(read, at, "a") and at + 1 < len(read) and read[at + 1].word in ("hundred", "dozen", *_SCALES):
        said.current, here = Decimal(1), at + 1
    while here < len(read) and (used := said.take(read, here, begun=here > at)):
        here += used
    value = said.total + said.current
    return WordNumber(value, here - at) if here > at and value else None


def _share_of_million(read: Sequence[Token], at: int) -> WordNumber | None:
    """Read "half a million" and "a quarter of a million"."""
    for words, parts in ((("half", "a"), 2), (("quarter", "of", "a"), 4), (("a", "quarter", "of", "a"), 4)):
        here = at + len(words)
        if has(read, at, *words) and here < len(read) and read[here].word in _SCALES:
            return WordNumber(Decimal(_SCALES[read[here].word]) / parts, len(words) + 1)
    return None


class _Said:
    """What the words say so far: `total` in thousands and more, `current` below."""

    def __init__(self) -> None:
        self.total, self.current = Decimal(0), Decimal(0)

    def take(self, read: Sequence[Token], here: int, begun: bool) -> int:
        """Take the word at `here` into account; return how many tokens that were, 0 if it is no part of the number."""
        word = read[here].word
        if self._adds(word):
            return 1
        if word == "dozen":
            self.current = (self.current or Decimal(1)) * 12
            return 1
        return (self._multiplies(read, here, word) or self._joins(read, here, word)) if begun else 0

    def _adds(self, word: str) -> bool:
        if word in _TENS and self.current % 100 == 0:
            self.current += _TENS[word]
            return True
        unit = _UNITS.get(word, 0)
        if unit and (self.current % 100 == 0 or (self.current % 10 == 0 and unit < 10)):
            self.current += unit
            return True
        return False

    def _multiplies(self, read: Sequence[Token], here: int, word: str) -> int:
        if word in ("hundred", "hundredth"):
            self.current *= 100
            return 1
        if word not in _SCALES:
            return 0
        scale, half, length = scale_of(read, here)
        self.total, self.current = self.total + self.current * scale + half, Decimal(0)
        return length

    def _joins(self, read: Sequence[Token], here: int, word: str) -> int:
        """Say whether "and" or a hyphen goes on with the number, and how many tokens it is."""
        after = read[here + 1].word if here + 1 < len(read) else ""
        if has(read, here, "and", "a", "half") and scale_of(read, here + 3)[0] > 1:
            self.current += Decimal("0.5")
            return 3
        if word == "-":
            joins = self.current % 100 >= 20 and self.current % 10 == 0 and 0 < _UNITS.get(after, 0) < 10
        else:
            joins = word == "and" and self.current >= 100 and self.current % 100 == 0 and after in _UNITS | _TENS
        return 1 if joins else 0
