"""How the list grew and shrank: people who joined, left, or were put on the do-not-email list, month by month.

A subscriber can be written to while they are confirmed and their address is not suppressed; they join when that begins
and leave, or are suppressed, when it ends. So the list at the end of a month is the sum of all changes up to then.
Nothing is counted for evidence of an import that was taken back: it is as if that import had never been.

What rows can no longer tell is kept as counts: `kept` compares a person's changes before and after rows are deleted,
and adds the difference to `tallies`. So the months of the past stay as they were, however late a report is made.
Months are those of this machine's clock. Functions take a connection inside a transaction and never commit.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, String, case, func, or_, select, true, type_coerce

from subscribers.counts import cohorts, tallies
from subscribers.statements import add_to
from subscribers.tables import consents, imports, subscribers, suppressions

CONFIRMED = "confirmed"


class ListChange(StrEnum):
    """How a subscriber began or ceased to be one who can be written to."""

    JOINED = "joined"
    LEFT = "left"
    SUPPRESSED = "suppressed"


class Moved(NamedTuple):
    """One change of one subscriber."""

    at: datetime
    change: ListChange


Past = tuple[Moved, ...]
"""All changes of one subscriber, in the order in which they happened."""


class Month(NamedTuple):
    """The list in one month: the changes, and how many could be written to at its end."""

    month: str
    """Such as "2026-03"."""
    joined: int
    left: int
    suppressed: int
    reachable: int


def month_of(at: datetime) -> str:
    """Return the month of a moment, by this machine's clock: "2026-03"."""
    local = at.astimezone()
    return f"{local.year:04}-{local.month:02}"


def month_finder() -> Callable[[datetime], str]:
    """Return a function that does what `month_of` does, many times as fast, for as long as the time zone stays."""
    firsts = [(year, month) for year in range(*_YEARS) for month in range(1, 13)]
    starts = [datetime(year, month, 1).astimezone(UTC) for year, month in firsts]  # local time is meant
    names = [f"{year:04}-{month:02}" for year, month in firsts]

    def find(at: datetime) -> str:
        place = bisect_right(starts, at)
        return names[place - 1] if 0 < place < len(names) else month_of(at)

    return find


