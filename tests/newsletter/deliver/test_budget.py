"""The daily limit and the warm-up: over all issues, from the log, whatever was restarted meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from newsletter.database.tables import State, deliveries
from newsletter.delivery import Ending, RunPolicy, RunResult, Sender, Surroundings
from newsletter.issue import Issue
from newsletter.message import MessageBuilder
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log.spent import PERIOD
from newsletter.transport import Outbox
from newsletter.transport.leave import leave_for

MANY = [f"person{number:03}" for number in range(60)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Taking:
    """A transport that takes everything."""

    standstill: None = None

    async def transmit(self, outbox: Outbox) -> None:
        while mail := await outbox.draw():
            await leave_for(mail, outbox)
            outbox.answered(mail, Reply(Stage.DOT, 250, "ok"))


@dataclass
class Desk:
    engine: Engine
    issue: Issue
    builder: MessageBuilder
    moment: datetime

    def run(self, **policy: object) -> RunResult:
        """One run, by a program that has just been started."""
        around = Surroundings(clock=lambda: self.moment)
        sender = Sender(self.engine, self.issue.number, self.builder, RunPolicy(**policy), around)  # type: ignore[arg-type]

        async def jump(seconds: float) -> bool:
            self.moment += timedelta(seconds=seconds)
            return False

        sender._outbox.rest = jump  # type: ignore[method-assign]
        return asyncio.run(sender.run(Taking()))

    def accepted(self) -> int:
        with reading(self.engine) as connection:
            return Counter(connection.scalars(select(deliveries.c.state)))[State.ACCEPTED]

    def by_day(self, since: datetime) -> list[int]:
        with reading(self.engine) as connection:
            days = Counter((at - since) // DAY for at in connection.scalars(select(deliveries.c.at)) if at)
        return [days[day] for day in range(max(days) + 1)]


@pytest.fixture
def desk(
    engine: Engine,
    issue_for: Callable[..., Issue],
    builder_of: Callable[[Issue], MessageBuilder],
    noon: datetime,
) -> Desk:
    issue = issue_for(*MANY)
    return Desk(engine, issue, builder_of(issue), noon)


def test_a_used_up_day_ends_the_run_and_says_when_the_next_begins(desk: Desk, noon: datetime) -> None:
    run = desk.run(daily_limit=25)
    assert (run.ending, desk.accepted()) == (Ending.WAITING, 25)
    assert run.next_retry == noon + DAY + PERIOD  # what went out is kept in sums over so long


def test_a_restart_forgets_nothing_of_what_went_out(desk: Desk) -> None:
    desk.run(daily_limit=25)
    desk.moment += 23 * HOUR
    assert desk.run(daily_limit=25).ending is Ending.WAITING
    assert desk.accepted() == 25
    desk.moment += 2 * HOUR
    desk.run(daily_limit=25)
    assert desk.accepted() == 50


def test_a_run_that_waits_goes_on_day_by_day(desk: Desk, noon: datetime) -> None:
    assert desk.run(daily_limit=25, wait=True).ending is Ending.DONE
    assert desk.by_day(noon) == [25, 25, 10]


def test_a_warm_up_lets_out_a_little_more_each_day(desk: Desk, noon: datetime) -> None:
    assert desk.run(warm_up=(5, 10, 20), wait=True).ending is Ending.DONE
    assert desk.by_day(noon) == [5, 10, 20, 25]


def test_a_warm_up_that_began_earlier_is_where_it_would_be(desk: Desk, noon: datetime) -> None:
    desk.run(warm_up=(5, 10, 20), warm_up_from=noon - 2 * DAY)
    assert desk.accepted() == 20


def test_another_issue_shares_the_day(desk: Desk, issue_for: Callable[..., Issue]) -> None:
    desk.run(daily_limit=25)
    desk.issue = issue_for("ada", "ben")
    desk.run(daily_limit=26)
    assert desk.accepted() == 26


def test_without_a_limit_nobody_counts(desk: Desk) -> None:
    assert desk.run().ending is Ending.DONE
    assert desk.accepted() == len(MANY)
