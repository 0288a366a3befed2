"""How fast, how many at once, and when again: arithmetic on times that are passed in, in seconds. It neither waits nor
asks a clock, and does not know what was said; newsletter.verdict judges that.

Pace        one for a run: the rate an organiser has set
Throttle    one for a relay: additive increase and multiplicative decrease of connections, pauses, rests
Allowance   one for a relay: the rate that it has shown it takes
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST_RETRY = 3600.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
FIRST_REST, LONGEST_REST = 600.0, 3600.0
FIRST_MOMENT, LONGEST_MOMENT = 0.25, 60.0
"""Seconds to wait after the relay took a mail whole and then put it off; doubling while it takes none."""
FIRST_BREATH, LONGEST_BREATH = 1.0, 32.0
"""Seconds to wait after the relay said that we are too fast or too many; doubling while it says so."""
LEAST_CLAIM, MOST_CLAIM = 8, 500
CLAIM_SECONDS = 0.25
"""A claim should be worked off in about this time: whoever unsubscribes later is still spared."""
CALM_MESSAGES = 20
"""After trouble, one connection more is tried when each has had so many messages accepted."""
MOST_REMEMBERED = 2000
"""So many acceptances at most tell what a relay took lately."""
MARGIN, DECREASE = 0.95, 0.9
"""A little less than what was taken is asked for; and less again, when that is said to be too much as well."""
GROWTH, NEAR, GROW_SECONDS, GROW_SECONDS_BELOW = 1.04, 0.9, 10.0, 1.0
"""A rate grows by so much after so many seconds without a refusal, sooner while it is well below what was too much."""
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

    def wait_before_next(self, now: float) -> float:
        """Say how long to wait before one more message, and count it as drawn when that is 0."""
        wait = self._next - now
        if wait > 0:
            return wait
        if self.rate:
            self._next = max(self._next, now - 1.0) + 1.0 / self.rate
        return 0.0


@dataclass
class Allowance:
    """The rate a relay takes, learned from what it accepted before it said that we are too fast.

    Until then there is none, and nobody waits. It is a token bucket that saves nothing up, because relays count in
    windows whose beginning they do not tell.
    """

    rate: float = field(default=0.0, init=False)
    """Messages a second; 0: nothing learned yet."""
    _accepted: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_REMEMBERED), init=False)
    _ceiling: float = field(default=math.inf, init=False)
    """The rate at which it last said so; near it we grow slowly."""
    _next: float = field(default=0.0, init=False)
    _grows_at: float = field(default=0.0, init=False)

    def accepted(self, now: float) -> None:
        """Take it that the relay took a message; a learned rate grows a little when all has been well for a while."""
        self._accepted.append(now)
        if self.rate and now >= self._grows_at:
            near = self.rate >= NEAR * self._ceiling
            self.rate *= GROWTH
            self._grows_at = now + (GROW_SECONDS if near else GROW_SECONDS_BELOW)

    def exceeded(self, now: float, window: float) -> None:
        """Take it that the relay counts in windows of so many seconds, and that this one is used up."""
        shown = MARGIN * sum(1 for moment in self._accepted if moment > now - window) / window
        if self.rate:
            self._ceiling = self.rate
            self.rate = self.rate * DECREASE if shown >= self.rate / 2 else max(shown, self.rate / 2)
        else:
            self.rate = shown
        self._grows_at = now + window + GROW_SECONDS_BELOW

    def used_up_for(self, now: float, window: float) -> float:
        """Say in how many seconds all that was accepted lies a window back: then the relay has forgotten it."""
        recent = [moment for moment in self._accepted if moment > now - window]
        return recent[-1] + window - now if recent else 0.0

    def wait(self, now: float) -> float:
        """Say how long to wait before one more message."""
        return max(self._next - now, 0.0) if self.rate else 0.0

    def begun(self, now: float) -> None:
        """Take it that one more message is on its way."""
        if self.rate:
            self._next = max(self._next, now) + 1.0 / self.rate


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

    def breathe(self, now: float, least: float = 0.0) -> int:
        """Ask for half as much after a second, longer each time in a row; say how often in a row that was."""
        return self._leave_alone(now, max(min(FIRST_BREATH * 2.0**self._pauses, LONGEST_BREATH), least))

    def ease(self, now: float) -> int:
        """Ask for half as much after a moment, longer each time in a row; say how often in a row that was."""
        return self._leave_alone(now, min(FIRST_MOMENT * 2.0**self._pauses, LONGEST_MOMENT))

    def pause(self, now: float) -> int:
        """Leave the relay alone for some seconds, longer each time in a row, then ask for half as much; say how often
        in a row that was."""
        return self._leave_alone(now, min(FIRST_PAUSE * 2.0**self._pauses, LONGEST_PAUSE))

    def rest(self, now: float) -> int:
        """Leave the relay alone for ten minutes or more, then begin again with one connection; say how often in a row
        that was."""
        self._allow(1)
        if now >= self._until or not self._rests:
            self._until = now + min(self.first_rest * 2.0**self._rests, max(LONGEST_REST, self.first_rest))
            self._rests += 1
        return self._rests

    def search_again(self) -> None:
        """Allow one more connection for each acceptance again."""
        self._searching = True

    def turned_away(self, standing: int) -> None:
        """Take it that the relay allows no more connections than now stand."""
        self._allow(min(standing, self.most))

    def _leave_alone(self, now: float, seconds: float) -> int:
        self.slow_down(now)
        if now >= self._until:  # several connections hear of the same trouble
            self._until = now + min(seconds, self.first_rest)
            self._pauses += 1
        return self._pauses

    def _allow(self, connections: int) -> None:
        self._searching, self._calm = False, 0
        self.connections = max(connections, 1)
