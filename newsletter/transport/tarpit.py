"""Avoids tarpits: relays that delay every answer once they have declined several mails on a connection.

Postfix waits a second and longer before each answer after ten errors without an accepted mail
(smtpd_soft_error_limit); a declined recipient counts as two errors, because the DATA behind it fails too. On a new
connection Postfix counts from zero. So the first connection on which answers get slow shows how many declined mails a
later connection can take before we replace it. Pure: seconds in, yes or no out.
"""

import math
from dataclasses import dataclass, field

SLOW = 0.9
"""Seconds; a quicker answer was not delayed on purpose."""
SLOWER = 4.0
"""A delayed answer also takes this many times as long as that to the first declined mail of the connection did;
otherwise the relay is just slow."""


@dataclass
class Tarpit:
    """What we have learned about one relay."""

    most: float = math.inf
    """How many mails in a row the relay declines on one connection without delaying its answers."""


@dataclass
class Declined:
    """How many mails in a row the relay declined on one connection."""

    tarpit: Tarpit
    _number: int = field(default=0, init=False)
    _first: float = field(default=0.0, init=False)

    def taken(self) -> None:
        """Note that a mail was accepted: the relay counts from zero again."""
        self._number = 0

    def declined(self, seconds: float) -> bool:
        """Note that a mail was declined after `seconds`; say whether to replace the connection."""
        self._number += 1
        if self._number == 1:
            self._first = seconds
        elif seconds > max(SLOW, SLOWER * self._first):
            # One fewer than were answered quickly, because the answer to our QUIT would be delayed as well.
            self.tarpit.most = min(self.tarpit.most, max(self._number - 2, 1))
        return self._number >= self.tarpit.most
