"""How fast to send, over how many connections, and when to try again: arithmetic on times passed in, in seconds.

It does not wait, asks no clock, and does not know the relay's words; newsletter.policy.verdict judges those.

Pace        one for a run: the rate that the organiser has set
Throttle    one for a relay: additive increase and multiplicative decrease of connections, pauses, rests
Allowance   one for a relay: the rate that it was seen to take
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST_RETRY = 3600.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
FIRST_REST, LONGEST_REST = 600.0, 3600.0
FIRST_MOMENT, LONGEST_MOMENT = 0.25, 60.0
"""Seconds to wait after the relay took a whole mail and then deferred it; doubling while it accepts none."""
FIRST_BREATH, LONGEST_BREATH = 1.0, 32.0
"""Seconds to wait after the relay said that we send too fast or on too many connections; doubling while it says so."""
LEAST_CLAIM, MOST_CLAIM = 8, 500
CLAIM_SECONDS = 0.25
"""How long the mails of one claim should take; a recipient who unsubscribes after that is not claimed any more."""
CALM_MESSAGES = 20
"""After trouble, we try one more connection when each has had so many messages accepted."""
MOST_REMEMBERED = 2000
"""How many acceptances we remember, to know what a relay accepted lately."""
MARGIN, DECREASE = 0.95, 0.9
"""We ask for MARGIN of the rate that was accepted; if that too is said to be too much, for DECREASE of it."""
GROWTH, NEAR, GROW_SECONDS, GROW_SECONDS_BELOW = 1.04, 0.9, 10.0, 1.0
"""A rate grows by GROWTH after GROW_SECONDS without a refusal; while it is below NEAR of the rate that was too much,
after GROW_SECONDS_BELOW."""
SAME_TROUBLE = 1.0
"""Trouble that several connections hear of within so many seconds counts once."""


def retry_after(attempts: int, first: float, chance: float) -> float:
    """Return how long to wait after the `attempts`-th try: doubling, at most an hour, ± 10 % by `chance` (0 to 1).

    The jitter never makes the first pause shorter than `first`, because greylisting counts from the first try.
    """
    first = min(first, LONGEST_RETRY)
    doubled = min(first * 2.0 ** min(attempts - 1, 30), LONGEST_RETRY)
    return max(first, doubled * (0.9 + 0.2 * chance)) if attempts > 1 else first * (1.0 + 0.2 * chance)


def daily_limit(day: int, warm_up: Sequence[int], limit: int) -> int:
    """Return how many messages may go out on the `day`-th day of sending, counted from 0; 0: no limit.

    A warm-up lasts as many days as it has steps; after it, only `limit` counts.
    """
    step = warm_up[day] if 0 <= day < len(warm_up) else 0
    return min(step, limit) if step and limit else step or limit


def next_claim(size: int, seconds: float) -> int:
    """Return how many deliveries to claim next, after `size` were sent in `seconds`."""
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
        """Return how long to wait before one more message; if that is 0, count the message as drawn."""
        wait = self._next - now
        if wait > 0:
            return wait
        if self.rate:
            self._next = max(self._next, now - 1.0) + 1.0 / self.rate
        return 0.0


@dataclass
class Allowance:
    """The rate a relay takes, learned from what it accepted before it said that we are too fast.

    Until it says so there is no rate, and no wait. It is a token bucket that saves nothing up, because relays count in
    time windows and do not tell when a window begins.
    """

    rate: float = field(default=0.0, init=False)
    """Messages a second; 0: nothing learned yet."""
    _accepted: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_REMEMBERED), init=False)
    _ceiling: float = field(default=math.inf, init=False)
    """The rate at which the relay last said that we are too fast; near it the rate grows slowly."""
    _next: float = field(default=0.0, init=False)
    _grows_at: float = field(default=0.0, init=False)

    def accepted(self, now: float) -> None:
        """Note that the relay accepted a message; a learned rate grows a little after a while without refusals."""
        self._accepted.append(now)
        if self.rate and now >= self._grows_at:
            near = self.rate >= NEAR * self._ceiling
            self.rate *= GROWTH
            self._grows_at = now + (GROW_SECONDS if near else GROW_SECONDS_BELOW)

    def exceeded(self, now: float, window: float) -> None:
        """Note that the relay counts in windows of `window` seconds, and that we have used up the present one."""
        shown = MARGIN * sum(1 for moment in self._accepted if moment > now - window) / window
        if self.rate:
            self._ceiling = self.rate
            self.rate = self.rate * DECREASE if shown >= self.rate / 2 else max(shown, self.rate / 2)
        else:
            self.rate = shown
        self._grows_at = now + window + GROW_SECONDS_BELOW

    def used_up_for(self, now: float, window: float) -> float:
        """Return in how many seconds the last acceptance lies a whole `window` back: the relay no longer counts it."""
        recent = [moment for moment in self._accepted if moment > now - window]
        return recent[-1] + window - now if recent else 0.0

    def wait(self, now: float) -> float:
        """Return how long to wait before one more message."""
        return max(self._next - now, 0.0) if self.rate else 0.0

    def begun(self, now: float) -> None:
        """Count one more message as on its way."""
        if self.rate:
            self._next = max(self._next, now) + 1.0 / self.rate


@dataclass
class RelayLoad:
    """How much we ask of one relay.

    It begins with one connection. Until the first trouble it allows one more for each acceptance: twice as many in
    every round trip. All its fields but the first two are its state, which may be kept and set again; the fields that
    end in _until are seconds by the clock of the caller.
    """

    most: int = 1
    """The most connections it ever allows."""
    first_rest: float = FIRST_REST
    connections: int = field(default=1, init=False)
    """How many connections may be open now; always at least one."""
    calm: int = field(default=0, init=False)
    """Acceptances since the number of connections last changed."""
    searching: bool = field(default=True, init=False)
    """Whether each acceptance allows one connection more: there was no trouble yet."""
    paused_until: float = field(default=0.0, init=False)
    deaf_until: float = field(default=0.0, init=False)
    """Until then, further trouble is the same trouble, of which another connection hears."""
    pauses: int = field(default=0, init=False)
    """Pauses of all kinds since the last acceptance."""
    rests: int = field(default=0, init=False)
    spent_until: float = field(default=0.0, init=False)
    """Until then, the relay takes no more from us."""
    why: str = field(default="", init=False)
    """What the relay said last that made us ask for less; set it before the call about it."""

    def wait(self, now: float) -> float:
        """Return for how much longer to leave the relay alone."""
        return max(self.paused_until - now, 0.0)

    def wait_before_next(self, now: float) -> float:
        """Return how long to wait before one more message."""
        return self.wait(now)

    def opened(self, more: int) -> None:
        """Note that so many `more` connections are open, or -1. It makes no difference to a throttle of one process."""

    def is_spent(self, now: float) -> bool:
        """Say whether the relay takes no more from us for now."""
        return now < self.spent_until

    def spend(self, now: float, seconds: float) -> None:
        """Note that the relay takes no more from us for so many seconds."""
        self.spent_until = max(self.spent_until, now + seconds)

    def accepted(self) -> None:
        """Note an acceptance: forget the trouble before, and sometimes allow one connection more."""
        self.pauses = self.rests = 0
        self.calm += 1
        if self.connections < self.most and (self.searching or self.calm >= CALM_MESSAGES * self.connections):
            self.connections += 1
            self.calm = 0

    def slow_down(self, now: float) -> None:
        """Allow half as many connections from now on."""
        if now >= self.deaf_until:
            self.deaf_until = now + SAME_TROUBLE
            self._allow(self.connections // 2)

    def breathe(self, now: float, least: float = 0.0) -> int:
        """Halve the connections, and leave the relay alone for a second, longer each time in a row.

        Returns how often in a row that was.
        """
        return self._leave_alone(now, max(min(FIRST_BREATH * 2.0**self.pauses, LONGEST_BREATH), least))

    def ease(self, now: float) -> int:
        """Halve the connections, and leave the relay alone for a moment, longer each time in a row.

        Returns how often in a row that was.
        """
        return self._leave_alone(now, min(FIRST_MOMENT * 2.0**self.pauses, LONGEST_MOMENT))

    def pause(self, now: float) -> int:
        """Halve the connections, and leave the relay alone for some seconds, longer each time in a row.

        Returns how often in a row that was.
        """
        return self._leave_alone(now, min(FIRST_PAUSE * 2.0**self.pauses, LONGEST_PAUSE))

    def rest(self, now: float) -> int:
        """Leave the relay alone for ten minutes or more, longer each time in a row, then begin with one connection.

        Returns how often in a row that was.
        """
        self._allow(1)
        if now >= self.paused_until or not self.rests:
            self.paused_until = now + min(self.first_rest * 2.0**self.rests, max(LONGEST_REST, self.first_rest))
            self.rests += 1
        return self.rests

    def search_again(self) -> None:
        """Allow one more connection for each acceptance again."""
        self.searching = True

    def turned_away(self, open_now: int) -> None:
        """Note that the relay allows no more connections than the `open_now` ones that are open now."""
        self._allow(min(open_now, self.most))

    def _leave_alone(self, now: float, seconds: float) -> int:
        self.slow_down(now)
        if now >= self.paused_until:  # count once: several connections hear of the same trouble
            self.paused_until = now + min(seconds, self.first_rest)
            self.pauses += 1
        return self.pauses

    def _allow(self, connections: int) -> None:
        self.searching, self.calm = False, 0
        self.connections = max(connections, 1)
