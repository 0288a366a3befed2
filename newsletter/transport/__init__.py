"""Messages in, an answer for each: what the rest of the program knows of mail servers.

A transport draws mail objects from an Outbox until it gives no more, and tells it the Reply to each. Between the two it
asks the outbox, once per mail object, to write down that the final dot is about to leave. What it drew and could begin
nowhere it gives back. It decides nothing:
whom to try again, when to pause and when to stop is the outbox's business.
"""

from dataclasses import dataclass
from typing import Protocol

from newsletter.message import MailObject
from newsletter.transport.reply import Reply


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why a relay is left alone: its own words, and for how many more seconds."""

    seconds: float
    words: str


class Judged(Protocol):
    """What an answer means; whoever made it knows more of it than a transport needs."""

    @property
    def new_line(self) -> bool:
        """Whether the connection it came on is to be replaced at once."""
        ...

    @property
    def gives_back(self) -> bool:
        """Whether the mail is to be offered again, because the answer was not about it."""
        ...

    @property
    def ends_for_now(self) -> bool:
        """Whether the relay takes no more from us for now."""
        ...


class Leave(Protocol):
    """Who asks that a final dot may leave, and waits for that."""

    @property
    def withdrawn(self) -> bool:
        """Whether the dot will not leave any more: then nothing is to be written down of it."""
        ...

    def given(self) -> None:
        """Let the dot leave; raises nothing."""
        ...

    def refused(self, error: Exception) -> None:
        """Let it not leave, because of `error`; raises nothing."""
        ...


class Outbox(Protocol):
    """What a transport draws from and answers to."""

    async def rest(self, seconds: float) -> bool:
        """Wait, and say whether nothing more is to be drawn; it then ends at once."""
        ...

    async def draw(self) -> MailObject | None:
        """Hand out the next mail object; None: there is no more now, finish what is under way and return."""
        ...

    def draw_at_once(self) -> MailObject | None:
        """Hand out the next mail object if that takes no waiting; None says nothing about whether there are more."""
        ...

    def returned(self, mail: MailObject) -> None:
        """Take `mail` back as if it had never been drawn: no relay has heard of it, or none has answered a word."""
        ...

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        """Give `leave`, now or later, once it is durable that the final dot of `mail` may have left; or refuse it."""
        ...

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        """Take the one answer to `mail`: the relay's, or a Reply without a code where the line dropped.

        `judged` is what the throttle of the relay made of it; None: there is no throttle. What is given back by it is
        among the next to be drawn.
        """
        ...


class Throttle(Protocol):
    """How much one relay may be asked for; told what the relay says, it decides."""

    @property
    def connections(self) -> int:
        """How many there may be now; one at least."""
        ...

    @property
    def spent(self) -> bool:
        """Whether the relay has said that it takes no more from us for now."""
        ...

    def wait(self) -> float:
        """Say how many seconds the relay is still to be left alone."""
        ...

    def wait_before_next(self) -> float:
        """Say how many seconds to wait before one more mail, the time that the relay is left alone included."""
        ...

    def begun(self) -> None:
        """Take it that one more mail is on its way."""
        ...

    def heard(self, delivery: int, reply: Reply, used: bool) -> Judged | None:
        """Judge the relay's answer to a mail; `used`: its line had carried others before."""
        ...

    @property
    def why(self) -> str:
        """What the relay said last that made us ask for less; empty: nothing."""
        ...

    @property
    def standstill(self) -> Standstill | None:
        """Why the relay is left alone just now; None: it is not."""
        ...

    def turned_away(self, standing: int) -> None:
        """Take it that the relay refused one more connection while so many stood."""
        ...


class Transport(Protocol):
    """Carries mail objects to where they go."""

    @property
    def standstill(self) -> Standstill | None:
        """Why nothing is carried just now, in the words of a relay; None: it goes on."""
        ...

    async def transmit(self, outbox: Outbox) -> None:
        """Draw from `outbox` until it gives no more, and answer each exactly once, or return it untried.

        Raises RelayUnreachable or RelayRefused when there is nobody to hand mail to; every mail object that was
        drawn has been answered or returned by then. When cancelled, answers or returns what it had drawn, then goes.
        """
        ...
