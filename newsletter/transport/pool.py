"""The connections of one `transmit` to one relay: first one, then more while there is work and the relay allows them.

Each connection has a worker that keeps it busy; what a worker does, the pool is told by who makes it. When a worker has
to end, another worker takes over the mail it holds, or the outbox gets it back.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import replace

from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.transport import Judged, Outbox, Throttle
from newsletter.transport.connection import Connection
from newsletter.transport.opening import RelaySettings
from newsletter.transport.tarpit import Tarpit

Work = Callable[["Pool"], Coroutine[None, None, None]]
"""What one worker does for a pool, until there is no more to do or the relay allows fewer connections."""


class Pool:
    """What the connections of one `transmit` share."""

    def __init__(
        self, settings: RelaySettings, tls: ssl.SSLContext | None, throttle: Throttle, outbox: Outbox, work: Work
    ) -> None:
        self._work = work
        self.settings, self.tls, self.throttle, self.outbox = settings, tls, throttle, outbox
        self.achieved = 0
        """How many replies to mails the relay has given."""
        self.open = 0
        """How many connections are ready for mail or carry one."""
        self.last_heard = 0.0
        """When the relay last replied to a mail, by the loop's clock."""
        self.tarpit = Tarpit()
        self.dry = asyncio.Event()
        self._left: list[MailObject] = []
        """Mails drawn by a worker that had to end; other workers take them."""
        self._drawn = self._workers = 0
        self._group = asyncio.TaskGroup()
        self._loop = asyncio.get_running_loop()  # kept, because each get_running_loop() costs a system call
        self.time = self._loop.time

    async def run(self) -> None:
        trouble: BaseException | None = None
        try:
            async with self._group:
                self._employ()
        except BaseExceptionGroup as troubles:
            trouble = troubles.exceptions[0]
        finally:
            for mail in self._left:
                self.outbox.returned(mail)
        if trouble:
            raise trouble

    @property
    def is_left_out(self) -> bool:
        """Whether other machines use all connections that the relay allows."""
        return self.throttle.connections < 1

    def opened(self, more: int) -> None:
        """Count connections that are ready for mail; -1: one has ended."""
        self.open += more
        self.throttle.opened(more)

    async def draw(self, connected: bool = False) -> MailObject | None:
        """Draw the next mail when the relay may have it; None: there is no more now.

        Also None if the caller is `connected` and other machines use all connections: it must end its own.
        """
        if await self.stopped_at_rest(connected):
            return None
        self.throttle.begun()
        if self._left:
            return self._left.pop()
        mail = None if self.dry.is_set() else await self.outbox.draw()
        if mail is None:
            self.dry.set()
        return self._counted(mail)

    def draw_at_once(self) -> MailObject | None:
        free = not self.dry.is_set() and self.throttle.wait_before_next() <= 0
        mail = self.outbox.draw_at_once() if free else None
        if mail is not None:
            self.throttle.begun()
        return self._counted(mail)

    async def stopped_at_rest(self, connected: bool = False) -> bool:
        """Leave the relay alone as long as its throttle says; say whether the sending was stopped meanwhile.

        Also if the caller is `connected` and must end its connection, because other machines use all of them.
        """
        while (seconds := self.throttle.wait_before_next()) > 0:
            if (connected and self.is_left_out) or await self.outbox.rest(seconds):
                return True
        return False

    def heard(self, mail: MailObject, reply: Reply, used: bool) -> Judged | None:
        """Take an answer to a mail and say what it means; `used`: the connection had carried other mails before."""
        if reply.code is not None:
            self.achieved += 1
            self.last_heard = self._loop.time()
        judged = self.throttle.heard(mail.delivery, reply, used)
        if judged and judged.gives_back:
            self.dry.clear()
        return judged

    def may_go(self, in_hand: MailObject | None) -> bool:
        """Say whether there are more workers than the relay allows; then take over the caller's mail `in_hand`."""
        # As there is more than one worker, another will draw that mail; but not once there is nothing more to draw.
        # The last worker stays and waits, if other machines use all connections.
        crowded = self._workers > max(self.throttle.connections, 1) and not self.dry.is_set()
        if crowded:
            self._workers -= 1
            self._left.extend([in_hand] if in_hand else [])
        return crowded

    def leave(self, mails: list[MailObject]) -> None:
        """Take over mails that a worker drew and could not send; the next worker that draws gets them."""
        self._left.extend(reversed(mails))

    def left(self) -> None:
        """Note that a worker has ended."""
        self._workers -= 1

    def distrust(self, connection: Connection) -> None:
        """Send one command at a time from now on, if grouped commands got the wrong replies on `connection`.

        Some relays offer PIPELINING and then lose commands that come in groups.
        """
        if connection.in_groups and connection.out_of_step:
            self.settings = replace(self.settings, pipelining=False)

    def _counted(self, mail: MailObject | None) -> MailObject | None:
        if mail is not None:
            self._drawn += 1
            if self._workers < min(self._drawn, self.throttle.connections):
                self._employ()
        return mail

    def _employ(self) -> None:
        self._workers += 1
        self._group.create_task(self._work(self))
