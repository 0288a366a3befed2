"""Servers that make a client wait for every answer once they have declined several of its mails, and how to avoid it.

Postfix waits a second and longer before each answer after ten errors without a mail taken (smtpd_soft_error_limit), and
a declined recipient costs two of them, because the DATA behind it fails too. On a new connection it counts anew. So the
first connection on which answers get slow teaches how many mails a later one is used for. Pure: seconds in, yes or no
out.
"""

import math
from dataclasses import dataclass, field

SLOW = 0.9
"""Seconds; quicker than this is no waiting on purpose."""
SLOWER = 4.0
"""And so many times as long as the first declined mail of the connection took, or the server is always slow."""


@dataclass
class Tarpit:
    """What is known of one relay."""

    most: float = math.inf
    """So many mails in a row it declines on one connection without making us wait."""


@dataclass
class Declined:
    """How many mails in a row the relay declined on one connection."""

    tarpit: Tarpit
    _number: int = field(default=0, init=False)
    _first: float = field(default=0.0, init=False)

    def taken(self) -> None:
        """Take it that a mail was accepted: the relay begins to count anew."""
        self._number = 0

    def declined(self, seconds: float) -> bool:
        """Take it that a mail was declined after so long; say whether the connection is better replaced."""
        self._number += 1
        if self._number == 1:
            self._first = seconds
        elif seconds > max(SLOW, SLOWER * self._first):
            # One fewer than went quickly, because what we say at the end would wait as well.
            self.tarpit.most = min(self.tarpit.most, max(self._number - 2, 1))
        return self._number >= self.tarpit.most
