"""How far a long task is: a bar on a terminal, otherwise a line now and then. In: how many are done.

Progress must not slow the task down: the task only sets a number, and the bar reads it ten times a second.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from newsletter.cli import printing
from newsletter.cli.printing import say
from newsletter.cli.rates import Quickness, Words, done_so_far, rate_of

EVERY_SECONDS = 10.0
EVERY_MANY = 1000


class ProgressDisplay(Protocol):
    """Takes how many are done."""

    def __call__(self, done: int) -> None: ...

    def note(self, words: str) -> None:
        """Say something that a bar would show by itself: without a bar, in a line of its own."""


def no_words() -> str:
    return ""


@contextmanager
def progress_of(what: str, total: int | None, words: Words = no_words) -> Iterator[ProgressDisplay]:
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
            told = (done_so_far(done, self._total), rate_of(self._quickness, done, self._total), self._words())
            say(f"{self._what}: {' · '.join(filter(None, told))}")
