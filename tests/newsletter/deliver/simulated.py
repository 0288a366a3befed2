"""A relay that is only simulated, on a clock that jumps: everything else is ours, but the wire.

A relay is a function from a line, a stage and a mail to what it says; None: all is well.
"""

import asyncio
import re
import selectors
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.transport.relay import RelaySettings
from newsletter.transport.smtp.events import Answered, Closed, DotWanted, Ready, SmtpEvent


class JumpingLoop(asyncio.SelectorEventLoop):
    """Time passes only when everybody waits, and then at once."""

    def __init__(self) -> None:
        self.moment = 0.0
        super().__init__(JumpingSelector(self))

    def time(self) -> float:
        return self.moment


class JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for ever"
            self.loop.moment += max(timeout, 1e-6)  # because a smaller step may be none at all
        return ready


def loop_time() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0


def said(stage: Stage, words: str) -> Reply:
    """Make a reply of what a relay says, as the transport reads it."""
    text = words[4:]
    status = re.match(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)", text)
    return Reply(stage, int(words[:3]), text, status[1] if status else "")


@dataclass
class SimulatedRelay:
    """Opens lines, and says what it is told to say; a mail takes it `seconds`."""

    says: "Callable[[SimulatedLine, Stage, MailObject], str | None]"
    seconds: float = 0.05
    asked: int = 0
    """How often a mail was begun."""
    under_way: int = 0
    """Mails that are being carried now."""
    lines: int = 0
    taken: Counter[str] = field(default_factory=Counter)

    async def opened(self, settings: RelaySettings, tls: object) -> "SimulatedLine":
        await asyncio.sleep(self.seconds)
        self.lines += 1
        return SimulatedLine(self)


class SimulatedLine:
    """Stands where newsletter.transport.connection stands."""

    in_chunks = in_groups = out_of_step = busy = False
    has_left = True
    extensions: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, relay: SimulatedRelay) -> None:
        self.relay = relay
        self.is_open = True
        self.carried = 0
        self.happened: Callable[[list[SmtpEvent]], None] = lambda events: None
        self.mail: MailObject | None = None

    def attend(self, happened: Callable[[list[SmtpEvent]], None]) -> None:
        self.happened = happened

    def send(self, mail: MailObject) -> None:
        self.mail = mail
        self.relay.asked += 1
        self.relay.under_way += 1
        for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA):
            if words := self.relay.says(self, stage, mail):
                asyncio.get_running_loop().call_later(self.relay.seconds / 2, self.answer, stage, words)
                return
        self.happened([DotWanted(mail)])

    def dot(self, following: None = None) -> None:
        asyncio.get_running_loop().call_later(self.relay.seconds, self.end_of_data)

    def end_of_data(self) -> None:
        assert self.mail is not None
        words = self.relay.says(self, Stage.DOT, self.mail)
        if words is None:
            self.carried += 1
            self.relay.taken[self.mail.forward_path] += 1
        self.answer(Stage.DOT, words or "250 2.0.0 taken")

    def answer(self, stage: Stage, words: str) -> None:
        assert self.mail is not None
        self.relay.under_way -= 1
        self.happened([Answered(self.mail, said(stage, words))])
        self.end() if words.startswith("421") else self.happened([Ready()])

    def end(self) -> None:
        self.is_open = False
        self.happened([Closed("the end")])

    quit = end

    def drop(self, why: str) -> None:
        self.is_open = False

    async def gone(self) -> None:
        """The socket is closed."""
