"""What a relay says becomes how much it is asked for: the arithmetic of newsletter.pace, driven by newsletter.verdict.

Implements newsletter.transport.Throttle for one relay. It sees no mail and no person.
"""

import math
import time
from collections.abc import Callable

from newsletter import pace
from newsletter.transport.reply import Reply
from newsletter.verdict import Onward, asks_for, is_limit

AFTER_A_LIMIT = 3600.0
"""So many seconds a relay is taken at its word that we have sent enough; then it is asked again."""


class RelayThrottle:
    """The throttle of one relay; `most` connections, and rests of `first_rest` seconds or more."""

    def __init__(
        self, most: int, first_rest: float = pace.FIRST_REST, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._throttle = pace.Throttle(most, first_rest)
        self._ticks = ticks
        self._spent_until = -math.inf

    @property
    def connections(self) -> int:
        """How many there may be now."""
        return self._throttle.connections

    @property
    def spent(self) -> bool:
        """Whether the relay has said that it takes no more from us for now."""
        return self._ticks() < self._spent_until

    def wait(self) -> float:
        """Say how many seconds the relay is still to be left alone."""
        return self._throttle.wait(self._ticks())

    def heard(self, reply: Reply) -> None:
        """Take an answer to a mail."""
        if reply.positive:
            self._throttle.accepted()
            return
        if reply.permanent and is_limit(reply):
            self._spent_until = self._ticks() + AFTER_A_LIMIT
        match asks_for(reply):
            case Onward.SLOW:
                self._throttle.slow_down(self._ticks())
            case Onward.PAUSE:
                self._throttle.pause(self._ticks())
            case Onward.REST:
                self._throttle.rest(self._ticks())

    def turned_away(self, standing: int) -> None:
        """Take it that a further connection was refused while so many stood."""
        self._throttle.turned_away(standing)
