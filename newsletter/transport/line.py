"""The mails on one connection: takes the relay's answers as they come, and sends the next dot in the same call.

How a mail goes: `_begin` sends its first commands, unless they went out behind the dot of the mail before. When the
relay has its content, `_ask` draws the following mail and asks the outbox for leave for the dot. When leave is given,
`_leave` writes the dot together with the first commands of the following mail. `_take` hands the answer to the outbox.
Whole mails (RFC 3030) are collected by `_fill`, and go out when leave was given for all of them.

While leave is being asked for, events wait: they are handled afterwards, in their order, or a result would be written
before its dot. Between two turns of the event loop the relay owes an answer to each mail whose dot has left, and to the
commands of one more mail.
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.runtime import failpoint
from newsletter.transport.connection import Connection
from newsletter.transport.pool import Pool
from newsletter.transport.smtp.events import Answered, Closed, DotWanted, Ready, SmtpEvent
from newsletter.transport.smtp.limits import mails_allowed, octets_allowed
from newsletter.transport.tarpit import Declined


class Line:
    """One connection at work, from the moment it is ready until it ends; it implements Leave for its own dots."""

    def __init__(self, shared: Pool, connection: Connection, in_hand: MailObject | None) -> None:
        self._shared, self._outbox, self._connection = shared, shared.outbox, connection
        self.in_hand = in_hand
        """The next mail: drawn, and not begun, or begun without effect."""
        self.dismissed = False
        """Whether it ended because the relay allows fewer connections; the pool then has the mail it had in hand."""
        self.withdrawn = False
        """Whether it sends no further dot, even if leave is given."""
        self.achieved = self._begun = self._ended = 0
        """How many mails were answered by the relay; how many were begun; how many were answered or lost."""
        self._used = self._worn = False
        """Whether a mail got beyond its first command; whether the connection has carried enough mails."""
        self._declined = Declined(shared.tarpit)
        self._since = 0.0
        """When we last sent the relay something, or it last answered, by the loop's clock."""
        self._most = min(self._limits(), default=0)
        self._largest = octets_allowed(connection.extensions) or math.inf
        self._news: deque[SmtpEvent] = deque([Ready()])  # `open_connection` took the first Ready
        self._asked = 0
        """How many dots wait for leave."""
        self._whole: list[MailObject] = []
        """The whole mails to send when leave was given for each."""
        self._handling = False
        self._call: asyncio.Future[Callable[[], Awaitable[None]] | None]
        """Tells the task in `serve` what to wait for next, or, with None, that the line has ended."""
        self._loop = asyncio.get_running_loop()

    async def serve(self) -> None:
        """Hand over mails until there are no more or the connection ends. Raises what the outbox raises."""
        self._call = self._loop.create_future()
        self._connection.attend(self.happened)
        try:
            self._go_on()
            while (wait := await self._call) is not None:
                self._call = self._loop.create_future()
                await wait()  # in this time the only event can be that the connection ends
                self._go_on()
        except (asyncio.CancelledError, ValueError):
            self.withdrawn = True
            self._connection.drop("the sending was stopped")
            for event in self._news:
                if isinstance(event, Answered):
                    self._take(event.mail, event.reply)
            raise
        finally:
            self.withdrawn = True
            self._shared.leave(self._whole)

    # Called from outside: by the connection, and as Leave

    def happened(self, events: list[SmtpEvent]) -> None:
        """Take events of the connection."""
        self._news.extend(events)
        self._call_back(self._go_on)

    def given(self) -> None:
        """Send the dot, together with the next mail's first commands, once no other dot waits for leave."""
        self._asked -= 1
        if not self._asked:
            self._call_back(self._leave)

    def refused(self, error: Exception) -> None:
        """End with `error`."""
        self._fail(error)

    def _call_back(self, what: Callable[[], None]) -> None:
        """Call `what`; raise its exception in the task in `serve`, not in the caller."""
        try:
            what()
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.withdrawn = True
        if not self._call.done():
            self._call.set_exception(error)

    # Events, one after the other

    def _go_on(self) -> None:
        if self._handling:
            return
        self._handling = True
        try:
            while self._news and not (self._asked or self.withdrawn):
                self._handle(self._news.popleft())
        finally:
            self._handling = False

    def _handle(self, event: SmtpEvent) -> None:
        match event:
            case Answered(mail, reply):
                self._take(mail, reply)
            case DotWanted(mail):
                self._end(mail)
            case Ready():
                self._fill() if self._connection.in_chunks else self._begin()
            case Closed():
                self._call.set_result(None)

    def _wait_for(self, what: Callable[[], Awaitable[None]]) -> None:
        self._call.set_result(what)

    # One mail at a time

    def _begin(self) -> None:
        if self.in_hand is None and self._may_begin():
            self._wait_for(self._draw_and_begin)
        else:
            self._begin_what_is_in_hand()

    async def _draw_and_begin(self) -> None:
        self.in_hand = await self._shared.draw(connected=True)
        self._begin_what_is_in_hand()

    def _begin_what_is_in_hand(self) -> None:
        if not self._connection.is_open:
            return
        if self.is_dismissed() or self.in_hand is None or not self._may_begin():
            self._connection.quit()
            return
        mail, self.in_hand = self.in_hand, None
        if len(mail.content) > self._largest:
            self._decline(mail)
            self._connection.quit()
        else:
            self._since = self._shared.time()
            self._connection.send(mail)
            self._begun += 1

    def _end(self, mail: MailObject) -> None:
        if self._connection.has_left:
            self._ask(mail)
        else:
            self._wait_for(partial(self._ask_when_flushed, mail))

    async def _ask_when_flushed(self, mail: MailObject) -> None:
        await self._connection.flushed()
        if self._connection.is_open:
            self._ask(mail)

    def _ask(self, mail: MailObject) -> None:
        if self._connection.in_groups and self._may_begin():
            self.in_hand = self._shared.draw_at_once()
        self._asked = 1
        self._outbox.about_to_dot(mail, self)

    def _leave(self) -> None:
        """Write what leave was asked for, if the connection is still open; then handle the events that waited."""
        whole, self._whole = self._whole, []
        if not self._connection.is_open or self.withdrawn:
            self._shared.leave(whole)
        elif whole:
            self._since = self._shared.time()
            self._connection.send(*whole)
            failpoint.reached("dot")
        else:
            following = self.in_hand if self.in_hand and len(self.in_hand.content) <= self._largest else None
            if following:
                self.in_hand = None
                self._begun += 1
            self._connection.dot(following)
            failpoint.reached("dot")
        self._go_on()

    # Whole mails, as many as there is room for

    def _fill(self) -> None:
        if self._news:
            return  # answers come first, or the log would show more mails under way than the window holds
        if self.in_hand or self._connection.busy or not self._may_begin() or self.is_dismissed():
            self._collect()
        else:
            self._wait_for(self._draw_and_collect)

    async def _draw_and_collect(self) -> None:
        self.in_hand = await self._shared.draw(connected=True)
        self._collect()

    def _collect(self) -> None:
        """Ask leave for as many mails as can be had without waiting; quit when there are none and none is under way."""
        while self._connection.is_open and len(self._whole) < self._connection.room and (mail := self._next_whole()):
            self._whole.append(mail)
            self._begun += 1
        if self._whole:
            self._asked = len(self._whole)
            for mail in tuple(self._whole):
                self._outbox.about_to_dot(mail, self)
        elif self._connection.is_open and not self._connection.busy:
            self._connection.quit()

    def _next_whole(self) -> MailObject | None:
        if not self._may_begin() or self.is_dismissed():
            return None
        mail, self.in_hand = self.in_hand or self._shared.draw_at_once(), None
        if mail and len(mail.content) > self._largest:
            if self._whole or self._connection.busy:
                self.in_hand = mail  # it is declined later, when no mail is under way
            else:
                self._decline(mail)
            return None
        return mail

    # An answer

    def _take(self, mail: MailObject, reply: Reply) -> None:
        # Behind another mail, a MAIL command without an answer was lost with the connection: this mail was not tried.
        if self._ended and reply.stage is Stage.MAIL and reply.code is None:
            self._shared.leave([mail])
            return
        judged = self._shared.heard(mail, reply, self._used)
        self._used = self._used or reply.stage is not Stage.MAIL
        self._ended += 1
        self.achieved += reply.code is not None
        self._worn = self._worn or (judged is not None and judged.new_line) or self._is_slowed_down(reply)
        self._outbox.answered(mail, reply, judged)

    def _decline(self, mail: MailObject) -> None:
        """Answer `mail`, which is too large, with the SIZE that the relay stated in its answer to EHLO."""
        self._take(mail, Reply(Stage.EHLO, 250, f"SIZE {octets_allowed(self._connection.extensions)}"))

    def _is_slowed_down(self, reply: Reply) -> bool:
        """Say whether the relay answers slowly on this connection because it declined several of its mails."""
        if reply.code is None:
            return False
        since, self._since = self._since, self._shared.last_heard
        if reply.stage is Stage.DOT and reply.positive:
            self._declined.taken()
            return False
        return self._declined.declined(self._since - since)

    # When the line ends

    def is_dismissed(self) -> bool:
        """Say whether there are more connections than the relay allows; then the pool takes the mail in hand."""
        if not self.dismissed and self._shared.may_go(self.in_hand):
            self.dismissed, self.in_hand = True, None
        return self.dismissed

    def _may_begin(self) -> bool:
        if self._worn or self._shared.is_left_out:
            return False
        return not self._most or self._begun < self._most

    def _limits(self) -> list[int]:
        limits = (self._shared.settings.messages_per_connection, mails_allowed(self._connection.extensions))
        return [limit for limit in limits if limit]
