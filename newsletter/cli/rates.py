"""How fast a task goes, how long the rest takes and what came of it so far, in words for an organiser."""

import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # because `status` only needs the words
    from newsletter.reports.progress import Progress
    from newsletter.transport import Standstill

WINDOW = 30.0
"""Seconds over which the rate is measured."""
_LOOK_AGAIN = 0.5
_MINUTE, _DAY = 60, 86400

Words = Callable[[], str]


class Quickness:
    """The rate per second, over the last half minute."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._seen = deque([(ticks(), 0)])

    def per_second(self, done: int) -> float:
        """Return the rate, given how many are done now; 0 in the first half second."""
        now = self._ticks()
        if now - self._seen[-1][0] >= _LOOK_AGAIN:
            self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - WINDOW:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) if now - since >= _LOOK_AGAIN else 0.0


def rate_in_words(per_second: float, seconds_left: float | None) -> str:
    """Say the rate and the time left; nothing while the rate is 0."""
    if not per_second:
        return ""
    quick = f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"
    if per_second < 1:
        quick = f"{per_second * _MINUTE:.0f}/min"
    return f"{quick} · {_time(seconds_left)} left" if seconds_left else quick


def progress_in_words(progress: "Progress") -> str:
    """Say how many will be tried again, are uncertain or were refused, and why; nothing if all is well."""
    waiting = f"{progress.waiting:,} to be tried again" if progress.waiting else ""
    uncertain = f"{progress.uncertain:,} in doubt" if progress.uncertain else ""
    return " · ".join(filter(None, (waiting, uncertain, refused_in_words(progress.refused))))


def rest_in_words(rest: "Standstill") -> str:
    """Say until when the run leaves the mail server alone, and why, in the server's own words."""
    until = datetime.now().astimezone() + timedelta(seconds=rest.seconds)
    return f"waiting until {until:%H:%M:%S}, because the mail server said: “{rest.words}”"


def refused_in_words(refused: Counter[str]) -> str:
    """Say how many were refused, and the reasons, the most frequent first."""
    if len(refused) == 1:
        return f"{refused.total():,} not reached: {next(iter(refused))}"
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in refused.most_common())
    return f"{refused.total():,} not reached: {reasons}" if refused else ""


def _time(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(round(seconds), 1)} s"
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02} min" if seconds < _DAY else f"{seconds / _DAY:.1f} days"


def done_so_far(done: int, total: int | None) -> str:
    """Say how many are done, and of how many if that is known."""
    return f"{done:,}" if total is None else f"{done:,} of {total:,}"


def rate_of(quickness: Quickness, done: int, total: int | None) -> str:
    """Say the rate and the time left."""
    per_second = quickness.per_second(done)
    return rate_in_words(per_second, (total - done) / per_second if total and per_second else None)
