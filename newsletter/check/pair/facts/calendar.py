"""Dates, months and days of the week. In: tokens. Out: facts: "3ydd o Fawrth", "March 3rd", 03/03/2026, "nos Fawrth".

Mawrth is March and Tuesday, Mai is May and "that": what stands around decides, and capitals.
"""

import re
from collections.abc import Sequence
from functools import cache

from newsletter.check.pair.facts.fact import Demand, Fact
from newsletter.check.pair.facts.mutations import forms
from newsletter.check.pair.facts.numbers import number_at, written
from newsletter.check.pair.facts.tokens import Token, has
from newsletter.languages import months_in, weekdays_in

_JOINS = ("-", "–", "—", ",", "a", "ac", "i", "hyd", "tan", "neu", "and", "to", "or", "until", "&", "/")
_DAY_WORDS = (
    "dydd", "ddydd", "nydd", "nos", "noson", "nosweithiau", "bore", "fore", "boreau", "foreau", "prynhawn", "brynhawn",
    "prynhawniau", "pnawn", "bnawn", "dyddiau", "ddyddiau", "i", "o",
)  # fmt: skip
_PLURALS = {"suliau": 6, "sadyrnau": 5, "sadyrniau": 5, "gwenerau": 4}
_FEASTS = ("pasg", "mamau", "groglith", "sulgwyn", "blodau", "cofio")
_BEFORE_MONTH = (
    "mis", "fis", "misoedd", "ym", "o", "erbyn", "ers", "tan", "hyd", "rhwng", "diwedd", "ddiwedd", "dechrau", "canol",
    "in", "by", "since", "until", "till", "from", "of", "last", "next", "this", "early", "late", "mid", "during",
    "between", "to", "and", "each", "every", "-", "–",
)  # fmt: skip


@cache
def _months(language: str) -> dict[str, int]:
    names = {name.lower(): number for name, number in months_in(language).items()} | (
        {"sept": 9} if language == "en" else {}
    )
    if language != "cy":
        return names
    return {form: number for name, number in names.items() for form in (forms(name) if len(name) > 2 else (name,))}


@cache
def _weekdays(language: str) -> dict[str, int]:
    names = {name.lower().removeprefix("dydd "): day for name, day in weekdays_in(language).items()}
    if language != "cy":
        more = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
        return names | more | {f"{name}s": day for name, day in names.items() if len(name) > 4}
    return {form: day for name, day in names.items() if name != "maw" for form in forms(name)} | _PLURALS


def date_at(read: Sequence[Token], at: int, language: str) -> tuple[list[Fact], int] | None:
    """Read the date that begins at token `at`; also return the token after it. Its year is a fact of its own."""
    if found := _in_digits(read, at):
        return found
    if month := _month(read, at, language):
        here = at + 1 + (1 if at + 1 < len(read) and read[at + 1].word in ("y", "yr", "the") else 0)
        day, length = _day(read, here, language)
        if day and not _month(read, here + length, language) and not _is_hour(read, here, here + length):
            return [_date(read, at, here + length, day, month)], here + length
        return None
    day, length = _day(read, at, language)
    if not day:
        return None
    end = at + length
    while end < len(read) and read[end].word in ("o", "of", "y", "mis", "fis"):
        end += 1
    if month := _month(read, end, language):
        return [_date(read, at, end + 1, day, month)], end + 1
    if month := _month_of_list(read, at + length, language):
        means = frozenset([f"n:{day}", f"d:{day}-{month}"])
        return [Fact("date", written(read, at, at + length), means, at=read[at].start)], at + length
    return None


def _is_hour(read: Sequence[Token], at: int, end: int) -> bool:
    after = read[end] if end < len(read) else None
    return read[at].hanging in ("am", "pm", "yb", "yp", "yh") or (after is not None and after.text == "%")


def _month_of_list(read: Sequence[Token], at: int, language: str) -> int:
    """Read the month of a day that others follow: 3 in "3, 4 a 5 Mawrth"."""
    joined = False
    for here in range(at, min(at + 14, len(read))):
        token = read[here]
        if token.text.lower() in _JOINS or token.word in (*_DAY_WORDS, "the", "y"):
            joined = joined or token.text.lower() in _JOINS
        elif joined and (month := _month(read, here, language)) and read[here - 1].word not in ("dydd", "nos", "ddydd"):
            # A day must stand before it: in "10 to March" there is none.
            return month if _day(read, here - 1, language)[0] or read[here - 1].word in ("o", "of") else 0
        elif token.word in _weekdays(language) or _day(read, here, language)[0]:
            continue
        elif token.word != "of":
            return 0
    return 0


