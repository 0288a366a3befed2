"""The time. Code gets a clock passed in: it is a function, so that tests can stop it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def steady(began: datetime | None = None) -> Clock:
    """Make a clock that starts at the present time and does not jump when the machine's clock is set.

    `began`: what another clock shows now, to go on as that one does.
    """
    began, then = began or now(), time.clock_gettime(_STEADY)
    return lambda: began + timedelta(seconds=time.clock_gettime(_STEADY) - then)


# BOOTTIME, where the system has it, also counts the time that a laptop slept.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> datetime:
    """Return the present time, in UTC."""
    return datetime.now(UTC)


def local_time(at: datetime) -> str:
    """Show a moment to a person, by the clock of this machine: "19:40", or "28 November at 07:15" on another day."""
    local = at.astimezone()
    today = local.date() == datetime.now(local.tzinfo).date()
    return f"{local:%H:%M}" if today else f"{local.day} {local:%B at %H:%M}"


def in_full(at: datetime) -> str:
    """Show a moment with its year, by the clock of this machine: "1 July 2027 at 18:30"."""
    local = at.astimezone()
    return f"{local.day} {local:%B %Y at %H:%M}"
