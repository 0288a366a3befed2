"""The rate of all processes together: each reserves a few messages ahead, in a row of the database that all share.

The row holds one moment, `tat` (theoretical arrival time, of the generic cell rate algorithm): when the next message
may begin if all keep the rate. To reserve is one UPDATE: it moves `tat` by the time that the messages take, and answers
from when on they may begin. So no process asks twice, and all get their turn in the order in which they asked. A
process that dies takes at most what it had reserved with it: a twentieth of a second's messages.
"""

import time
from collections.abc import Callable

from sqlalchemy import text

from newsletter.database.engine import Writer

ALL = "*"
"""The name of the row in `relays`: the rate is that of all relays together."""
PART = 0.05
"""Seconds that the messages of one reservation take, at the rate of all."""
MOST = 50
"""The most messages in one reservation."""
LATE = 0.25
"""Seconds that may be caught up if all processes ask late; it is the longest burst after a pause of all."""
KEPT = 1.0
"""Seconds from their beginning after which reserved messages are void, unless the reservation itself takes longer."""


class SharedPace:
    """When the next message may be drawn, as policy.pace.Pace says it, but for all processes together.

    `rate` is in messages a second; 0: no limit, and the database is not asked. `ticks` is this process's own clock: it
    measures only how long this process waits.
    """

    def __init__(self, writer: Writer, rate: float, ticks: Callable[[], float] = time.monotonic) -> None:
        self._writer = writer
        self._rate = rate
        self._ticks = ticks
        self._most = max(min(int(rate * PART), MOST), 1)
        self._left = self._reserved = 0
        self._from = self._void_at = 0.0

    def wait_before_next(self, now: float) -> float:
        """Return how long to wait before one more message; if that is 0, count the message as drawn.

        Raises DatabaseError if the database cannot be asked.
        """
        if not self._rate:
            return 0.0
        if not self._left or now >= self._void_at:
            self._reserve()
            now = self._ticks()
        if now < self._from:
            return self._from - now
        self._left -= 1
        return 0.0

    def _reserve(self) -> None:
        """Reserve as many messages as were used of the last reservation, and twice as many if that was all."""
        used = self._reserved - self._left
        number = min(max(2 * used if not self._left else used, 1), self._most)
        cost = number / self._rate
        with self._writer.writing() as connection:
            wait = connection.execute(_RESERVE, {"name": ALL, "cost": cost, "late": LATE}).scalar_one()
        self._reserved = self._left = number
        self._from = self._ticks() + max(float(wait), 0.0)
        self._void_at = self._from + max(KEPT, cost)


# The row may be lost in a crash of the database, which takes longer than what was reserved in it: so this commit does
# not wait for the disk, and others do not wait for this commit.
_RESERVE = text(
    "INSERT INTO relays AS known (name, tat) VALUES (:name, clock_timestamp() + make_interval(secs => :cost)) "
    "ON CONFLICT (name) DO UPDATE SET tat = make_interval(secs => :cost) + "
    "greatest(coalesce(known.tat, clock_timestamp()), clock_timestamp() - make_interval(secs => :late)) "
    "RETURNING extract(epoch FROM tat - make_interval(secs => :cost) - clock_timestamp()), "
    "set_config('synchronous_commit', 'off', true)"
)
