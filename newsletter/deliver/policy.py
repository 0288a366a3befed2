"""What an organiser decides about a run, and what a run has around it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.clock import Clock, steady
from newsletter.tables import State
from newsletter.transport import Standstill
from newsletter.transport.reply import Reply


@dataclass(frozen=True)
class Policy:
    """What an organiser decides about a run."""

    rate: float = 0.0
    """Messages a second; 0: as fast as the relay takes them."""
    limit: int = 0
    """At most so many people in this run; 0: everybody."""
    wait: bool = False
    """Stay until nobody is left to try; otherwise offer everybody once."""
    first_retry: float = 300.0
    shelf_life: timedelta = timedelta(hours=24)
    daily_limit: int = 0
    """At most so many in 24 hours, over all issues; 0: no limit."""
    warm_up: tuple[int, ...] = ()
    """The daily limits of the first days, one after the other."""
    warm_up_from: datetime | None = None
    """When the first of those days began; None: with the first message that was ever accepted."""


def _silent(state: State, reply: Reply, tries: int) -> None:
    pass


def _unnoticed(rest: Standstill) -> None:
    pass


@dataclass(frozen=True)
class Surroundings:
    """Time and chance, and somebody to tell how it goes; passed in so that tests can hold them still."""

    clock: Clock = field(default_factory=steady)
    ticks: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    progress: Callable[[State, Reply, int], None] = _silent
    """Told each answer as it comes: the state it leads to, and how often they were tried before. Queued: one who was
    refused with this answer before, which has turned out not to be about them."""
    rests: Callable[[Standstill], None] = _unnoticed
    """Told when the relay begins to be left alone for more than a moment."""
