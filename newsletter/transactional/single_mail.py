"""An Outbox for one mail. In: the mail, and a callback that writes down that it leaves. Out: the answer to it."""

import asyncio
from collections.abc import Callable

from newsletter.errors import NewsletterError
from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.transport import Judged, Leave


class NotToLeave(NewsletterError):
    """The email must not be sent any more."""


class SingleMail:
    """An Outbox with one mail; `leaves` writes down, once, that the mail leaves, and says whether it may."""

    def __init__(self, mail: MailObject, leaves: Callable[[], bool]) -> None:
        self._mail: MailObject | None = mail
        self._leaves = leaves
        self._has_left = False
        self._asking: asyncio.Task[None] | None = None  # kept, or the task could be garbage-collected
        self.reply: Reply | None = None
        """The answer; None: no relay answered, so none holds the mail, unless the transport failed unexpectedly."""

    @property
    def came_back(self) -> bool:
        """Whether the mail was returned, or never drawn: no relay has seen it, or none has replied to it."""
        return self._mail is not None

    async def rest(self, seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return False

    async def draw(self) -> MailObject | None:
        return self.draw_at_once()

    def draw_at_once(self) -> MailObject | None:
        mail, self._mail = self._mail, None
        return mail

    def returned(self, mail: MailObject) -> None:
        self._mail = mail

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        """Ask `leaves` in another thread, and give leave; refuse with NotToLeave, or with what `leaves` raises."""
        self._asking = asyncio.create_task(self._ask(leave))

    async def _ask(self, leave: Leave) -> None:
        try:
            # Only once: a mail that one relay gave back is drawn again for another.
            self._has_left = self._has_left or await asyncio.to_thread(self._leaves)
        except Exception as error:  # noqa: BLE001  # pass it to the connection that waits; else it waits for ever
            leave.refused(error)
        else:
            leave.given() if self._has_left else leave.refused(NotToLeave())

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        self.reply = reply
