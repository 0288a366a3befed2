"""Sends greetings while the public pages are served. Each is tried a few times, and lost when the program ends."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.database.tables import State
from newsletter.errors import NewsletterError
from newsletter.message import MailObject
from newsletter.policy.verdict import judge
from newsletter.transactional.notice import Notices, TransactionalMail
from newsletter.transport import Transport
from newsletter.transport.batch import transmit_all

PAUSES = (30.0, 300.0, 1800.0)
"""Seconds before the second, third and last try."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Greetings:
    """Sends greetings."""

    notices: Notices
    transport: Transport
    clock: Callable[[], datetime]
    pauses: tuple[float, ...] = PAUSES
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    async def greet(self, greeting: TransactionalMail) -> None:
        """Begin to send a greeting; return before the relay has answered."""
        mail = await asyncio.to_thread(self.notices.mail, greeting, self.clock())
        task = asyncio.get_running_loop().create_task(self._carry(mail))
        self._under_way.add(task)  # or the task could be garbage-collected
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, mail: MailObject) -> None:
        why = ""
        for pause in (0.0, *self.pauses):
            await asyncio.sleep(pause)
            again, why = await self._hand_over(mail)
            if not again:
                break
        if why:
            # Without the address: a log is kept longer than a list, and by other people.
            _log.warning("A greeting was given up: %s", why)

    async def _hand_over(self, mail: MailObject) -> tuple[bool, str]:
        try:
            answers = await transmit_all(self.transport, [mail])
        except NewsletterError as trouble:
            return True, str(trouble)
        for _, reply in answers:
            state = judge(reply).state
            if state is State.ACCEPTED:
                return False, ""
            return state in (State.DEFERRED, State.QUEUED), f"the relay answered {reply.code or 'nothing'}"
        return True, "the relay took no mail"
