"""How many may still go out today, over all issues: the daily limit, and the step of the warm-up that holds today.

A day is the last 24 hours. What went out is counted from the send log, so that no restart forgets it; in between the
count is kept here, because counting anew for every claim would read the whole log each time.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select

from newsletter.clock import Clock
from newsletter.database import reading
from newsletter.deliver.policy import Policy
from newsletter.pace import daily_limit
from newsletter.tables import State, deliveries

DAY = timedelta(days=1)
LOOK_AGAIN = timedelta(minutes=1)
"""Because those of yesterday leave the last 24 hours one by one, nobody counts more often than this."""


class Budget:
    """What a run may still claim."""

    def __init__(self, engine: Engine, policy: Policy, clock: Clock) -> None:
        self._engine = engine
        self._policy = policy
        self._clock = clock
        self._limited = bool(policy.daily_limit or policy.warm_up)
        self._left = 0
        self.reopens_at: datetime | None = None
        """When there is more to claim; None: there is some, or no limit."""

    def grant(self, wanted: int, under_way: int) -> int:
        """Say how many of `wanted` may be claimed now, while so many are claimed and not answered; counts them."""
        if not self._limited:
            return wanted
        if self._left <= 0 and (self.reopens_at is None or self._clock() >= self.reopens_at):
            self._count(under_way)
            if not self._limited:
                return wanted
        granted = min(wanted, self._left)
        self._left -= granted
        return granted

    def _count(self, under_way: int) -> None:
        now = self._clock()
        with reading(self._engine) as connection:
            sent, earliest = _gone_out_since(connection, now - DAY)
            began = self._policy.warm_up_from or _first_acceptance(connection) or now
        day = (now - began) // DAY
        limit = daily_limit(day, self._policy.warm_up, self._policy.daily_limit)
        self._limited = limit > 0  # the warm-up may be over, and nothing limit us from then on
        self._left = max(limit - sent - under_way, 0)
        self.reopens_at = None
        if self._limited and not self._left:
            changes = [began + (day + 1) * DAY] if 0 <= day < len(self._policy.warm_up) else []
            self.reopens_at = max(min([(earliest or now) + DAY, *changes]), now + LOOK_AGAIN)


def _gone_out_since(connection: Connection, moment: datetime) -> tuple[int, datetime | None]:
    # The uncertain too, because the relay may have taken them.
    taken = deliveries.c.state.in_((State.ACCEPTED, State.UNCERTAIN))
    counted = select(func.count(), func.min(deliveries.c.at)).where(taken, deliveries.c.at > moment)
    number, earliest = connection.execute(counted).one()
    return number, earliest


def _first_acceptance(connection: Connection) -> datetime | None:
    return connection.execute(select(func.min(deliveries.c.at)).where(deliveries.c.state == State.ACCEPTED)).scalar()
