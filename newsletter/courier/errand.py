"""One mail as a transport sees it. In: the mail, and what writes down that it leaves. Out: the answer to it."""

import asyncio
from collections.abc import Callable

from newsletter.errors import NewsletterError
from newsletter.message import MailObject
from newsletter.transport import Judged, Leave
from newsletter.transport.reply import Reply


class NotToLeave(NewsletterError):
    """The mail must not leave any more."""


class Errand:
    """An Outbox with one mail; `leaves` writes down that it does, once, and says whether it may."""

    def __init__(self, mail: MailObject, leaves: Callable[[], bool]) -> None:
        self._mail: MailObject | None = mail
        self._leaves = leaves
        self._has_left = False
        self._asking: asyncio.Task[None] | None = None  # kept, because nobody else holds it
        self.reply: Reply | None = None
        """None: nobody has answered, so nobody holds it, unless what carried it raised something unforeseen."""

    @property
    def came_back(self) -> bool:
        """Whether no relay heard of the mail, or none has answered a word."""
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
        """Refuse with NotToLeave, or with what writing it down raises."""
        self._asking = asyncio.create_task(self._ask(leave))

    async def _ask(self, leave: Leave) -> None:
        try:
            # Once, because a mail that came back from one relay is drawn for another.
            self._has_left = self._has_left or await asyncio.to_thread(self._leaves)
        except Exception as error:  # noqa: BLE001  # it is for who waits for leave, or they wait for ever
            leave.refused(error)
        else:
            leave.given() if self._has_left else leave.refused(NotToLeave())

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        self.reply = reply
