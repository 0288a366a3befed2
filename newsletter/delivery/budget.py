"""How many messages may still go out today, over all issues: the daily limit, and the warm-up's limit for today.

A day is the last 24 hours. newsletter.send_log.spent counts them in the database, at every claim, because another run
may be claiming for another issue at the same time, and a restart must not forget what went out.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from newsletter import send_log
from newsletter.database.tables import State, deliveries
from newsletter.delivery.policy import RunPolicy
from newsletter.policy.pace import daily_limit
from newsletter.runtime.clock import Clock

DAY = timedelta(days=1)
LOOK_AGAIN = timedelta(minutes=1)
"""How often a run that may claim nothing looks again: messages that other runs have claimed may not go out."""
AHEAD = timedelta(minutes=1)
"""On PostgreSQL a run is granted what it may claim in so long, because senders that count wait for each other."""
SHARE = 8
"""It is granted at most the eighth part of what is left of the day, so the last of it is shared claim by claim."""


class Budget:
    """What a run may still claim."""

    def __init__(self, policy: RunPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._began = policy.warm_up_from
        self._ahead = self._noted = 0
        """What was granted and is not claimed yet; and as much of it as the database was told."""
        self._size, self._granted_at = 0, clock()
        self.reopens_at: datetime | None = None
        """When the limit allows more claims; None: it allows some now, or there is no limit."""

    @property
    def is_used_up(self) -> bool:
        """Whether it is known that nothing may be claimed now."""
        return self.reopens_at is not None and self._clock() < self.reopens_at

    def grant(self, connection: Connection, sender: int, wanted: int) -> int:
        """Return how many of `wanted` may be claimed by `sender` in this transaction; call `claimed` when they are.

        What no earlier grant covers is counted. No other run can claim by the same count, because it waits until this
        transaction ends.
        """
        if not self._policy.daily_limit and not self._policy.warm_up:
            return wanted
        if wanted <= self._ahead:
            return wanted
        send_log.take_turns(connection)
        now = self._clock()
        began = self._warm_up_began(connection) or now
        day = (now - began) // DAY
        limit = daily_limit(day, self._policy.warm_up, self._policy.daily_limit)
        self.reopens_at = None
        if not limit:  # the warm-up is over
            self._ahead = 0
            return wanted
        taken = send_log.taken(connection, sender, now)
        left = max(limit - taken.gone_out - taken.claimed, 0)
        if not left:
            self.reopens_at = self._next_look(taken, limit, now, began, day)
        granted = min(wanted, left)
        if connection.dialect.name == "postgresql":
            self._ahead = max(granted, min(self._next_size(granted, now), left // SHARE))
        return granted

    def claimed(self, connection: Connection, sender: int, number: int) -> None:
        """Note that `sender` has claimed `number` messages in this transaction, of those granted."""
        self._ahead = max(self._ahead - number, 0)
        if self._ahead != self._noted:
            send_log.hold(connection, sender, self._ahead)
            self._noted = self._ahead

    def _next_size(self, granted: int, now: datetime) -> int:
        """Return how many messages to ask for ahead: twice as many as last time, until they last for AHEAD."""
        lasted, self._granted_at = now - self._granted_at, now
        if not self._size or lasted > AHEAD:
            self._size = max(self._size // 2, granted)
        elif lasted < AHEAD / 2:
            self._size *= 2
        return self._size

    def _next_look(self, taken: send_log.Taken, limit: int, now: datetime, began: datetime, day: int) -> datetime:
        changes = [began + (day + 1) * DAY] if 0 <= day < len(self._policy.warm_up) else []
        # If claims use up the rest of the limit, their answers decide whether more may go out today.
        free = taken.next_free if taken.gone_out >= limit else None
        return max(min([free or now, *changes]), now + LOOK_AGAIN)

    def _warm_up_began(self, connection: Connection) -> datetime | None:
        """Return when the first message of all was accepted, if the warm-up counts from then.

        Once found it is kept, because the search reads the whole log.
        """
        if self._policy.warm_up and not self._began:
            first = select(func.min(deliveries.c.at)).where(deliveries.c.state == State.ACCEPTED)
            self._began = connection.execute(first).scalar()
        return self._began
