"""How far a long task is: a bar on a terminal, otherwise a line now and then. In: how many are done.

Progress must not slow the task down: the task only sets a number, and the bar reads it ten times a second.
"""

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from newsletter.cli import printing
from newsletter.cli.printing import say

if TYPE_CHECKING:  # because `status` only needs the words
    from newsletter.reports.progress import Headway
    from newsletter.transport import Standstill

EVERY_SECONDS = 10.0
EVERY_MANY = 1000
WINDOW = 30.0
"""Seconds over which the rate is measured."""
_LOOK_AGAIN = 0.5
_MINUTE, _DAY = 60, 86400

Words = Callable[[], str]


class Progress(Protocol):
    """Takes how many are done."""

    def __call__(self, done: int) -> None: ...

    def note(self, words: str) -> None:
        """Say something that a bar would show by itself: without a bar, in a line of its own."""


def no_words() -> str:
    return ""


@contextmanager
def progress_of(what: str, total: int | None, words: Words = no_words) -> Iterator[Progress]:
    """Show how far a task is, its rate, the time left, and the result of `words`, called whenever it is shown.

    On a terminal it is a bar with the words in a line below; otherwise a line for every 1,000 or every 10 seconds.
    """
    if sys.stderr.isatty() and not printing.quiet:
        from newsletter.cli.bar import Bar  # because only a terminal needs it

        # A bar that knows no end says nothing once it is there, so it goes.
        bar = Bar(what, total, words)
        with suppress(OSError):  # the terminal may be closed meanwhile, and the task goes on
            bar.start()
        try:
            yield bar
        finally:
            with suppress(OSError):
                bar.stop()
    else:
        yield _Lines(what, total, words)


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


def in_words(per_second: float, seconds_left: float | None) -> str:
    """Say the rate and the time left; nothing while the rate is 0."""
    if not per_second:
        return ""
    quick = f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"
    if per_second < 1:
        quick = f"{per_second * _MINUTE:.0f}/min"
    return f"{quick} · {_time(seconds_left)} left" if seconds_left else quick


def headway_in_words(headway: "Headway") -> str:
    """Say how many will be tried again, are uncertain or were refused, and why; nothing if all is well."""
    waiting = f"{headway.waiting:,} to be tried again" if headway.waiting else ""
    uncertain = f"{headway.uncertain:,} uncertain" if headway.uncertain else ""
    return " · ".join(filter(None, (waiting, uncertain, refused_in_words(headway.refused))))


def rest_in_words(rest: "Standstill") -> str:
    """Say until when the run leaves the mail server alone, and why, in the server's own words."""
    until = datetime.now().astimezone() + timedelta(seconds=rest.seconds)
    return f"waiting until {until:%H:%M:%S}, because the mail server said: “{rest.words}”"


def refused_in_words(refused: Counter[str]) -> str:
    """Say how many were refused, and the reasons, the most frequent first."""
    if len(refused) == 1:
        return f"{refused.total():,} refused: {next(iter(refused))}"
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in refused.most_common())
    return f"{refused.total():,} refused: {reasons}" if refused else ""


def _time(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(round(seconds), 1)} s"
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02} min" if seconds < _DAY else f"{seconds / _DAY:.1f} days"


class _Lines:
    def __init__(self, what: str, total: int | None, words: Words) -> None:
        self._what, self._total, self._words = what, total, words
        self._said_at, self._said = time.monotonic(), 0
        self._quickness = Quickness()

    def note(self, words: str) -> None:
        say(f"{self._what}: {words}")

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if done - self._said >= EVERY_MANY or now - self._said_at >= EVERY_SECONDS:
            self._said, self._said_at = done, now
            told = (count_of(done, self._total), rate_of(self._quickness, done, self._total), self._words())
            say(f"{self._what}: {' · '.join(filter(None, told))}")


def count_of(done: int, total: int | None) -> str:
    """Say how many are done, and of how many if that is known."""
    return f"{done:,}" if total is None else f"{done:,} of {total:,}"


def rate_of(quickness: Quickness, done: int, total: int | None) -> str:
    """Say the rate and the time left."""
    per_second = quickness.per_second(done)
    return in_words(per_second, (total - done) / per_second if total and per_second else None)
