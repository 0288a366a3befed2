"""A transport that answers as it is told, and a frozen issue to run over it, on a clock that jumps."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from newsletter.database.tables import deliveries
from newsletter.delivery import RunPolicy, RunResult, Sender, Surroundings
from newsletter.issue import Issue
from newsletter.message import MessageBuilder
from newsletter.policy.reply import Reply, Stage
from newsletter.transport import Outbox, Transport
from newsletter.transport.leave import leave_for

TAKEN = Reply(Stage.DOT, 250, "ok")
MANY = [f"person{number:03}" for number in range(300)]


@dataclass
class Told:
    """A transport over `lines` connections that gives each address its answers in turn, then takes its mail."""

    answers: dict[str, list[Reply]] = field(default_factory=dict)
    lines: int = 3
    handed: list[str] = field(default_factory=list)
    after_each: Callable[[str], None] = lambda name: None
    standstill: None = None

    async def transmit(self, outbox: Outbox) -> None:
        await asyncio.gather(*(self._line(outbox) for _ in range(self.lines)))

    async def _line(self, outbox: Outbox) -> None:
        while mail := await outbox.draw():
            name = mail.forward_path.partition("@")[0]
            reply = next(iter(self.answers.get(name, [])), TAKEN)
            self.answers.get(name, [])[:1] = []
            if reply.stage is Stage.DOT:
                await leave_for(mail, outbox)
            self.handed.append(name)
            outbox.answered(mail, reply)
            self.after_each(name)
            await asyncio.sleep(0)


@dataclass
class Desk:
    """A frozen issue and everything that is needed to run it, on a clock that jumps when somebody rests."""

    engine: Engine
    issue: Issue
    builder: MessageBuilder
    moment: datetime

    def sender(self, policy: RunPolicy | None = None) -> Sender:
        around = Surroundings(clock=lambda: self.moment, chance=lambda: 0.0)
        sender = Sender(self.engine, self.issue.number, self.builder, policy or RunPolicy(), around)

        async def jump(seconds: float) -> bool:
            self.moment += timedelta(seconds=seconds)
            return False

        sender._outbox.rest = jump  # type: ignore[method-assign]
        return sender

    def run(self, told: Transport, policy: RunPolicy | None = None) -> RunResult:
        return asyncio.run(self.sender(policy).run(told))

    def states(self) -> dict[str, str]:
        with reading(self.engine) as connection:
            rows = connection.execute(select(deliveries.c.address, deliveries.c.state))
            return {address.partition("@")[0]: state for address, state in rows}


DeskFor = Callable[[Iterable[str]], Desk]
