"""Leave for a final dot: what a line asks its outbox for, before the relay may hold a copy of a mail."""

import asyncio

from newsletter.message import MailObject
from newsletter.transport import Outbox


class AwaitedLeave:
    """Leave that a task waits for; a task that is cancelled meanwhile has withdrawn its question."""

    def __init__(self) -> None:
        self._given: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def withdrawn(self) -> bool:
        """Whether the dot will not leave, leave or no leave."""
        return self._given.cancelled()

    def given(self) -> None:
        """The dot may leave."""
        if not self._given.done():
            self._given.set_result(None)

    def refused(self, error: Exception) -> None:
        """The dot must not leave, because of `error`."""
        if not self._given.done():
            self._given.set_exception(error)

    async def wait(self) -> None:
        """Wait until the dot may leave. Raises what it was refused with."""
        await self._given


async def leave_for(mail: MailObject, outbox: Outbox) -> None:
    """Wait until the final dot of `mail` may leave. Raises what `outbox` refuses it with."""
    leave = AwaitedLeave()
    outbox.about_to_dot(mail, leave)
    await leave.wait()
