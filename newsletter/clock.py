"""The time, always passed in: a clock is a function, so that tests can stop it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)