_YEARS = 2010, 2060
"""The years whose months `month_finder` knows; of others it asks `month_of`."""


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield the months from `first` to `last`, both included."""
    year, month = map(int, first.split("-"))
    while (now := f"{year:04}-{month:02}") <= last:
        yield now
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def pasts(connection: Connection, among: ColumnElement[bool] | None = None) -> Iterator[Past]:
    """Yield the past of every subscriber, or of those `among` them, who could ever be written to. Streams the rows."""
    undone = select(imports.c.id).where(imports.c.undone_at.is_not(None))
    counts = or_(consents.c.import_id.is_(None), consents.c.import_id.not_in(undone))
    joined = (
        subscribers.outerjoin(consents, (consents.c.subscriber_id == subscribers.c.id) & counts)
        .outerjoin(imports, imports.c.id == consents.c.import_id)
        .outerjoin(suppressions, suppressions.c.address == subscribers.c.address)
    )
    # A list may bring the time of a yes given elsewhere; here the person joined when the list was imported.
    said_at = case((imports.c.at > consents.c.at, imports.c.at), else_=consents.c.at)
    query = (
        select(
            subscribers.c.id,
            func.coalesce(consents.c.consent, subscribers.c.consent),  # a row without evidence is as it was added
            type_coerce(func.coalesce(said_at, subscribers.c.joined_at), String),  # see `_moment`
            type_coerce(suppressions.c.at, String),
        )
        .select_from(joined)
        .where(true() if among is None else among)
        .order_by(subscribers.c.id, consents.c.id)
    )
    rows = connection.execute(query, execution_options={"yield_per": 2000})
    for _, theirs in groupby(rows, itemgetter(0)):
        if past := _past(list(theirs)):
            yield past


def _moment(said: Any) -> datetime | None:
    """Return a time as the driver gave it: each is read once, because whole lists joined in the same moment."""
    return _read_moment(said) if isinstance(said, str) else said


@lru_cache(maxsize=16_384)
def _read_moment(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def _past(rows: Sequence[Any]) -> Past:
    """Tell the changes of one subscriber from the rows of their evidence, in order; each row has their suppression."""
    stopped = _moment(rows[0][3])
    if len(rows) == 1 and stopped is None:  # most subscribers: this is quicker
        at = _moment(rows[0][2])
        return (Moved(at, ListChange.JOINED),) if at and rows[0][1] == CONFIRMED else ()
    found: list[Moved] = []
    reachable, confirmed, last = False, False, None
    for _, consent, said_at, _ in rows:
        at = _moment(said_at)
        assert at is not None, "no moment of a list is empty"
        last = at if last is None or at > last else last
        if stopped is not None and stopped < last and reachable:
            found.append(Moved(stopped, ListChange.SUPPRESSED))
            reachable = False
        confirmed = consent == CONFIRMED
        free = stopped is None or last <= stopped
        if confirmed and free and not reachable:
            found.append(Moved(last, ListChange.JOINED))
        elif reachable and not confirmed:
            found.append(Moved(last, ListChange.LEFT))
        reachable = confirmed and free
    if reachable and stopped is not None:
        found.append(Moved(stopped, ListChange.SUPPRESSED))
    return tuple(found)


def is_reachable(past: Past) -> bool:
    """Say whether a subscriber with this past can be written to now."""
    return bool(past) and past[-1].change is ListChange.JOINED


def tally(of: Iterable[Past]) -> Counter[tuple[str, ListChange]]:
    """Count changes by month."""
    month = month_finder()
    counted = Counter[tuple[str, ListChange]]()
    for past in of:
        for at, change in past:
            counted[month(at), change] += 1
    return counted


def months(counted: Counter[tuple[str, ListChange]], until: str) -> list[Month]:
    """Return every month from the first with a change to the month `until`; empty: nobody ever joined."""
    known = [month for month, _ in counted if counted[month, _]]
    found: list[Month] = []
    reachable = 0
    for month in months_between(min(known), max(until, *known)) if known else ():
        joined, left, suppressed = (counted[month, change] for change in ListChange)
        reachable += joined - left - suppressed
        found.append(Month(month, joined, left, suppressed, reachable))
    return found


def kept_tally(connection: Connection) -> Counter[tuple[str, ListChange]]:
    """Return the counts of changes that rows no longer tell."""
    rows = connection.execute(select(tallies)).mappings()
    return Counter({(row["month"], change): row[change.value] for row in rows for change in ListChange})


def kept_cohorts(connection: Connection) -> list[tuple[str, str, int]]:
    """Return how many people who were erased had joined in a month and were gone in another: joined, gone, people."""
    return [tuple(row) for row in connection.execute(select(cohorts))]


@contextmanager
def kept(connection: Connection, whose: ColumnElement[bool], at: datetime, *, erased: bool = False) -> Iterator[None]:
    """Keep what the rows of one subscriber tell of past months, while the block deletes or overwrites some of them."""
    before = next(pasts(connection, whose), ())
    yield
    after = next(pasts(connection, whose), ())
    if before == after:
        return
    difference = tally([before])
    difference.subtract(tally([after]))
    # What the rows told ends with one state, and what they tell now may end with another: that changed just now.
    if is_reachable(before) != is_reachable(after):
        difference[month_of(at), ListChange.LEFT if is_reachable(before) else ListChange.JOINED] += 1
    _add(connection, difference)
    if erased and before:
        gone = month_of(at if is_reachable(before) else before[-1].at)
        add_to(connection, cohorts, {"joined": month_of(before[0].at), "gone": gone}, {"people": 1})


def _add(connection: Connection, difference: Counter[tuple[str, ListChange]]) -> None:
    for month in sorted({month for month, _ in difference}):
        row = {change.value: difference[month, change] for change in ListChange}
        if any(row.values()):
            add_to(connection, tallies, {"month": month}, row)
