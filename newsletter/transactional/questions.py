"""Sends the questions that wait in the list. In: what `subscribers.pending_mail` returns; out: mails.

It looks for owed mails when `look` is called, and every LOOKS_AGAIN seconds, because an earlier program may have left
some unsent. It does not decide who is written to, how often, or until when.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.database.tables import State
from newsletter.errors import NewsletterError
from newsletter.policy.reply import Reply
from newsletter.policy.verdict import judge
from newsletter.runtime import failpoint
from newsletter.send_log import home
from newsletter.transactional.notice import Notices
from newsletter.transactional.single_mail import NotToLeave, SingleMail
from newsletter.transport import Transport
from subscribers import pending_mail
from subscribers.pending_mail import PendingMail
from subscribers.public import Database
from subscribers.requests import RequestKind
from subscribers.signup import ConfirmationQuestion
from subscribers.tokens import LinkSigner

AT_ONCE = 5
"""How many mails are under way at a time."""
LOOKS_AGAIN = 15.0
"""Seconds between two looks, if `look` is not called earlier."""
GRACE = 5.0
"""Seconds that mails under way still have at the end."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Questions:
    """Sends what is owed."""

    notices: Notices
    transport: Transport
    signer: LinkSigner
    reading: Database
    writing: Database
    clock: Callable[[], datetime]
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    async def look(self) -> None:
        """Look for owed mails soon."""
        self._news.set()

    @asynccontextmanager
    async def going_out(self) -> AsyncIterator[None]:
        """Send what is owed while the block runs."""
        sender = asyncio.create_task(self._send())
        try:
            yield
        finally:
            sender.cancel()
            await asyncio.wait({sender, *self._under_way}, timeout=GRACE)
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(sender, *self._under_way, return_exceptions=True)

    async def send_due(self) -> None:
        """Begin to send what is due now, so that at most AT_ONCE mails are under way."""
        for each in await asyncio.to_thread(self._claim, AT_ONCE - len(self._under_way)):
            task = asyncio.create_task(self._carry(each))
            self._under_way.add(task)
            task.add_done_callback(self._done)

    async def send_all_due(self) -> None:
        """Send what is due now, and return when each has its answer."""
        await self.send_due()
        while self._under_way:
            await asyncio.wait(self._under_way)
            await asyncio.sleep(0)  # so that what is done is taken off
            await self.send_due()

    async def _send(self) -> None:
        while True:
            self._news.clear()
            try:
                await self.send_due()
            except NewsletterError as trouble:
                _log.warning("Mails about subscriptions wait: %s", trouble)
            except Exception:  # noqa: BLE001  # the next mails must not wait until an organiser sees the error
                _log.exception("Mails about subscriptions wait")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS_AGAIN):
                    await self._news.wait()

    def _claim(self, most: int) -> list[PendingMail]:
        with self.reading() as connection:  # a look must not keep others from writing
            if most <= 0 or not pending_mail.is_any_due(connection, self.clock()):
                return []
        with self.writing() as connection:
            home.require_home(connection)  # what waits in a copy may have been sent by the original
            claimed = pending_mail.claim(connection, self.clock(), most)
        failpoint.reached("question claimed")
        return claimed

    async def _carry(self, each: PendingMail) -> None:
        question = ConfirmationQuestion(each.asked, each.address, self.signer.request(each.request_id), each.language)
        try:
            mail = await asyncio.to_thread(self.notices.mail, question, self.clock())
            outbox = SingleMail(mail, lambda: self._leaves(each))
            why = ""
            try:
                await self.transport.transmit(outbox)
            except NotToLeave:
                return
            except NewsletterError as trouble:
                why = str(trouble)
            finally:
                await asyncio.to_thread(self._settle, each, outbox)
            _say(why, outbox.reply)
        except NewsletterError as trouble:
            _log.warning("A mail about a subscription waits: %s", trouble)
        except Exception:  # noqa: BLE001  # as above
            _log.exception("A mail about a subscription waits")

    def _leaves(self, each: PendingMail) -> bool:
        failpoint.reached("question before its dot")
        with self.writing() as connection:
            may = pending_mail.leaves(connection, each, self.clock())
        failpoint.reached("question dotted")
        return may

    def _settle(self, each: PendingMail, outbox: SingleMail) -> None:
        state = judge(outbox.reply).state if outbox.reply else None
        # The notice of a move is sent again if it may be lost: the owner must hear of the move, and two do no harm.
        lost = state is State.UNCERTAIN and each.asked is RequestKind.MOVED
        if state in (State.DEFERRED, State.QUEUED) or outbox.came_back or lost:
            with self.writing() as connection:
                pending_mail.put_off(connection, each)
        elif state is State.REFUSED:
            with self.writing() as connection:
                pending_mail.refused(connection, each)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._news.set()  # one more mail may be sent now


def _say(why: str, reply: Reply | None) -> None:
    """Log what went wrong; without the address, because a log is kept longer than a request, and by other people."""
    state = judge(reply).state if reply else None
    if state is not State.ACCEPTED:
        what = {State.REFUSED: "was refused", State.UNCERTAIN: "may be lost"}.get(
            state or State.DEFERRED, "waits, and is tried again"
        )
        answer = f"the relay answered {reply.code or 'nothing'}" if reply else "the relay took no mail"
        _log.warning("A mail about a subscription %s: %s", what, why or answer)
