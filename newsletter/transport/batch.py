"""Hands over a few mails, once each and without a send log, and collects the answers."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import chain

from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.transport import Judged, Leave, Transport


async def transmit_all(transport: Transport, mails: Iterable[MailObject]) -> list[tuple[MailObject, Reply]]:
    """Hand over `mails` and return the answers in the order they came. Raises what `transport` raises."""
    batch = _Batch(mails)
    await transport.transmit(batch)
    return batch.answers


class _Batch:
    def __init__(self, mails: Iterable[MailObject]) -> None:
        self._mails: Iterator[MailObject] = iter(mails)
        self.answers: list[tuple[MailObject, Reply]] = []

    async def rest(self, seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return False

    async def draw(self) -> MailObject | None:
        return self.draw_at_once()

    def draw_at_once(self) -> MailObject | None:
        return next(self._mails, None)

    def returned(self, mail: MailObject) -> None:
        self._mails = chain([mail], self._mails)

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        leave.given()  # at once: a batch has no log to write first

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        self.answers.append((mail, reply))
