"""Times of day. In: tokens. Out: facts: "12.30pm", 12:30, "12.30yp", "7 o'r gloch yr hwyr", "half past seven"."""

from collections.abc import Sequence

from newsletter.check.pair.facts.fact import Fact
from newsletter.check.pair.facts.numbers import Number, number_at, written
from newsletter.check.pair.facts.tokens import Token, as_plain, has

DAY = 24 * 60
_MORNING, _AFTER = "am", "pm"
_HANGING = {"am": _MORNING, "yb": _MORNING, "pm": _AFTER, "yp": _AFTER, "yh": _AFTER, "yn": _AFTER}
_PARTS = {
    "bore": _MORNING, "fore": _MORNING, "morning": _MORNING, "prynhawn": _AFTER, "brynhawn": _AFTER, "pnawn": _AFTER,
    "bnawn": _AFTER, "hwyr": _AFTER, "nos": _AFTER, "afternoon": _AFTER, "evening": _AFTER, "night": _AFTER,
}  # fmt: skip
_LEADS = (("yn", "y"), ("yn", "yr"), ("y",), ("yr",), ("o'r",), ("gyda'r",), ("fin",), ("in", "the"), ("at",))
_NAMED = (
    (("hanner", "dydd"), 720), (("ganol", "dydd"), 720), (("canol", "dydd"), 720), (("noon",), 720), (("midday",), 720),
    (("canol", "nos"), 0), (("ganol", "nos"), 0), (("hanner", "nos"), 0), (("midnight",), 0),
)  # fmt: skip
_RANGES = ("-", "–", "—", "to", "until", "till", "and", "i", "tan", "hyd", "a", "ac", "neu", "or", ",", "&", "/")
_AFTER_TIME = (*_RANGES, "", ".", ";", ":", ")", "ar", "yn", "ym", "bob", "mewn", "ddydd", "dydd", "nos")


def time_at(read: Sequence[Token], at: int, language: str) -> tuple[Fact, int] | None:
    """Read the time that begins at token `at`; also return the token after it."""
    for words, minutes in _NAMED:
        if has(read, at, *words):
            return _time(read, at, at + len(words), {minutes}, set()), at + len(words)
    if found := _past_or_to(read, at, language):
        return found
    number = number_at(read, at, language)
    clock = _hour_and_minute(number) if number and not number.weak else None
    if not number or clock is None:
        return None
    half, length = _half_of_day(read, at + number.length, number, language)
    end = at + number.length + length
    hour, minute = clock
    if half:
        return _time(read, at, end, _minutes(hour, minute, half), {hour} if not minute else set()), end
    if ":" in number.raw:
        return _time(read, at, end, _minutes(hour, minute, ""), set()), end
    if number.in_words or (number.hanging and number.hanging not in _HANGING):
        return None
    return _range_or_bare(read, at, number, clock, language)


def _range_or_bare(
    read: Sequence[Token], at: int, number: Number, clock: tuple[int, int], language: str
) -> tuple[Fact, int] | None:
    """Read 2 in "2-4pm" and 7.30 in "am 7.30": each may be a time, and a number as well."""
    end, (hour, minute) = at + 1, clock
    if _is_counted(read, at, end):
        return None
    later = end + 1 if end < len(read) and read[end].text.lower() in _RANGES else 0
    after = number_at(read, later, language) if later else None
    is_range = (
        after is not None and _hour_and_minute(after) and _half_of_day(read, later + after.length, after, language)[0]
    )
    if not set(".:") & set(number.raw) and not is_range:
        return None
    means = {f"t:{minutes}" for minutes in _minutes(hour, minute, "")}
    means |= {f"n:{as_plain(value)}" for value in number.values}
    loosely = frozenset([f"n:{hour}"]) if is_range else frozenset()
    return Fact("time", written(read, at, end), frozenset(means), loosely, at=read[at].start), end


def _is_counted(read: Sequence[Token], at: int, end: int) -> bool:
    """Say whether what stands around makes it an amount or a measure."""
    before = read[at - 1].text if at else ""
    after = read[end] if end < len(read) else None
    return before in ("£", "€", "$") or (after is not None and (after.text == "%" or after.word in _MEASURES))


_MEASURES = (
    "km",
    "m",
    "metres",
    "miles",
    "milltir",
    "filltir",
    "metr",
    "per",
    "miliwn",
    "million",
    "biliwn",
    "billion",
)


