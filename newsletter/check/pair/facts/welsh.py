"""Numbers in Welsh words. In: tokens. Out: which of them together say a number.

Welsh counts in tens ("dau ddeg pump") and in twenties ("pump ar hugain", with the noun within: "pum punt ar hugain").
"""

from collections.abc import Sequence
from decimal import Decimal

from newsletter.check.pair.facts.mutations import forms
from newsletter.check.pair.facts.number_words import WELSH_SCALES, WordNumber, scale_of, table_of
from newsletter.check.pair.facts.tokens import Token, has


def _mutated(plain: dict[str, int]) -> dict[str, int]:
    found = {form: number for word, number in plain.items() for form in forms(word)}
    return {word: number for word, number in found.items() if word not in _OTHER_WORDS} | plain


_OTHER_WORDS = {"neg", "nau", "nwy", "hun", "nwsin", "nawn"}

_UNITS = _mutated(
    table_of(
        "un=1 dau/dwy=2 tri/tair=3 pedwar/pedair=4 pump/pum=5 chwech/chwe=6 saith=7 wyth=8 naw=9 deg/deng=10 "
        "deuddeg/deuddeng=12 pymtheg/pymtheng=15 deunaw=18"
    )
)
_ORDINALS = _mutated(
    table_of(
        "unfed=1 trydydd/trydedd=3 pedwerydd/pedwaredd=4 pumed=5 chweched=6 seithfed=7 wythfed=8 nawfed=9 degfed=10 "
        "deuddegfed=12 pymthegfed=15 deunawfed=18 ugeinfed=20 hugeinfed=20"
    )
)
_TENS = _mutated(table_of("ugain/hugain=20 deugain=40 trigain=60"))
_OVER = {"ddeg": 10, "bymtheg": 15, "hugain": 20, "ddeugain": 40, "drigain": 60}
WEAK = _mutated(
    table_of(
        "cyntaf=1 gyntaf=1 unwaith=1 ail=2 dwywaith=2 ddwywaith=2 teirgwaith=3 pedairgwaith=4 pedwarawd=4 tridiau=3 "
        "deuddydd=2 pythefnos=2 degawd=10 canrif=100 wythnos=7 dwbl=2 deublyg=2 pâr=2 cwpl=2 gwpl=2"
    )
)
_DOZEN = {"dwsin": 12, "ddwsin": 12}
_HUNDREDS = ("cant", "gant", "chant", "can", "gan")


def welsh_number(read: Sequence[Token], at: int) -> WordNumber | None:
    """Read the number in words that begins at token `at`; None where there is none."""
    if has(read, at, "hanner") or read[at].word in ("chwarter", "gwarter"):
        return _share(read, at)
    value, length = _welsh_below_thousand(read, at)
    scale, half, more = scale_of(read, at + length)
    if scale == 1 or not (length or read[at].word in ("mil", "miliwn", "filiwn", "biliwn")):
        return WordNumber(Decimal(value), length) if length else None
    whole, length = (value or 1) * scale + half, length + more
    after = _after_and(read, at + length)
    rest, further = _welsh_below_thousand(read, after)
    if further and scale > rest:
        whole, length = whole + rest, after + further - at
    return WordNumber(Decimal(whole), length)


def _share(read: Sequence[Token], at: int) -> WordNumber | None:
    """Read "hanner cant", "hanner can mil", "hanner miliwn", "chwarter miliwn"."""
    parts = 2 if has(read, at, "hanner") else 4
    after = read[at + 1].word if at + 1 < len(read) else ""
    if parts == 2 and after in ("cant", "can"):
        scale, half, length = scale_of(read, at + 2)
        return WordNumber(Decimal(50) * scale + half, 2 + length)
    return WordNumber(Decimal(WELSH_SCALES[after]) / parts, 2) if after in ("miliwn", "biliwn") else None


def _welsh_below_thousand(read: Sequence[Token], at: int) -> tuple[int, int]:
    if at >= len(read):
        return 0, 0
    if read[at].word in ("canmil", "ganmil"):
        return 100_000, 1
    number, length = _welsh_below_hundred(read, at)
    hundred = at + length
    word = read[hundred].word if hundred < len(read) else ""
    if (length and not 0 < number < 10) or word not in (_HUNDREDS if length else _HUNDREDS[:3]):
        return number, length
    if has(read, hundred - 1, "y"):  # a share: y cant
        return 0, 0
    return _with_rest(read, at, hundred, (number or 1) * 100)


def _with_rest(read: Sequence[Token], at: int, hundred: int, value: int) -> tuple[int, int]:
    """Read what is beyond the hundred: "cant a hanner", "cant ac ugain", "dau gan mlynedd a deg ar hugain"."""
    end = hundred + 1
    if has(read, end, "a", "hanner"):
        return value + 50, end + 2 - at
    after = _after_and(read, end)
    if after == end and read[hundred].word in ("can", "gan") and has(read, end + 1, "a"):
        after = end + 2
    rest, more = _welsh_below_hundred(read, after)
    return (value + rest, after + more - at) if more and rest < 100 else (value, end - at)


def _after_and(read: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(read) and read[at].word in ("a", "ac") else at


def _welsh_below_hundred(read: Sequence[Token], at: int) -> tuple[int, int]:
    if at >= len(read):
        return 0, 0
    word = read[at].word
    number = _UNITS.get(word) or _ORDINALS.get(word) or (2 if word == "ail" and _over(read, at) else 0)
    if number and (more := _in_twenties(read, at, number) or _in_tens(read, at, number)):
        return more
    alone = number or _DOZEN.get(word) or _TENS.get(word) or 0
    return (alone, 1) if alone else (0, 0)


def _in_tens(read: Sequence[Token], at: int, number: int) -> tuple[int, int] | None:
    """Read "tri deg dau" and "pedwar ugain"."""
    after = read[at + 1].word if at + 1 < len(read) else ""
    if number == 4 and after in ("ugain", "hugain"):
        return 80, 2
    if number >= 10 or after not in ("deg", "ddeg"):
        return None
    last = read[at + 2].word if at + 2 < len(read) else ""
    unit = _UNITS.get(last) or _ORDINALS.get(last) or 0
    return (number * 10 + unit, 3) if 0 < unit < 10 else (number * 10, 2)


def _in_twenties(read: Sequence[Token], at: int, number: int) -> tuple[int, int] | None:
    """Read "tri ar ddeg", "un ar ddeg ar hugain", "deg a deugain"."""
    if over := _over(read, at):
        more, length = over
        further = _over(read, at + length - 1)
        return (number + more + further[0], length + further[1] - 1) if further else (number + more, length)
    if number == 10 and has(read, at + 1, "a") and at + 2 < len(read) and read[at + 2].word in _TENS:
        return 10 + _TENS[read[at + 2].word], 3
    return None


def _over(read: Sequence[Token], at: int) -> tuple[int, int] | None:
    """Read "ar hugain" after the number at `at`, at most two words between: what it adds, and the length of all."""
    for between in (1, 2, 3):
        here = at + between
        if here + 1 < len(read) and read[here].word == "ar" and read[here + 1].word in _OVER:
            return _OVER[read[here + 1].word], between + 2
        if here < len(read) and not read[here].word.isalpha():
            return None
    return None
