"""The connections of one sending to one relay: one first, more while there is work and the relay allows them.

Each is kept busy by a worker. What a worker holds when it has to go, another takes over, or the outbox gets it back.
"""

import asyncio
import ssl
from dataclasses import replace

from newsletter.message import MailObject
from newsletter.transport import Judged, Outbox, Throttle
from newsletter.transport.connection import Connection
from newsletter.transport.opening import RelaySettings
from newsletter.transport.reply import Reply
from newsletter.transport.tarpit import Tarpit
from newsletter.transport.worker import Worker


class Pool:
    """What the connections of one `transmit` share."""

    def __init__(self, settings: RelaySettings, tls: ssl.SSLContext | None, throttle: Throttle, outbox: Outbox) -> None:
        self.settings, self.tls, self.throttle, self.outbox = settings, tls, throttle, outbox
        self.achieved = 0
        """Replies the relay has given to mails."""
        self.open = 0
        """Connections that are ready for mail, or carry one."""
        self.last_heard = 0.0
        """When it did so last, by the loop's clock."""
        self.tarpit = Tarpit()
        self.dry = asyncio.Event()
        self._left: list[MailObject] = []
        """Drawn by a worker who had to go; for another."""
        self._drawn = self._workers = 0
        self._group = asyncio.TaskGroup()
        self._loop = asyncio.get_running_loop()  # once, because to ask for it costs a call of the system
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

    async def draw(self) -> MailObject | None:
        if await self.stopped_at_rest():
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

    async def stopped_at_rest(self) -> bool:
        """Leave the relay alone as long as it needs; say whether the sending was stopped meanwhile."""
        while (seconds := self.throttle.wait_before_next()) > 0:
            if await self.outbox.rest(seconds):
                return True
        return False

    def heard(self, mail: MailObject, reply: Reply, used: bool) -> Judged | None:
        """Take an answer to a mail, on a line that has carried others before or is not `used`; say what it means."""
        if reply.code is not None:
            self.achieved += 1
            self.last_heard = self._loop.time()
        judged = self.throttle.heard(mail.delivery, reply, used)
        if judged and judged.gives_back:
            self.dry.clear()
        return judged

    def may_go(self, in_hand: MailObject | None) -> bool:
        """Say whether a worker is one too many for what the relay allows; what it has in hand is another's then."""
        # Because whoever is not alone has another to draw what was left, unless there is nothing more to draw.
        crowded = self._workers > self.throttle.connections and not self.dry.is_set()
        if crowded:
            self._workers -= 1
            self._left.extend([in_hand] if in_hand else [])
        return crowded

    def leave(self, mails: list[MailObject]) -> None:
        """Take over what a worker drew and could not send; for the next that draws."""
        self._left.extend(reversed(mails))

    def left(self) -> None:
        """Take it that a worker has gone."""
        self._workers -= 1

    def distrust(self, connection: Connection) -> None:
        """Because some relays offer PIPELINING and lose what comes in groups: then, one command at a time."""
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
        self._group.create_task(Worker(self).work())