def _past_or_to(read: Sequence[Token], at: int, language: str) -> tuple[Fact, int] | None:
    """Read "half past seven", "chwarter i wyth", "20 munud wedi 3"."""
    minute, here = 0, at
    for words, minutes in ((("hanner", "awr"), 30), (("half",), 30), (("chwarter",), 15), (("quarter",), 15)):
        if has(read, at, *words):
            minute, here = minutes, at + len(words)
            break
    else:
        number = number_at(read, at, language)
        if not number or number.whole not in (5, 10, 20, 25):
            return None
        minute, here = number.whole, at + number.length
        if here < len(read) and read[here].word in ("munud", "funud", "minutes"):
            here += 1
        elif not has(read, here, "wedi") and not has(read, here, "past"):
            return None
    word = read[here].word if here < len(read) else ""
    hour = number_at(read, here + 1, language)
    if word not in ("wedi", "past", "i", "to") or not hour or not 1 <= hour.whole <= 12:
        return None
    end = here + 1 + hour.length
    half, length = _half_of_day(read, end, hour, language)
    ahead = minute if word in ("wedi", "past") else -minute
    found = {(minutes + ahead) % DAY for minutes in _minutes(hour.whole, 0, half)}
    return _time(read, at, end + length, found, set()), end + length


def _hour_and_minute(number: Number) -> tuple[int, int] | None:
    if number.in_words:
        return (number.whole, 0) if 1 <= number.whole <= 12 else None
    hour, _, minute = number.raw.replace(":", ".").partition(".")
    if not hour.isdigit() or len(hour) > 2 or int(hour) > 24 or (minute and (len(minute) != 2 or not minute.isdigit())):
        return None
    return (int(hour), int(minute or 0)) if int(minute or 0) < 60 else None


def _half_of_day(read: Sequence[Token], at: int, number: Number, language: str) -> tuple[str, int]:
    """Say which half of the day the words after a number name, and how many tokens they are; "?" is "o'r gloch"."""
    if number.hanging in _HANGING:
        return _HANGING[number.hanging], 0
    word = read[at].word if at < len(read) else ""
    if word in ("yb", "yp", "yh", "pm") or (word == "am" and _is_morning(read, at, number, language)):
        return _HANGING[word], 1
    if word == "noon" or has(read, at, "hanner", "dydd") or has(read, at, "canol", "dydd"):
        return (_AFTER, 1 if word == "noon" else 2) if number.whole == 12 else ("", 0)
    if has(read, at, "midnight") or has(read, at, "canol", "nos"):
        return (_MORNING, 1 if word == "midnight" else 2) if number.whole == 12 else ("", 0)
    clock = 2 if has(read, at, "o'r", "gloch") else 1 if has(read, at, "o'clock") else 0
    half, length = _part_of_day(read, at + clock, bare=bool(clock))
    return (half or ("?" if clock else ""), clock + length)


def _is_morning(read: Sequence[Token], at: int, number: Number, language: str) -> bool:
    """Say whether "am" after a number is the morning: in Welsh it also means at, for and about."""
    if language != "cy" or "." in number.raw or ":" in number.raw:
        return True
    after = read[at + 1] if at + 1 < len(read) else None
    return after is None or (not after.number and after.word in _AFTER_TIME)


def _part_of_day(read: Sequence[Token], at: int, bare: bool) -> tuple[str, int]:
    for lead in (*_LEADS, *(((),) if bare else ())):
        here = at + len(lead)
        if has(read, at, *lead) and here < len(read) and read[here].word in _PARTS:
            return _PARTS[read[here].word], len(lead) + 1
    return "", 0


def _minutes(hour: int, minute: int, half: str) -> set[int]:
    """List the minutes of the day that a time may be."""
    if half == _MORNING:
        return {(hour % 12 if hour <= 12 else hour) * 60 + minute}
    if half == _AFTER:
        return {((hour % 12) + 12 if hour <= 12 else hour) * 60 + minute}
    found = {hour % 24 * 60 + minute}
    return found | ({(hour + 12) % 24 * 60 + minute} if 1 <= hour <= 12 else set())


def _time(read: Sequence[Token], at: int, end: int, minutes: set[int], hours: set[int]) -> Fact:
    means = frozenset(f"t:{each}" for each in minutes)
    loosely = {f"n:{hour}" for hour in hours} | {f"n:{each // 60}" for each in minutes if each % 60 == 0}
    return Fact("time", written(read, at, end), means, frozenset(loosely), at=read[at].start)
