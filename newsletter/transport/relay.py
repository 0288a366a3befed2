"""Mail objects to a relay over SMTP: one connection first, more while there is work.

It answers every mail object it draws exactly once, or returns it untried; it reconnects when a line drops, and goes on
with fewer connections where a relay allows no more. It does not judge replies, and tries nobody twice who may have been
reached: a mail is offered again only when its very first command was lost with a connection that had carried another.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace

from newsletter import failpoint
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.message import MailObject
from newsletter.transport import Outbox
from newsletter.transport.connection import Connection
from newsletter.transport.deadlines import Deadlines
from newsletter.transport.events import Answered, Closed, DotWanted, Event, Ready
from newsletter.transport.opening import RelaySettings, opened
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.tls import verifying_context

__all__ = ["Deadlines", "Relay", "RelaySettings"]

_PATIENCE = 3
"""Connections in a row that may come to nothing, with nothing achieved by the others meanwhile."""


class Relay:
    """A Transport to one relay."""

    def __init__(self, settings: RelaySettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls

    async def transmit(self, outbox: Outbox) -> None:
        """Hand over what `outbox` gives, as Transport.transmit promises.

        An exception out of the outbox ends everything at once and is raised: no dot leaves without its log. The mail
        it was about is not answered again. Raises ValueError for a mail that must not go onto the wire.
        """
        await _Transmission(self._settings, self._tls or verifying_context(), outbox).run()


class _Transmission:
    """What the connections of one `transmit` share."""

    def __init__(self, settings: RelaySettings, tls: ssl.SSLContext, outbox: Outbox) -> None:
        self.settings, self.tls, self.outbox = settings, tls, outbox
        self.achieved = 0
        """Replies the relay has given to mails."""
        self.open = 0
        """Connections that are ready for mail, or carry one."""
        self.dry = asyncio.Event()
        self._drawn = self._workers = 0
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        trouble: BaseException | None = None
        try:
            async with self._group:
                self._employ()
        except BaseExceptionGroup as troubles:
            trouble = troubles.exceptions[0]
        if trouble:
            raise trouble

    async def draw(self) -> MailObject | None:
        mail = None if self.dry.is_set() else await self.outbox.draw()
        if mail is None:
            self.dry.set()
        return self._counted(mail)

    def draw_at_once(self) -> MailObject | None:
        return None if self.dry.is_set() else self._counted(self.outbox.draw_at_once())

    def distrust(self, connection: Connection) -> None:
        """Because some relays offer PIPELINING and lose what comes in groups: then, one command at a time."""
        if connection.in_groups and connection.out_of_step:
            self.settings = replace(self.settings, pipelining=False)

    def _counted(self, mail: MailObject | None) -> MailObject | None:
        self._drawn += mail is not None
        if mail is not None and self._workers < min(self._drawn, self.settings.connections):
            self._employ()
        return mail

    def _employ(self) -> None:
        self._workers += 1
        self._group.create_task(_Worker(self).work())


class _Worker:
    """Keeps one connection busy, and replaces it when it ends."""

    def __init__(self, shared: _Transmission) -> None:
        self._shared, self._settings, self._outbox = shared, shared.settings, shared.outbox
        self._in_hand: MailObject | None = None
        """Drawn, and begun nowhere or in vain."""
        self._begun = self._ended = self._achieved = 0
        """Mails of the present connection: begun, answered or lost, and answered by the relay."""
        self._in_vain = self._pauses = 0
        self._achieved_before = 0

    async def work(self) -> None:
        try:
            while connection := await self._connected():
                try:
                    await self._serve(connection)
                finally:
                    self._shared.open -= 1
                    await connection.gone()
                self._shared.distrust(connection)
                self._in_hand = self._in_hand or await self._shared.draw()
                if self._in_hand is None:
                    return
                if self._achieved:
                    self._pauses = 0
                else:
                    await self._bear(RelayUnreachable(relay=self._settings.name, why="it drops every connection"))
        finally:
            if self._in_hand is not None:
                self._outbox.returned(self._in_hand)

    async def _connected(self) -> Connection | None:
        while self._in_hand or not self._shared.dry.is_set():
            try:
                connection = await opened(self._shared.settings, self._shared.tls)
            except (RelayUnreachable, RelayRefused) as trouble:
                await self._bear(trouble)
            else:
                self._shared.open += 1
                return connection
        return None

    async def _bear(self, trouble: RelayUnreachable | RelayRefused) -> None:
        """Because a relay may allow fewer connections than we would like, trouble ends all only if none is open."""
        if self._shared.achieved != self._achieved_before:
            self._achieved_before, self._in_vain = self._shared.achieved, 0
        self._in_vain += 1
        self._pauses += 1
        hopeless = self._in_vain >= _PATIENCE or (isinstance(trouble, RelayRefused) and not self._shared.achieved)
        if hopeless and not self._shared.open:
            raise trouble
        pause = min(self._settings.first_pause * 2 ** min(self._pauses - 1, 20), self._settings.longest_pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await (asyncio.sleep(pause) if self._in_hand else self._shared.dry.wait())

    async def _serve(self, connection: Connection) -> None:
        """Hand over mails while there are some and the connection stands."""
        self._begun = self._ended = self._achieved = 0
        try:
            event: Event = Ready()  # it was when it was opened
            while not isinstance(event, Closed):
                match event:
                    case Ready():
                        await self._begin(connection)
                    case DotWanted(mail):
                        await self._end(connection, mail)
                    case Answered(mail, reply):
                        await self._take(mail, reply)
                event = await connection.event()
        except (asyncio.CancelledError, ValueError):
            connection.drop("the sending was stopped")
            for event in connection.left():
                if isinstance(event, Answered):
                    await self._take(event.mail, event.reply)
            raise

    async def _begin(self, connection: Connection) -> None:
        if self._may_begin() and self._in_hand is None:
            self._in_hand = await self._shared.draw()
        if not connection.is_open:
            return
        if self._in_hand is None or not self._may_begin():
            connection.quit()
        else:
            mail, self._in_hand = self._in_hand, None
            connection.send(mail)
            self._begun += 1

    async def _end(self, connection: Connection, mail: MailObject) -> None:
        await connection.flushed()
        if not connection.is_open:
            return
        if connection.in_groups and self._may_begin():
            self._in_hand = self._shared.draw_at_once()
        await self._outbox.about_to_dot(mail)
        if connection.is_open:
            following, self._in_hand = self._in_hand, None
            self._begun += following is not None
            connection.dot(following)
            failpoint.reached("dot")

    async def _take(self, mail: MailObject, reply: Reply) -> None:
        # Because behind another mail a first command that got no answer was lost with the line, and no more.
        if self._ended and reply.stage is Stage.MAIL and reply.code is None:
            self._in_hand = mail
            return
        self._ended += 1
        self._achieved += reply.code is not None
        self._shared.achieved += reply.code is not None
        await self._outbox.answered(mail, reply)

    def _may_begin(self) -> bool:
        limit = self._settings.messages_per_connection
        return not limit or self._begun < limit
