"""Mail objects in, one answer for each: all that the rest of the program knows of mail servers.

A transport draws mail objects from an Outbox until the outbox has no more, and tells it the Reply to each. In between
it asks the outbox, once per mail object, to write down that the final dot is about to leave. A mail object that it drew
and could not begin on any connection goes back to the outbox. A transport decides nothing: the outbox decides which
recipient to try again, when to pause and when to stop.
"""

from dataclasses import dataclass
from typing import Protocol

from newsletter.message import MailObject
from newsletter.policy.reply import Reply


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why we leave a relay alone: the relay's own words, and for how many more seconds."""

    seconds: float
    words: str


class Judged(Protocol):
    """What an answer means, as far as a transport needs to know; the object behind it may know more."""

    @property
    def new_line(self) -> bool:
        """Whether to replace, at once, the connection that the answer came on."""
        ...

    @property
    def gives_back(self) -> bool:
        """Whether to offer the mail again, because the answer was not about it."""
        ...

    @property
    def ends_for_now(self) -> bool:
        """Whether the relay takes no more from us for now."""
        ...


class Leave(Protocol):
    """A connection's request to send a final dot; the connection waits until it is given or refused."""

    @property
    def withdrawn(self) -> bool:
        """Whether the request was withdrawn: the dot will not leave, so nothing is written down about it."""
        ...

    def given(self) -> None:
        """Let the dot leave; raises nothing."""
        ...

    def refused(self, error: Exception) -> None:
        """Keep the dot from leaving, because of `error`; raises nothing."""
        ...


class Outbox(Protocol):
    """Where a transport draws mail objects, and where it reports the answer to each."""

    async def rest(self, seconds: float) -> bool:
        """Wait `seconds`, or less when nothing more is to be drawn; say whether that is so."""
        ...

    async def draw(self) -> MailObject | None:
        """Hand out the next mail object; None: there is no more now, finish what is under way and return."""
        ...

    def draw_at_once(self) -> MailObject | None:
        """Hand out the next mail object if that needs no waiting; None does not mean that there are no more."""
        ...

    def returned(self, mail: MailObject) -> None:
        """Take `mail` back as if it had never been drawn: no relay has seen it, or none has replied to it."""
        ...

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        """Give `leave` once it is durably recorded that the final dot of `mail` may have left, or refuse it.

        Either may come now or later.
        """
        ...

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        """Take the one answer to `mail`: the relay's, or a Reply without a code where the line dropped.

        `judged` is what the relay's throttle made of the answer; None: there is no throttle. A mail that `judged`
        gives back is among the next to be drawn.
        """
        ...


class Throttle(Protocol):
    """Decides how much to ask of one relay, from what the relay says."""

    @property
    def connections(self) -> int:
        """How many connections may be open now; 0: other machines use all that the relay allows."""
        ...

    @property
    def spent(self) -> bool:
        """Whether the relay has said that it takes no more from us for now."""
        ...

    def wait(self) -> float:
        """Return for how many more seconds to leave the relay alone."""
        ...

    def wait_before_next(self) -> float:
        """Return how many seconds to wait before one more mail, including the time that the relay is left alone."""
        ...

    def opened(self, more: int) -> None:
        """Note that so many `more` connections are open; -1: one has ended."""
        ...

    def begun(self) -> None:
        """Count one more mail as on its way."""
        ...

    def heard(self, delivery: int, reply: Reply, used: bool) -> Judged | None:
        """Judge the relay's answer to a mail; `used`: the connection had carried other mails before."""
        ...

    @property
    def why(self) -> str:
        """What the relay said last that made us ask for less; empty: nothing."""
        ...

    @property
    def standstill(self) -> Standstill | None:
        """Why the relay is left alone now; None: it is not."""
        ...

    def turned_away(self, open_now: int) -> None:
        """Note that the relay refused a further connection while `open_now` connections were open."""
        ...


class Transport(Protocol):
    """Hands mail objects over to their destination: a relay, several relays, or a folder."""

    @property
    def standstill(self) -> Standstill | None:
        """Why nothing is sent now, in the words of a relay; None: sending goes on."""
        ...

    async def transmit(self, outbox: Outbox) -> None:
        """Draw from `outbox` until it has no more; answer each mail object exactly once, or return it untried.

        Raises RelayUnreachable or RelayRefused when no relay takes mail; every mail object that was drawn has been
        answered or returned by then. When cancelled, it answers or returns what it had drawn, then ends.
        """
        ...
