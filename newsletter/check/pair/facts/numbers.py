"""Numbers, amounts and shares. In: tokens. Out: facts: 1,000, "mil", "£5m", "5 miliwn o bunnoedd", "40 y cant"."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from newsletter.check.pair.facts.fact import Demand, Fact
from newsletter.check.pair.facts.number_words import scale_of
from newsletter.check.pair.facts.tokens import Token, as_plain, has, values
from newsletter.check.pair.facts.words import word_number

_SIGNS = {"£": "£", "€": "€", "$": "$"}
_POUNDS = ("punt", "bunt", "phunt", "bunnoedd", "bunnau", "punnoedd", "punnau", "phunnoedd", "pound", "pounds", "gbp")
_PENCE = ("ceiniog", "geiniog", "cheiniog", "ceiniogau", "pence", "penny")
_EUROS = ("ewro", "ewros", "euro", "euros")
_HANGING = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
_LEAST_SURE_WORD = 11
"""From here on a number in words must be in the other half; smaller ones are said in many ways."""
_YEARS = range(1900, 2101)
_DECADES = ("s", "au")


@dataclass(frozen=True)
class Number:
    """A number that begins at a token: all that it may be, how many tokens it has, and whether it is in words."""

    values: tuple[Decimal, ...]
    length: int
    in_words: bool = False
    weak: bool = False
    hanging: str = ""
    raw: str = ""

    @property
    def whole(self) -> int:
        """Its value, if it is a whole one below 10,000; else -1."""
        value = self.values[0] if self.values else Decimal(-1)
        return int(value) if value == value.to_integral_value() and 0 <= value < 10_000 else -1


def number_at(read: Sequence[Token], at: int, language: str) -> Number | None:
    """Read the number that begins at token `at`, without what it counts."""
    if not 0 <= at < len(read):
        return None
    token = read[at]
    if token.number:
        return Number(values(token.number), 1, hanging=token.hanging, raw=token.number)
    found = word_number(read, at, language)
    if not found:
        return None
    values_ = (found.value,) if found.also is None else (found.value, found.also)
    return Number(values_, found.length, in_words=True, weak=found.weak)


def quantity(read: Sequence[Token], at: int, language: str) -> tuple[Fact, int] | None:
    """Read the amount, share or number that begins at token `at`; also return the token after it."""
    sign = _SIGNS.get(read[at].text, "")
    number = number_at(read, at + 1 if sign else at, language)
    if not number:
        return _a_pound(read, at)
    start, end = at, at + (1 if sign else 0) + number.length
    scale, half, more = (1, Decimal(0), 0) if number.in_words else scale_of(read, end)
    end += more
    sign, factor, end = _money(read, end, sign, number)
    found = {value * scale + half for value in number.values}
    if not sign and _is_share(read, end):
        end += 1 if read[end].text == "%" or read[end].word == "percent" else 2
        means = {f"%:{as_plain(value)}" for value in found}
        loosely = {f"n:{as_plain(value)}" for value in found}
        return _fact("percentage", read, start, end, means, loosely), end
    if sign:
        means = {f"{sign}:{as_plain(value * factor)}" for value in found}
        return _fact("amount", read, start, end, means, {f"n:{as_plain(value * factor)}" for value in found}), end
    return _number(read, start, end, number, found), end


def _a_pound(read: Sequence[Token], at: int) -> tuple[Fact, int] | None:
    """Read "punt yr awr" and "a pound an hour", which may mean one pound."""
    if read[at].word not in ("punt", "bunt", "phunt", "pound"):
        return None
    return _fact("amount", read, at, at + 1, {"£:1"}, {"n:1"}, Demand.NONE), at + 1


def _money(read: Sequence[Token], end: int, sign: str, number: Number) -> tuple[str, Decimal, int]:
    """Say which money a number is, by what it is to be multiplied, and the token after it."""
    if sign:
        return sign, Decimal(_HANGING.get(number.hanging, 1)), end
    if number.hanging in ("p", "c"):
        return "£", Decimal("0.01"), end
    word = read[end].word if end < len(read) else ""
    if word == "o" and end + 1 < len(read) and read[end + 1].word in (*_POUNDS, *_EUROS):
        word, end = read[end + 1].word, end + 1
    for names, money, factor in ((_POUNDS, "£", "1"), (_PENCE, "£", "0.01"), (_EUROS, "€", "1")):
        if word in names:
            return money, Decimal(factor), end + 1
    return "", Decimal(1), end


def _is_share(read: Sequence[Token], at: int) -> bool:
    if at >= len(read):
        return False
    return (
        read[at].text == "%" or read[at].word == "percent" or has(read, at, "y", "cant") or has(read, at, "per", "cent")
    )


def _number(read: Sequence[Token], start: int, end: int, number: Number, found: set[Decimal]) -> Fact:
    if not number.values:
        return _fact("number", read, start, end, {f"v:{number.raw}"}, set())
    means = {f"n:{as_plain(value)}" for value in found}
    if number.hanging in _HANGING:
        means |= {f"n:{as_plain(value * _HANGING[number.hanging])}" for value in found}
    whole = number.whole
    if number.hanging in _DECADES and whole < 100:
        means.add(f"n:{1900 + whole}")
    before = read[start - 2] if start > 1 and read[start - 1].text in ("-", "–", "/") else None
    if before and before.number and values(before.number)[:1] and 0 <= whole < 100 and len(before.number) == 4:
        means.add(f"n:{before.number[:2]}{whole:02}")  # 2025-26
    kind = "year" if whole in _YEARS and not number.in_words and len(number.raw) == 4 else "number"
    return _fact(kind, read, start, end, means, set(), _demand(number))


def _demand(number: Number) -> Demand:
    if not number.in_words:
        return Demand.SURE
    if number.weak or number.values[0] <= 1:
        return Demand.NONE
    return Demand.SURE if number.values[0] >= _LEAST_SURE_WORD else Demand.PAIRED


def _fact(
    kind: str,
    read: Sequence[Token],
    start: int,
    end: int,
    means: set[str],
    loosely: set[str],
    demand: Demand = Demand.SURE,
) -> Fact:
    words = _written(read, start, end)
    return Fact(kind, words, frozenset(means), frozenset(loosely), demand, read[start].start)


def _written(read: Sequence[Token], start: int, end: int) -> str:
    """Put tokens together as they were written, with single spaces where there were some."""
    said = read[start].text
    for before, token in zip(read[start:], read[start + 1 : end], strict=False):
        said += (" " if token.start > before.end else "") + token.text
    return said


written = _written
