"""What an organiser decides about a run, and what it is given: clock, chance, limits, and callbacks for progress."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from newsletter.database.tables import State
from newsletter.policy.pace import Pace
from newsletter.policy.reply import Reply
from newsletter.runtime.clock import Clock, steady
from newsletter.transport import Standstill


@dataclass(frozen=True)
class RunPolicy:
    """What an organiser decides about a run."""

    rate: float = 0.0
    """Messages a second; 0: as fast as the relay takes them."""
    limit: int = 0
    """The most recipients to offer in this run; 0: all."""
    wait: bool = False
    """Whether to stay until no recipient is left to try; otherwise each is offered once."""
    first_retry: float = 300.0
    shelf_life: timedelta = timedelta(hours=24)
    daily_limit: int = 0
    """The most messages in 24 hours, over all issues; 0: no limit."""
    warm_up: tuple[int, ...] = ()
    """The daily limits of the first days, one after the other."""
    warm_up_from: datetime | None = None
    """When the first of those days began; None: with the first message that was ever accepted."""


def _silent(state: State, reply: Reply, tries: int) -> None:
    pass


def _unnoticed(rest: Standstill) -> None:
    pass


class Draws(Protocol):
    """When the next message may be drawn; policy.pace.Pace is one."""

    def wait_before_next(self, now: float) -> float:
        """Return how many seconds to wait before one more message; if that is 0, count the message as drawn."""
        ...


class RunLimits(Protocol):
    """What a run may ask of its relays: alone, or together with others (newsletter.fleet.limits)."""

    def pace(self, rate: float) -> Draws:
        """Return when messages may be drawn, at `rate` messages a second; 0: no limit."""
        ...

    def look(self) -> None:
        """Look at what others do; called once a second. Raises DatabaseError."""
        ...

    def close(self) -> None:
        """Give back what the run held; raises nothing."""
        ...


class OwnLimits:
    """Limits that a run keeps for itself."""

    def pace(self, rate: float) -> Draws:
        """Return a pace of this run alone."""
        return Pace(rate)

    def look(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Surroundings:
    """Clock, chance, and the callbacks told of progress; passed in so that tests can control them."""

    clock: Clock = field(default_factory=steady)
    ticks: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    progress: Callable[[State, Reply, int], None] = _silent
    """Called with each answer as it comes: the state it leads to, the reply, and how often the recipient was tried
    before. State QUEUED: a recipient refused earlier with this answer, which proved not to be about that recipient."""
    rests: Callable[[Standstill], None] = _unnoticed
    """Called when we begin to leave the relay alone for more than a moment."""
    limits: RunLimits = field(default_factory=OwnLimits)
