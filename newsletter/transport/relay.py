"""Mail objects to a relay over SMTP: one connection first, more while there is work, each handing over one at a time.

It answers every mail object it draws exactly once, reconnects when a line drops, and goes on with fewer connections
where a relay allows no more. It does not judge replies, and tries nobody twice who may have been reached: a mail is
offered again only when its very first command was lost with a connection that had worked before.
"""

import asyncio
import ssl
from contextlib import suppress

from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.message import MailObject
from newsletter.transport import Outbox
from newsletter.transport.connection import Connection
from newsletter.transport.deadlines import Deadlines
from newsletter.transport.events import Answered, Closed, DotWanted, Ready
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
            return None
        self._drawn += 1
        if self._workers < min(self._drawn, self.settings.connections):
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
        self._in_vain = self._pauses = 0
        self._achieved_before = 0

    async def work(self) -> None:
        try:
            while connection := await self._connected():
                achieved = 0
                try:
                    achieved = await self._serve(connection)
                finally:
                    self._shared.open -= 1
                    await connection.gone()
                self._in_hand = self._in_hand or await self._shared.draw()
                if self._in_hand is None:
                    return
                if achieved:
                    self._pauses = 0
                else:
                    await self._bear(RelayUnreachable(relay=self._settings.name, why="it drops every connection"))
        finally:
            if self._in_hand is not None:
                why = "the connection had closed, and there was no other"
                await self._outbox.answered(self._in_hand, Reply(Stage.CONNECT, None, why))

    async def _connected(self) -> Connection | None:
        while self._in_hand or not self._shared.dry.is_set():
            try:
                connection = await opened(self._settings, self._shared.tls)
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

    async def _serve(self, connection: Connection) -> int:
        """Hand over mails while there are some and the connection stands; return how many the relay answered."""
        served, achieved, limit = 0, 0, self._settings.messages_per_connection
        while connection.is_open and not (limit and served >= limit):
            mail, self._in_hand = self._in_hand or await self._shared.draw(), None
            if mail is None:
                break
            if not connection.is_open:
                self._in_hand = mail
                return achieved
            reply = await self._hand_over(connection, mail)
            if served and reply.stage is Stage.MAIL and reply.code is None:
                self._in_hand = mail
                return achieved
            achieved += reply.code is not None
            self._shared.achieved += reply.code is not None
            await self._outbox.answered(mail, reply)
            served += 1
            await _until(connection, Ready)
        if connection.is_open:
            connection.quit()
            await _until(connection, Closed)
        return achieved

    async def _hand_over(self, connection: Connection, mail: MailObject) -> Reply:
        try:
            connection.send(mail)
            event = await connection.event()
            if isinstance(event, DotWanted):
                await connection.flushed()
                if connection.is_open:
                    await self._outbox.about_to_dot(mail)
                    connection.dot()
                event = await connection.event()
        except asyncio.CancelledError:
            await self._outbox.answered(mail, connection.give_up(mail, "the sending was stopped"))
            raise
        assert isinstance(event, Answered)
        return event.reply


async def _until(connection: Connection, wanted: type[Ready | Closed]) -> None:
    while not isinstance(await connection.event(), (wanted, Closed)):
        pass
