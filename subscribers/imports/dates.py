"""A time in, as a program or a person wrote it, that time in UTC out; pure.

Whether 03/04 is the third of April or the fourth of March follows from the whole column (`Order`), the program that
wrote it, or the organiser, and is never guessed. A time without a zone is taken as UTC.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from subscribers.imports.vocabulary import folded

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"

LONGEST = 80
"""The longest text that is read as a time, in characters."""


class Order:
    """Learns from the cells of a column which of two numbers is the day."""

    def __init__(self) -> None:
        self.asked = False
        """Whether the column has dates that can be read in two ways."""
        self._day = self._month = False
        self.example = ""

    def look(self, texts: Iterable[str]) -> None:
        """Look at some cells."""
        for text in texts:
            found = _NUMBERS.match(text) if len(text) <= LONGEST else None
            if found and found["apart"] != ".":
                first, second = int(found[1]), int(found[3])
                self._day |= first > 12
                self._month |= second > 12
                self.asked |= first <= 12 and second <= 12 and first != second
                self.example = self.example or text.strip()

    @property
    def said(self) -> str:
        """The order that the column shows; empty: none, or both."""
        if self._day == self._month:
            return ""
        return DAY_FIRST if self._day else MONTH_FIRST

    @property
    def contradicts_itself(self) -> bool:
        """Whether no order fits all dates of the column."""
        return self._day and self._month


@lru_cache(maxsize=4096)
def moment(text: str, order: str = "") -> datetime | None:
    """Read a time; None: it is not a time, or can be read in two ways."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        return None
    try:
        read = _iso(text) or _numbers(text, order) or _named(text)
        return None if read is None else read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        found = _YEAR_FIRST.match(text)
        if found:
            return _at(int(found[1]), int(found[2]), int(found[3]), text[found.end() :])
        return datetime.fromtimestamp(int(text[:10]), UTC) if _SECONDS.fullmatch(text) else None


def _numbers(text: str, order: str) -> datetime | None:
    found = _NUMBERS.match(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), _year(found[4])
    by_day = found["apart"] == "." or first > 12 or first == second or (second <= 12 and order == DAY_FIRST)
    by_month = second > 12 or (first <= 12 and order == MONTH_FIRST)
    if not (by_day or by_month):
        return None
    day, month = (first, second) if by_day else (second, first)
    return _at(year, month, day, text[found.end() :])


def _named(text: str) -> datetime | None:
    words = folded(_ORDINAL.sub(r"\1", text)).split()
    months = [number for word in words if (number := _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])) and word.isalpha()]
    numbers = [int(word) for word in words if word.isdigit()]
    found = _CLOCK.search(text)
    clock = found[0] if found else ""
    if found:
        numbers = [int(each) for each in re.findall(r"\d+", text.replace(clock, " ", 1))]
    years = [number for number in numbers if 1900 < number < 2100]
    days = [number for number in numbers if 0 < number < 32]
    if len(months) != 1 or len(years) != 1 or len(days) != 1:
        return None
    return _at(years[0], months[0], days[0], clock)


def _at(year: int, month: int, day: int, rest: str) -> datetime | None:
    found = _CLOCK.search(rest)
    if not found:
        return datetime(year, month, day) if not rest.strip(" ,TZ.") else None  # noqa: DTZ001  # the caller adds the zone
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found["half"] or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found["zone"]))


def _zone(text: str | None) -> timezone:
    if not text or not text.lstrip("GMTUC")[:1] or text[-1:].isalpha():
        return UTC
    sign, digits = text.lstrip("GMTUC")[0], re.sub(r"\D", "", text)
    hours, minutes = int(digits[:2] or 0), int(digits[2:4] or 0)
    return timezone((timedelta(hours=hours, minutes=minutes)) * (-1 if sign in "-−" else 1))


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (2000 if year < 70 else 1900)


_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"\s*(\d{1,2})\s*(?P<apart>[/.-])\s*(\d{1,2})\s*(?P=apart)\s*(\d{4}|\d{2})(?!\d)")
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?")
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>(?:GMT|UTC)?[+−-]\d{1,2}:?(?:\d{2})?|GMT|UTC|Z)?"
)
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th|ain|fed|eg|er)\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ion jän janv ene", "feb chw fev fevr", "mar maw marz mars", "apr ebr avr abr", "may mai mayo",
            "jun meh juin", "jul gor juil",
            "aug aws aou aout ago",
            "sep med sept", "oct hyd okt", "nov tac", "dec rha dez dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
