"""Leave for a final dot: what a transport asks its outbox for before the relay may hold a copy of a mail."""

import asyncio

from newsletter.message import MailObject
from newsletter.transport import Outbox


class AwaitedLeave:
    """A Leave that a task waits for; when the task is cancelled, the request counts as withdrawn."""

    def __init__(self) -> None:
        self._given: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def withdrawn(self) -> bool:
        """Whether the waiting task was cancelled: the dot will not leave, even if leave is given."""
        return self._given.cancelled()

    def given(self) -> None:
        """Let the dot leave."""
        if not self._given.done():
            self._given.set_result(None)

    def refused(self, error: Exception) -> None:
        """Keep the dot from leaving, because of `error`."""
        if not self._given.done():
            self._given.set_exception(error)

    async def wait(self) -> None:
        """Wait until the dot may leave. Raises the error with which leave was refused."""
        await self._given


async def leave_for(mail: MailObject, outbox: Outbox) -> None:
    """Wait until the final dot of `mail` may leave. Raises the error with which `outbox` refuses leave."""
    leave = AwaitedLeave()
    outbox.about_to_dot(mail, leave)
    await leave.wait()