def _in_digits(read: Sequence[Token], at: int) -> tuple[list[Fact], int] | None:
    """Read 03/05/2026, 3.5.26 and 2026-05-03."""
    if not read[at].number or read[at].hanging:
        return None
    parts, end = [read[at].number], at + 1
    if parts[0].count(".") == 2:
        parts = parts[0].split(".")
    elif (
        end + 2 < len(read)
        and read[end].text in ("/", "-")
        and read[end + 2].text == read[end].text
        and end + 3 < len(read)
    ):
        parts, end = [read[at].number, read[end + 1].number, read[end + 3].number], at + 5
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    year, month, day = parts if len(parts[0]) == 4 else parts[::-1]
    if len(year) not in (2, 4) or not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:
        return None
    year = year if len(year) == 4 else f"20{year}"
    whole = written(read, at, end)
    facts = [
        _date(read, at, end, int(day), int(month)),
        Fact("year", whole, frozenset([f"n:{year}"]), at=read[at].start),
    ]
    return facts, end


def _day(read: Sequence[Token], at: int, language: str) -> tuple[int, int]:
    """Read a day of the month, and how many tokens it is."""
    number = number_at(read, at, language)
    if not number or not 1 <= number.whole <= 31 or (number.weak and number.in_words and not has(read, at, "cyntaf")):
        return 0, 0
    return (0, 0) if number.raw and not re.fullmatch(r"\d{1,2}", number.raw) else (number.whole, number.length)


def _month(read: Sequence[Token], at: int, language: str) -> int:
    """Read the month at token `at`: it has a capital, and is no day of the week."""
    if not 0 <= at < len(read) or not read[at].capital:
        return 0
    found = _months(language).get(read[at].word, 0)
    return 0 if not found or (weekday_at(read, at, language) is not None) else found


def month_at(read: Sequence[Token], at: int, language: str) -> Fact | None:
    """Read a month without a day: in "ym mis Mawrth", "May 2027"."""
    month = _month(read, at, language)
    if not month:
        return None
    after = read[at + 1].number if at + 1 < len(read) else ""
    if (at and read[at - 1].text.lower() in _BEFORE_MONTH) or re.fullmatch(r"(?:19|20)\d\d", after):
        return Fact("month", read[at].text, frozenset([f"m:{month}"]), demand=Demand.PAIRED, at=read[at].start)
    return None


def weekday_at(read: Sequence[Token], at: int, language: str) -> int | None:
    """Read the day of the week at token `at`: Monday is 0."""
    day = _weekdays(language).get(read[at].word)
    if day is None or not read[at].capital:
        return None
    after = read[at + 1] if at + 1 < len(read) else None
    short = len(read[at].word) <= 3 and read[at].word not in ("lun", "iau", "sul")
    if short or language != "cy":
        return day if not short or (after is not None and (after.number or after.text in (".", "-", "–"))) else None
    before = read[at - 1].word if at else ""
    if read[at].word in _PLURALS:
        return day
    if before in _DAY_WORDS[:-2] or (after is not None and after.word == "y" and _is_feast(read, at + 2)):
        return day
    if _is_joined(read, at, -1) or _is_joined(read, at, 1):
        return day
    starts = at == 0 or read[at - 1].text in (":", ";", "(", "–", "-", ",", ".", "·", "•")
    is_month = read[at].word in _months(language)
    return day if starts and not is_month and after is not None and bool(after.number) else None


def _is_feast(read: Sequence[Token], at: int) -> bool:
    return at < len(read) and read[at].word in _FEASTS


def _is_joined(read: Sequence[Token], at: int, step: int) -> bool:
    """Say whether another day stands beside: Llun in "Llun i Gwener", Gwener in "dydd Llun a Gwener"."""
    join, other = at + step, at + 2 * step
    if not 0 <= other < len(read) or read[join].text.lower() not in _JOINS:
        return False
    days = _weekdays("cy")
    months = _months("cy")
    return (
        read[other].capital
        and read[other].word in days
        and (read[other].word not in months or read[at].word not in months)
    )


def weekday_fact(read: Sequence[Token], at: int, language: str) -> Fact | None:
    """Read the day of the week at token `at` as a fact."""
    day = weekday_at(read, at, language)
    return None if day is None else Fact("day", read[at].text, frozenset([f"w:{day}"]), at=read[at].start)


def _date(read: Sequence[Token], at: int, end: int, day: int, month: int) -> Fact:
    loosely = frozenset([f"n:{day}", f"m:{month}"])
    return Fact("date", written(read, at, end), frozenset([f"d:{day}-{month}"]), loosely, at=read[at].start)
