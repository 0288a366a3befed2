"""Questions to the owners of mailboxes go out as the list owes them. In: what `subscribers.owed` gives; out: mails.

It looks when somebody says that there is something, and now and then, because what an earlier program owed is owed
still. It decides nothing about who is written to, how often, or until when.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from newsletter import failpoint
from newsletter.courier.errand import Errand, NotToLeave
from newsletter.errors import NewsletterError
from newsletter.notice import Notices
from newsletter.tables import State
from newsletter.transport import Transport
from newsletter.transport.reply import Reply
from newsletter.verdict import judge
from subscribers import owed
from subscribers.owed import Owed
from subscribers.public import Database
from subscribers.requests import Asked
from subscribers.signup import Question
from subscribers.tokens import LinkSigner

AT_ONCE = 5
"""So many are under way at a time."""
LOOKS_AGAIN = 15.0
"""Seconds after which it looks by itself."""
GRACE = 5.0
"""Seconds that what is under way still has at the end."""

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
        """Look soon, because something is owed."""
        self._news.set()

    @asynccontextmanager
    async def going_out(self) -> AsyncIterator[None]:
        """Send what is owed, beside what the block does."""
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
        """Begin to carry what is due now, as far as there are hands."""
        for each in await asyncio.to_thread(self._claim, AT_ONCE - len(self._under_way)):
            task = asyncio.create_task(self._carry(each))
            self._under_way.add(task)
            task.add_done_callback(self._done)

    async def _send(self) -> None:
        while True:
            self._news.clear()
            try:
                await self.send_due()
            except NewsletterError as trouble:
                _log.warning("Mails about subscriptions wait: %s", trouble)
            except Exception:  # noqa: BLE001  # because the next ones must not wait for somebody to notice
                _log.exception("Mails about subscriptions wait")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS_AGAIN):
                    await self._news.wait()

    def _claim(self, most: int) -> list[Owed]:
        with self.reading() as connection:  # because a look should not keep others from writing
            if most <= 0 or not owed.is_any_due(connection, self.clock()):
                return []
        with self.writing() as connection:
            claimed = owed.claim(connection, self.clock(), most)
        failpoint.reached("question claimed")
        return claimed

    async def _carry(self, each: Owed) -> None:
        question = Question(each.asked, each.address, self.signer.request(each.request_id), each.language)
        try:
            mail = await asyncio.to_thread(self.notices.mail, question, self.clock())
            errand = Errand(mail, lambda: self._leaves(each))
            why = ""
            try:
                await self.transport.transmit(errand)
            except NotToLeave:
                return
            except NewsletterError as trouble:
                why = str(trouble)
            finally:
                await asyncio.to_thread(self._settle, each, errand)
            _say(why, errand.reply)
        except NewsletterError as trouble:
            _log.warning("A mail about a subscription waits: %s", trouble)
        except Exception:  # noqa: BLE001  # as above
            _log.exception("A mail about a subscription waits")

    def _leaves(self, each: Owed) -> bool:
        failpoint.reached("question before its dot")
        with self.writing() as connection:
            may = owed.leaves(connection, each, self.clock())
        failpoint.reached("question dotted")
        return may

    def _settle(self, each: Owed, errand: Errand) -> None:
        state = judge(errand.reply).state if errand.reply else None
        # A notice that may be lost goes once more, because the mailbox's owner must hear of a move; two do no harm.
        lost = state is State.UNCERTAIN and each.asked is Asked.MOVED
        if state in (State.DEFERRED, State.QUEUED) or errand.came_back or lost:
            with self.writing() as connection:
                owed.put_off(connection, each)
        elif state is State.REFUSED:
            with self.writing() as connection:
                owed.refused(connection, each)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._news.set()  # because there is a hand free


def _say(why: str, reply: Reply | None) -> None:
    """Say what is not well; without the address, because a log is kept longer, and by others, than a request."""
    state = judge(reply).state if reply else None
    if state is not State.ACCEPTED:
        what = {State.REFUSED: "was refused", State.UNCERTAIN: "may be lost"}.get(
            state or State.DEFERRED, "waits, and is tried again"
        )
        answer = f"the relay answered {reply.code or 'nothing'}" if reply else "the relay took no mail"
        _log.warning("A mail about a subscription %s: %s", what, why or answer)
