"""Places where tests can make the program die, to see what a crash there leaves: only for the tests of faults.

NEWSLETTER_FAILPOINT=NAME or NAME:COUNT ends the process at that place, the COUNT-th time, as kill -9 would: nothing is
caught, flushed or tidied up. It cannot be set in .env; without it a place costs one comparison.
"""

import os
import signal
from dataclasses import dataclass

VARIABLE = "NEWSLETTER_FAILPOINT"


@dataclass
class Failpoint:
    """The place where the program dies, and how often it is still reached until then."""

    name: str
    left: int

    def reached(self, name: str) -> None:
        """Die here if this is the place, and the time to die has come."""
        if name == self.name:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def wanted(text: str) -> Failpoint:
    """Read NAME or NAME:COUNT; an empty text names no place."""
    name, _, count = text.partition(":")
    return Failpoint(name, int(count) if count.isdigit() else 1)


_WANTED = wanted(os.environ.get(VARIABLE, ""))

reached = _WANTED.reached
"""Call this, with a name for the place, where a test may want a crash."""
