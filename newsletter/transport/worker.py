"""Keeps one connection to a relay busy, and replaces it when it ends; goes when the relay allows fewer.

It connects again when a line drops, and bears it for a while when that comes to nothing.
"""

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from newsletter import failpoint
from newsletter.errors import RelayRefused, RelaySpent, RelayUnreachable
from newsletter.message import MailObject
from newsletter.transport.connection import Connection
from newsletter.transport.events import Answered, Closed, DotWanted, Event, Ready
from newsletter.transport.limits import mails_allowed, octets_allowed
from newsletter.transport.opening import opened
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.tarpit import Declined

if TYPE_CHECKING:
    from newsletter.transport.pool import Pool

_PATIENCE = 3
"""Connections in a row that may come to nothing, with nothing achieved by the others meanwhile."""


class Worker:
    """Keeps one connection busy, and replaces it when it ends."""

    def __init__(self, shared: "Pool") -> None:
        self._shared, self._settings, self._outbox = shared, shared.settings, shared.outbox
        self._in_hand: MailObject | None = None
        """Drawn, and begun nowhere or in vain."""
        self._begun = self._ended = self._achieved = 0
        """Mails of the present connection: begun, answered or lost, and answered by the relay."""
        self._in_vain = self._pauses = 0
        self._achieved_before = 0
        self._dismissed = False
        self._used = self._worn = False
        """Whether the present connection has got beyond the first command of a mail; whether it has carried enough."""
        self._declined = Declined(shared.tarpit)
        self._waits_since = 0.0
        """When the present connection was last asked something, or last answered, by the loop's clock."""
        self._most = 0
        self._largest = math.inf

    async def work(self) -> None:
        try:
            while connection := await self._connected():
                try:
                    await self._serve(connection)
                finally:
                    self._shared.open -= 1
                    await connection.gone()
                self._shared.distrust(connection)
                if self._is_dismissed():
                    return
                self._in_hand = self._in_hand or await self._shared.draw()
                if self._in_hand is None:
                    return
                if self._achieved:
                    self._pauses = 0
                elif await self._bear(RelayUnreachable(relay=self._settings.name, why="it drops every connection")):
                    return
        finally:
            if self._in_hand is not None:
                self._outbox.returned(self._in_hand)
            if not self._dismissed:
                self._shared.left()

    def _is_dismissed(self) -> bool:
        """Because others hear of it that the relay wants fewer connections, each looks whether it is one too many."""
        if not self._dismissed and self._shared.may_go(self._in_hand):
            self._dismissed, self._in_hand = True, None
        return self._dismissed

    async def _connected(self) -> Connection | None:
        while self._in_hand or not self._shared.dry.is_set():
            if await self._shared.stopped_at_rest() or self._is_dismissed():
                return None
            try:
                connection = await opened(self._shared.settings, self._shared.tls)
            except (RelayUnreachable, RelayRefused) as trouble:
                if self._shared.open:
                    self._shared.throttle.turned_away(self._shared.open)
                if await self._bear(trouble):
                    return None
            else:
                self._shared.open += 1
                return connection
        return None

    async def _bear(self, trouble: RelayUnreachable | RelayRefused) -> bool:
        """Wait a little, and say whether the sending was stopped meanwhile; raise `trouble` where it is hopeless.

        Because a relay may allow fewer connections than we would like, trouble ends all only if none is open.
        """
        if self._shared.achieved != self._achieved_before:
            self._achieved_before, self._in_vain = self._shared.achieved, 0
        self._in_vain += 1
        self._pauses += 1
        if not self._shared.open and self._is_hopeless(trouble):
            raise trouble
        pause = min(self._settings.first_pause * 2 ** min(self._pauses - 1, 20), self._settings.longest_pause)
        if self._in_hand:
            return await self._outbox.rest(pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._shared.dry.wait()
        return False

    def _is_hopeless(self, trouble: RelayUnreachable | RelayRefused) -> bool:
        if isinstance(trouble, RelayRefused):
            return not self._shared.achieved or self._in_vain >= _PATIENCE
        if isinstance(trouble, RelaySpent):
            return True
        silent = asyncio.get_running_loop().time() - self._shared.last_heard
        waits_it_out = self._shared.achieved and silent < self._settings.outage
        return self._in_vain >= _PATIENCE and not waits_it_out

    async def _serve(self, connection: Connection) -> None:
        """Hand over mails while there are some and the connection stands."""
        self._begun = self._ended = self._achieved = 0
        self._worn = self._used = False
        self._declined = Declined(self._shared.tarpit)
        self._most = min(self._limits(connection), default=0)
        self._largest = octets_allowed(connection.extensions) or math.inf
        try:
            event: Event = Ready()  # it was when it was opened
            while not isinstance(event, Closed):
                match event:
                    case Answered(mail, reply):
                        await self._take(mail, reply)
                    case DotWanted(mail):
                        await self._end(connection, mail)
                    case Ready():
                        await (self._fill(connection) if connection.in_chunks else self._begin(connection))
                event = connection.next_event() or await connection.event()
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
        if self._is_dismissed() or self._in_hand is None or not self._may_begin():
            connection.quit()
        else:
            mail, self._in_hand = self._in_hand, None
            if len(mail.content) > self._largest:
                await self._decline(connection, mail)
                connection.quit()
            else:
                self._waits_since = self._shared.time()
                connection.send(mail)
                self._begun += 1

    async def _decline(self, connection: Connection, mail: MailObject) -> None:
        """Take what the relay has said of the largest mail it takes for the answer to this one."""
        await self._take(mail, Reply(Stage.EHLO, 250, f"SIZE {octets_allowed(connection.extensions)}"))

    async def _fill(self, connection: Connection) -> None:
        """Send as many whole mails as there is room for; while some are under way, those that can be had at once."""
        if connection.has_news:
            return  # because answers come first, or the log would know of more mails under way than the window holds
        mails: list[MailObject] = []
        try:
            while len(mails) < connection.room and (mail := await self._next_whole(connection, bool(mails))):
                mails.append(mail)
                self._begun += 1
            await asyncio.gather(*map(self._outbox.about_to_dot, mails))
            if connection.is_open:
                sending, mails = mails, []
                self._waits_since = self._shared.time()
                connection.send(*sending)
                failpoint.reached("dot")
        finally:
            self._shared.leave(mails)
        if connection.is_open and not connection.busy:
            connection.quit()

    async def _next_whole(self, connection: Connection, more: bool) -> MailObject | None:
        if not self._may_begin() or self._is_dismissed():
            return None
        mail, self._in_hand = self._in_hand, None
        if not mail:
            mail = self._shared.draw_at_once() if more or connection.busy else await self._shared.draw()
        if mail and len(mail.content) > self._largest:
            if more or connection.busy:
                self._in_hand = mail  # for when nothing is under way
            else:
                await self._decline(connection, mail)
            return None
        return mail

    async def _end(self, connection: Connection, mail: MailObject) -> None:
        if not connection.has_left:
            await connection.flushed()
        if not connection.is_open:
            return
        if connection.in_groups and self._may_begin():
            self._in_hand = self._shared.draw_at_once()
        await self._outbox.about_to_dot(mail)
        if connection.is_open:
            following = self._in_hand if self._in_hand and len(self._in_hand.content) <= self._largest else None
            self._in_hand = None if following else self._in_hand
            self._begun += following is not None
            connection.dot(following)
            failpoint.reached("dot")

    async def _take(self, mail: MailObject, reply: Reply) -> None:
        # Because behind another mail a first command that got no answer was lost with the line, and no more.
        if self._ended and reply.stage is Stage.MAIL and reply.code is None:
            self._shared.leave([mail])
            return
        judged = self._shared.heard(mail, reply, self._used)
        self._used = self._used or reply.stage is not Stage.MAIL
        self._ended += 1
        self._achieved += reply.code is not None
        self._worn = self._worn or (judged is not None and judged.new_line) or self._is_slowed_down(reply)
        await self._outbox.answered(mail, reply, judged)

    def _is_slowed_down(self, reply: Reply) -> bool:
        """Say whether the relay makes this connection wait for having declined so many of its mails."""
        if reply.code is None:
            return False
        since, self._waits_since = self._waits_since, self._shared.last_heard
        if reply.stage is Stage.DOT and reply.positive:
            self._declined.taken()
            return False
        return self._declined.declined(self._waits_since - since)

    def _may_begin(self) -> bool:
        return not self._worn and (not self._most or self._begun < self._most)

    def _limits(self, connection: Connection) -> list[int]:
        limits = (self._settings.messages_per_connection, mails_allowed(connection.extensions))
        return [limit for limit in limits if limit]
