"""Hands mail objects to a relay over SMTP, with as many connections as its throttle allows.

A Relay answers every mail object it draws exactly once, or returns it untried. It does not judge replies, and it never
tries a mail again that may have reached the recipient: it offers a mail again only when the mail's first command was
lost with a connection that had carried another mail. newsletter.transport.pool keeps the connections, and
newsletter.transport.worker each one of them.
"""

import ssl
from dataclasses import dataclass

from newsletter.policy.reply import Reply
from newsletter.settings import Security
from newsletter.transport import Outbox, Standstill, Throttle
from newsletter.transport.opening import RelaySettings
from newsletter.transport.pool import Pool
from newsletter.transport.smtp.deadlines import Deadlines
from newsletter.transport.tls import verifying_context
from newsletter.transport.worker import work

__all__ = ["Deadlines", "Relay", "RelaySettings"]


class Relay:
    """A Transport to one relay."""

    def __init__(
        self, settings: RelaySettings, tls: ssl.SSLContext | None = None, throttle: Throttle | None = None
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._throttle = throttle or Unhindered(settings.connections)

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def is_awake(self) -> bool:
        """Whether we may send to the relay now: it is not being left alone."""
        return self._throttle.wait() <= 0

    @property
    def why(self) -> str:
        """What the relay said last that made us ask for less; empty: nothing."""
        return self._throttle.why

    @property
    def standstill(self) -> Standstill | None:
        """Why the relay is left alone now; None: it is not."""
        return self._throttle.standstill

    @property
    def is_spent(self) -> bool:
        """Whether the relay has said that it takes no more from us for now."""
        return self._throttle.spent

    async def transmit(self, outbox: Outbox) -> None:
        """Hand over what `outbox` hands out, as Transport.transmit promises.

        An exception from the outbox ends everything at once and is raised, so that no dot leaves unless it is in the
        log. The mail it was about is not answered again. Raises ValueError for a mail that must not go onto the wire.
        """
        tls = self._tls
        if tls is None and self._settings.security is not Security.NONE:
            tls = verifying_context()
        await Pool(self._settings, tls, self._throttle, outbox, work).run()


@dataclass(frozen=True)
class Unhindered:
    """A throttle that never limits anything: for a few mails."""

    connections: int
    spent: bool = False
    standstill: None = None
    why: str = ""

    def wait(self) -> float:
        return 0.0

    def wait_before_next(self) -> float:
        return 0.0

    def opened(self, more: int) -> None:
        """Do nothing."""

    def begun(self) -> None:
        """Do nothing."""

    def heard(self, delivery: int, reply: Reply, used: bool) -> None:
        """Do nothing."""

    def turned_away(self, open_now: int) -> None:
        """Do nothing."""
