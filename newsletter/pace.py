"""How fast, how many at once, and when again: arithmetic on times that are passed in, in seconds. It neither waits nor
asks a clock, and does not know what was said; newsletter.verdict judges that.

Pace        one for a run: the rate, and refusals in a row that are our fault
Throttle    one for a relay: additive increase and multiplicative decrease of connections, pauses, rests
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST_RETRY = 3600.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
FIRST_REST, LONGEST_REST = 600.0, 3600.0
IN_A_ROW = 5
"""So many refusals in a row that are our fault stop the issue."""
LEAST_CLAIM, MOST_CLAIM = 8, 500
CLAIM_SECONDS = 0.25
"""A claim should be worked off in about this time: whoever unsubscribes later is still spared."""
CALM_MESSAGES = 20
"""After trouble, one connection more is tried when each has had so many messages accepted."""
SAME_TROUBLE = 1.0
"""Within so many seconds several connections hear of one trouble, not of several."""


def retry_after(attempts: int, first: float, chance: float) -> float:
    """Say how long to wait after the `attempts`-th try: doubling, at most an hour, ± 10 % by `chance` (0 to 1).

    The jitter never makes the first pause shorter than `first`, because greylisting counts from there.
    """
    first = min(first, LONGEST_RETRY)
    doubled = min(first * 2.0 ** min(attempts - 1, 30), LONGEST_RETRY)
    return max(first, doubled * (0.9 + 0.2 * chance)) if attempts > 1 else first * (1.0 + 0.2 * chance)


def daily_limit(day: int, warm_up: Sequence[int], limit: int) -> int:
    """Say how many may go out on the `day`-th day of sending, 0 being the first; 0: as many as one likes.

    A warm-up lasts as many days as it has steps; after it, `limit` alone counts.
    """
    step = warm_up[day] if 0 <= day < len(warm_up) else 0
    return min(step, limit) if step and limit else step or limit


def next_claim(size: int, seconds: float) -> int:
    """Say how many to claim next, after `size` were worked off in `seconds`."""
    if seconds > 2 * CLAIM_SECONDS:
        return max(size // 2, LEAST_CLAIM)
    return min(size * 2, MOST_CLAIM) if seconds < CLAIM_SECONDS else size


@dataclass
class Pace:
    """When the next message may be drawn; one for a run."""

    rate: float = 0.0
    """Messages a second; 0: no limit."""
    _next: float = field(default=0.0, init=False)
    _blamed: int = field(default=0, init=False)

    def wait_before_next(self, now: float) -> float:
        """Say how long to wait before one more message, and count it as drawn when that is 0."""
        wait = self._next - now
        if wait > 0:
            return wait
        if self.rate:
            self._next = max(self._next, now - 1.0) + 1.0 / self.rate
        return 0.0

    def accepted(self) -> None:
        """All is well again."""
        self._blamed = 0

    def blamed(self) -> bool:
        """Count a refusal that is our fault; say whether there were too many in a row."""
        self._blamed += 1
        return self._blamed >= IN_A_ROW


@dataclass
class Throttle:
    """How much one relay is asked for. It begins with one connection and, until the first trouble, allows one more for
    each acceptance: twice as many in every round trip."""

    most: int = 1
    """Never more connections than this."""
    first_rest: float = FIRST_REST
    connections: int = field(default=1, init=False)
    """How many there may be now; always one at least."""
    _calm: int = field(default=0, init=False)
    _searching: bool = field(default=True, init=False)
    _until: float = field(default=0.0, init=False)
    _deaf_until: float = field(default=0.0, init=False)
    _pauses: int = field(default=0, init=False)
    _rests: int = field(default=0, init=False)

    def wait(self, now: float) -> float:
        """Say how long the relay is still to be left alone."""
        return max(self._until - now, 0.0)

    def accepted(self) -> None:
        """All is well: forgive, and ask for a little more."""
        self._pauses = self._rests = 0
        self._calm += 1
        if self.connections < self.most and (self._searching or self._calm >= CALM_MESSAGES * self.connections):
            self.connections += 1
            self._calm = 0

    def slow_down(self, now: float) -> None:
        """Ask for half as much from now on."""
        if now >= self._deaf_until:
            self._deaf_until = now + SAME_TROUBLE
            self._allow(self.connections // 2)

    def pause(self, now: float) -> None:
        """Leave the relay alone for some seconds, longer each time in a row, then ask for half as much."""
        self.slow_down(now)
        if now >= self._until:  # several connections hear of the same trouble
            self._until = now + min(FIRST_PAUSE * 2.0**self._pauses, LONGEST_PAUSE, self.first_rest)
            self._pauses += 1

    def rest(self, now: float) -> None:
        """Leave the relay alone for ten minutes or more, then begin again with one connection."""
        self._allow(1)
        if now >= self._until or not self._rests:
            self._until = now + min(self.first_rest * 2.0**self._rests, max(LONGEST_REST, self.first_rest))
            self._rests += 1

    def turned_away(self, standing: int) -> None:
        """Take it that the relay allows no more connections than now stand."""
        self._allow(min(standing, self.most))

    def _allow(self, connections: int) -> None:
        self._searching, self._calm = False, 0
        self.connections = max(connections, 1)
