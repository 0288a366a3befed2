"""Places at which the program can be told to die, to see what a crash there leaves: for the tests of faults only.

NEWSLETTER_FAILPOINT=NAME or NAME:COUNT ends the process there, the COUNT-th time, as kill -9 would: nothing is caught,
flushed or tidied up. It cannot be set in .env, and without it a place costs one comparison.
"""

import os
import signal
from dataclasses import dataclass

VARIABLE = "NEWSLETTER_FAILPOINT"


@dataclass
class Failpoint:
    """The place wanted, and how often it may still be passed."""

    name: str
    left: int

    def reached(self, name: str) -> None:
        """Die here, if this is the place and the time."""
        if name == self.name:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def wanted(text: str) -> Failpoint:
    """Read NAME or NAME:COUNT; nothing: nowhere."""
    name, _, count = text.partition(":")
    return Failpoint(name, int(count) if count.isdigit() else 1)


_WANTED = wanted(os.environ.get(VARIABLE, ""))

reached = _WANTED.reached
"""Call this where a crash would be of interest, with a name for the place."""
