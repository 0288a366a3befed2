"""Messages in, an answer for each: what the rest of the program knows of mail servers.

A transport draws mail objects from an Outbox until it gives no more, and tells it the Reply to each. Between the two it
asks the outbox, once per mail object, to write down that the final dot is about to leave. It decides nothing:
whom to try again, when to pause and when to stop is the outbox's business.
"""

from typing import Protocol

from newsletter.message import MailObject
from newsletter.transport.reply import Reply


class Outbox(Protocol):
    """What a transport draws from and answers to."""

    async def draw(self) -> MailObject | None:
        """Hand out the next mail object; None: there is no more now, finish what is under way and return."""
        ...

    async def about_to_dot(self, mail: MailObject) -> None:
        """Return once it is durable that the final dot of `mail` may have left; only then may it leave."""
        ...

    async def answered(self, mail: MailObject, reply: Reply) -> None:
        """Take the one answer to `mail`: the relay's, or a Reply without a code where the line dropped."""
        ...


class Transport(Protocol):
    """Carries mail objects to where they go."""

    async def transmit(self, outbox: Outbox) -> None:
        """Draw from `outbox` until it gives no more, and answer each exactly once.

        Raises RelayUnreachable or RelayRefused when there is nobody to hand mail to; every mail object
        that was drawn has been answered by then. When cancelled, answers what it had drawn, then goes.
        """
        ...
