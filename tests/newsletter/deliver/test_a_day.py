"""A day and more of a big list, on a clock that jumps: everything is ours but the wire, where a relay is simulated.

It allows six connections, greylists one in twenty, says twice that we send too much, is gone for half an hour, and we
keep to a daily limit. The best possible is known: the limit fills the first day whatever happens in it, and the rest of
the list takes what six busy connections take.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text

from newsletter import delivery
from newsletter.compiler import CompiledEmail
from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import State, deliveries
from newsletter.delivery import Ending, RunPolicy, RunResult, Sender, Surroundings
from newsletter.delivery.throttle import RelayThrottle
from newsletter.errors import RelayUnreachable
from newsletter.issue import Issue, Letterhead, freeze
from newsletter.message import MailObject, MessageBuilder
from newsletter.policy.reply import Reply, Stage
from newsletter.post import Post
from newsletter.settings import Durability
from newsletter.transport import worker
from newsletter.transport.relay import Relay, RelaySettings
from newsletter.transport.smtp.events import Answered, Closed, DotWanted, Ready, SmtpEvent
from subscribers.tables import subscribers
from tests.newsletter.deliver.simulated import JumpingLoop, loop_time

HOUR = 3600.0
ALLOWED, WANTED = 6, 20
LIMIT_SHARE = 0.7
DAY_OF_WORK = 16 * HOUR
"""So long six busy connections take for a day's limit."""
OUTAGE = (5 * HOUR, 5.5 * HOUR)
TOO_MUCH = [2 * HOUR, 9 * HOUR]


@dataclass
class Simulated:
    """The relay: what it took and when, and who is greylisted."""

    seconds: float
    """For one mail on one connection."""
    taken: Counter[str] = field(default_factory=Counter)
    greylisted: set[str] = field(default_factory=set)
    too_much: deque[float] = field(default_factory=lambda: deque(TOO_MUCH))
    open: int = 0
    widest: int = 0

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def is_gone(self) -> bool:
        return OUTAGE[0] <= self.now() < OUTAGE[1]

    async def opened(self, settings: RelaySettings, tls: object) -> "Line":
        await asyncio.sleep(0.1)
        if self.is_gone or self.open >= ALLOWED:
            raise RelayUnreachable(relay=settings.name, why="it is simulated")
        self.open += 1
        self.widest = max(self.widest, self.open)
        return Line(self)

    def answer_at_rcpt(self, mail: MailObject) -> Reply | None:
        if self.too_much and self.now() >= self.too_much[0]:
            self.too_much.popleft()
            return Reply(Stage.RCPT, 421, "unusual rate", "4.7.28")
        if mail.delivery % 20 == 0 and mail.forward_path not in self.greylisted:
            self.greylisted.add(mail.forward_path)
            return Reply(Stage.RCPT, 451, "greylisted", "4.7.1")
        return None


class Line:
    """Stands where newsletter.transport.connection stands."""

    in_chunks = in_groups = out_of_step = False
    has_left = True
    extensions: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, relay: Simulated) -> None:
        self.relay = relay
        self.is_open = True
        self.happened: Callable[[list[SmtpEvent]], None] = lambda events: None
        self.mail: MailObject | None = None

    def attend(self, happened: Callable[[list[SmtpEvent]], None]) -> None:
        self.happened = happened

    def send(self, mail: MailObject) -> None:
        self.mail = mail
        reply = self.relay.answer_at_rcpt(mail)
        if reply is None:
            self.happened([DotWanted(mail)])
        else:
            self.happened([Answered(mail, reply)])
            self.end() if reply.code == 421 else self.happened([Ready()])

    def dot(self, following: None = None) -> None:
        asyncio.get_running_loop().call_later(self.relay.seconds, self.take)

    def take(self) -> None:
        assert self.mail is not None
        if self.relay.is_gone:
            self.happened([Answered(self.mail, Reply(Stage.DOT, None, "the line dropped"))])
            self.end()
        else:
            self.relay.taken[self.mail.forward_path] += 1
            self.happened([Answered(self.mail, Reply(Stage.DOT, 250, "taken"))])
            self.happened([Ready()])

    def end(self) -> None:
        self.is_open = False
        self.happened([Closed("the end")])

    quit = end

    def drop(self, why: str) -> None:
        self.is_open = False

    async def gone(self) -> None:
        self.relay.open -= 1


