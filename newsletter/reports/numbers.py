"""Numbers for a monitoring system. In: the database. Out: `Numbers`, which name no person, no address and no domain.

Counting the settled deliveries means reading all of them. So what was counted is kept for twenty times as long as
counting took: however large the tables are, the numbers cost the database at most a twentieth of its time.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Engine, func, select

from newsletter.database.engine import reading
from newsletter.database.tables import (
    FeedbackKind,
    Leaving,
    Lifecycle,
    State,
    attempts,
    deliveries,
    events,
    hook_events,
    issues,
    senders,
    waits_as,
)
from newsletter.fleet.machines import SILENT_SECONDS, machines
from newsletter.runtime.clock import Clock
from subscribers.tables import CONSENT_STATES, subscribers, suppressions

REST = 20.0
"""RowCounts numbers are kept for so many times the seconds that counting took."""


@dataclass(frozen=True)
class RowCounts:
    """What only a look at every row tells."""

    deliveries: Counter[str]
    """By state."""
    replies: Counter[str]
    """Replies of relays, by the first digit of their code ("2xx"); "none": the connection dropped without a reply."""
    events: Counter[str]
    """Feedback after acceptance, by its kind."""
    subscribers: Counter[str]
    """By consent."""
    suppressions: Counter[str]
    """By reason."""


@dataclass(frozen=True)
class Numbers:
    """All numbers at one moment."""

    counts: RowCounts
    counted_seconds_ago: float
    issues: Counter[str]
    """By lifecycle."""
    due_seconds: float
    """For how long the oldest work has been due, and no sender has taken up any of it; 0: nothing is due."""
    webhooks: Counter[tuple[str, str]]
    """Events that came by webhook: by service, and by what they say."""
    workers: Counter[str]
    """By whether they are at work, idle, silent, or gone lately."""


class NumberCounter:
    """Counts when asked, but not again and again. It may be used from several threads."""

    def __init__(
        self, engine: Engine, clock: Clock, stopwatch: Callable[[], float] = time.monotonic, rest: float = REST
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._stopwatch = stopwatch
        self._rest = rest
        self._counting = threading.Lock()
        self._counts: RowCounts | None = None
        self._at = self._good_until = 0.0

    def read(self) -> Numbers:
        """Return the numbers. Raises DatabaseError."""
        with self._counting, reading(self._engine) as connection:
            counts = self._counts
            if counts is None or self._stopwatch() >= self._good_until:
                self._at = self._stopwatch()
                counts = self._counts = _counted(connection)
                self._good_until = self._stopwatch() + self._rest * (self._stopwatch() - self._at)
            return Numbers(
                counts=counts,
                counted_seconds_ago=self._stopwatch() - self._at,
                issues=_all(Lifecycle, _grouped(connection, issues.c.standing)),
                due_seconds=_due_seconds(connection, self._clock()),
                webhooks=_webhooks(connection),
                workers=_workers(connection),
            )


def _counted(connection: Connection) -> RowCounts:
    grouped = partial(_grouped, connection)
    states = _all(State, grouped(deliveries.c.state))
    replies = Counter({f"{digit}xx": 0 for digit in (2, 4, 5)} | {"none": 0})
    for code, number in grouped(attempts.c.code):
        replies[f"{int(code) // 100}xx" if code else "none"] += number
    replies["2xx"] += states[State.ACCEPTED]
    return RowCounts(
        deliveries=states,
        replies=replies,
        events=_all(FeedbackKind, grouped(events.c.kind)),
        subscribers=_all(CONSENT_STATES, grouped(subscribers.c.consent)),
        suppressions=_all((), grouped(suppressions.c.reason)),
    )


def _grouped(connection: Connection, column: Column[Any]) -> Iterable[Any]:
    return connection.execute(select(column, func.count()).group_by(column))


def _all(kinds: Iterable[str], rows: Iterable[tuple[str, int]]) -> Counter[str]:
    """Return the counts of `rows`, also of those of `kinds` that none has: a series that is missing raises no alarm."""
    return Counter({str(kind): 0 for kind in kinds} | {str(kind): number for kind, number in rows})


def _due_seconds(connection: Connection, now: datetime) -> float:
    """Look at open issues only, by the indexes of what is still to be tried."""
    columns = issues.c.id, issues.c.frozen_at, issues.c.frozen, issues.c.not_before
    open_issues = connection.execute(select(*columns).where(issues.c.standing == Lifecycle.OPEN)).all()
    since = [
        _due_since(connection, number, not_before or frozen_at, bool(frozen))
        for number, frozen_at, frozen, not_before in open_issues
    ]
    return max((now - min(filter(None, since), default=now)).total_seconds(), 0.0)


def _due_since(connection: Connection, issue: int, begins: datetime, is_frozen: bool) -> datetime | None:
    """Say since when an open issue waits: for its beginning, for a sender to claim again, or for a retry."""
    of_it = deliveries.c.issue_id == issue
    if not is_frozen:
        return begins
    if connection.execute(select(deliveries.c.id).where(of_it, waits_as(State.QUEUED)).limit(1)).first():
        claimed = connection.execute(select(func.max(senders.c.heard_at)).where(senders.c.issue_id == issue)).scalar()
        return max(begins, claimed or begins)
    retry = connection.execute(select(func.min(deliveries.c.retry_at)).where(of_it, waits_as(State.DEFERRED))).scalar()
    return max(begins, retry) if retry else None


def _webhooks(connection: Connection) -> Counter[tuple[str, str]]:
    table = hook_events.c
    sums = select(table.service, table.what, func.sum(table.number)).group_by(table.service, table.what)
    return Counter({(service, what): int(number) for service, what, number in connection.execute(sums)})


def _workers(connection: Connection) -> Counter[str]:
    counts = Counter({"sending": 0, "idle": 0, "silent": 0, **{str(why): 0 for why in (Leaving.DIED, Leaving.HUNG)}})
    for each in machines(connection):
        if each.gone:
            counts[each.gone] += 1
        elif each.silent > SILENT_SECONDS:
            counts["silent"] += 1
        else:
            counts["idle" if each.part is None else "sending"] += 1
    return counts