@pytest.fixture
def crowd(tmp_path: Path, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime) -> Callable[..., Any]:
    """Freeze an issue for so many people, in a database that need not outlive the machine."""

    def frozen(people: int) -> tuple[Engine, Issue]:
        engine = open_database(f"sqlite:///{tmp_path}/day.db", Durability.PROCESS)
        upgrade(engine)
        row = {"first_name": "A", "consent": "confirmed", "joined_at": noon}
        with writing(engine) as connection:
            for start in range(0, people, 10_000):
                batch = range(start, min(start + 10_000, people))
                connection.execute(insert(subscribers), [{"address": f"p{n}@example.org", **row} for n in batch])
            return engine, freeze(connection, post, email, head, noon)

    return frozen


def run_for_days(sender: Sender, relay: Simulated, seen: list[float]) -> RunResult:
    async def scene() -> RunResult:
        loop = asyncio.get_running_loop()
        settings = RelaySettings("relay.test", 25, connections=WANTED, outage=HOUR)
        run = await sender.run(Relay(settings, throttle=RelayThrottle(WANTED, ticks=loop.time)))
        seen.append(loop.time())
        return run

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(scene())


def busiest_day(engine: Engine, noon: datetime) -> int:
    """Count the acceptances in each stretch of 24 hours that begins with one; say the most."""
    with reading(engine) as connection:
        taken = select(deliveries.c.at).where(deliveries.c.state == State.ACCEPTED).order_by(deliveries.c.at)
        moments = [(at - noon).total_seconds() for at in connection.scalars(taken)]
    first = most = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 24 * HOUR:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.thorough
@pytest.mark.parametrize("people", [6_000, pytest.param(1_000_000, marks=pytest.mark.nightly)])
def test_over_two_days_all_sums_hold_and_the_time_is_near_the_best(
    people: int,
    crowd: Callable[[int], tuple[Engine, Issue]],
    builder_of: Callable[[Issue], MessageBuilder],
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, issue = crowd(people)
    limit = int(people * LIMIT_SHARE)
    relay = Simulated(seconds=DAY_OF_WORK * ALLOWED / limit)
    monkeypatch.setattr(worker, "open_connection", relay.opened)
    monkeypatch.setattr(delivery, "WATCH_SECONDS", HOUR)  # nobody steers
    around = Surroundings(clock=lambda: noon + timedelta(seconds=loop_time()), ticks=loop_time, chance=lambda: 0.5)
    policy = RunPolicy(wait=True, daily_limit=limit)
    ended: list[float] = []
    run = run_for_days(Sender(engine, issue.number, builder_of(issue), policy, around), relay, ended)
    assert run.ending is Ending.DONE

    with reading(engine) as connection:
        states = Counter(connection.scalars(select(deliveries.c.state)))
        tries = connection.execute(text("SELECT count(*) FROM attempts")).scalar_one()
    assert states.total() == people
    assert set(states) <= {"accepted", "uncertain"}
    assert states["accepted"] == relay.taken.total() == len(relay.taken)
    assert 0 < states["uncertain"] <= ALLOWED, "one for each line that was cut at most"
    greylisted = len(relay.greylisted)
    assert tries == greylisted + states["uncertain"], "being asked to rest is not a try"
    assert greylisted == people // 20, "each of them once"
    assert relay.widest == ALLOWED
    assert busiest_day(engine, noon) <= limit

    best = 24 * HOUR + (people - limit) * relay.seconds / ALLOWED
    print(f"{people:,} people: {ended[0] / HOUR:.2f} hours, the best possible is {best / HOUR:.2f}")
    assert ended[0] <= 1.1 * best
    engine.dispose()
