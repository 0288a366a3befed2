"""One run of one issue over a transport that answers as it is told: who is offered, when, and what is written down.

What a real server and a real crash make of it is in tests/faults.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, select, text, update

from newsletter.database import reading, writing
from newsletter.deliver import Ending, Policy, Run, Sender, Surroundings
from newsletter.errors import DatabaseError, RelayUnreachable
from newsletter.issue import Issue
from newsletter.message import MailObject, MessageBuilder
from newsletter.tables import State, deliveries
from newsletter.transport import Outbox, Transport
from newsletter.transport.reply import Reply, Stage
from subscribers import consent
from subscribers.tables import subscribers

IssueFor = Callable[..., Issue]
BuilderOf = Callable[[Issue], MessageBuilder]

TAKEN = Reply(Stage.DOT, 250, "ok")
GREY = Reply(Stage.RCPT, 451, "greylisted", "4.7.1")
UNKNOWN = Reply(Stage.RCPT, 550, "no such user", "5.1.1")
NOT_US = Reply(Stage.RCPT, 550, "policy", "5.7.26")
LOGIN_FIRST = Reply(Stage.MAIL, 530, "log in first")


@dataclass
class Told:
    """A transport over `lines` connections that gives each address its answers in turn, then takes its mail."""

    answers: dict[str, list[Reply]] = field(default_factory=dict)
    lines: int = 3
    handed: list[str] = field(default_factory=list)
    after_each: Callable[[str], None] = lambda name: None

    async def transmit(self, outbox: Outbox) -> None:
        await asyncio.gather(*(self._line(outbox) for _ in range(self.lines)))

    async def _line(self, outbox: Outbox) -> None:
        while mail := await outbox.draw():
            name = mail.forward_path.partition("@")[0]
            reply = next(iter(self.answers.get(name, [])), TAKEN)
            self.answers.get(name, [])[:1] = []
            if reply.stage is Stage.DOT:
                await outbox.about_to_dot(mail)
            self.handed.append(name)
            await outbox.answered(mail, reply)
            self.after_each(name)
            await asyncio.sleep(0)


@dataclass
class Desk:
    """A frozen issue and everything that is needed to run it, on a clock that jumps when somebody rests."""

    engine: Engine
    issue: Issue
    builder: MessageBuilder
    moment: datetime

    def sender(self, policy: Policy | None = None) -> Sender:
        around = Surroundings(clock=lambda: self.moment, chance=lambda: 0.0)
        sender = Sender(self.engine, self.issue.number, self.builder, policy or Policy(), around)

        async def jump(seconds: float) -> bool:
            self.moment += timedelta(seconds=seconds)
            return False

        sender._outbox.rest = jump  # type: ignore[method-assign]
        return sender

    def run(self, told: Transport, policy: Policy | None = None) -> Run:
        return asyncio.run(self.sender(policy).run(told))

    def states(self) -> dict[str, str]:
        with reading(self.engine) as connection:
            rows = connection.execute(select(deliveries.c.address, deliveries.c.state))
            return {address.partition("@")[0]: state for address, state in rows}


@pytest.fixture
def desk(engine: Engine, issue_for: IssueFor, builder_of: BuilderOf, noon: datetime) -> Callable[[Iterable[str]], Desk]:
    def make(names: Iterable[str]) -> Desk:
        issue = issue_for(*names)
        return Desk(engine, issue, builder_of(issue), noon)

    return make


DeskFor = Callable[[Iterable[str]], Desk]
MANY = [f"person{number:03}" for number in range(300)]


def test_everybody_is_handed_over_once_and_the_run_is_done(desk: DeskFor) -> None:
    us, told = desk(MANY), Told()
    run = us.run(told)
    assert run.ending is Ending.DONE
    assert sorted(told.handed) == MANY
    assert Counter(us.states().values()) == {"accepted": 300}
    assert run.counts == {State.ACCEPTED: 300}


def test_a_run_that_does_not_wait_offers_everybody_once_and_says_when_the_rest_are_due(desk: DeskFor) -> None:
    us, told = desk(["ada", "grey"]), Told({"grey": [GREY]})
    run = us.run(told, Policy(first_retry=300))
    assert run.ending is Ending.WAITING
    assert run.next_retry == us.moment + timedelta(seconds=300)
    assert sorted(told.handed) == ["ada", "grey"]
    assert us.states() == {"ada": "accepted", "grey": "deferred"}


def test_a_run_that_waits_stays_until_the_last_one_is_through(desk: DeskFor, noon: datetime) -> None:
    us, told = desk(["ada", "grey"]), Told({"grey": [GREY, GREY, GREY]})
    run = us.run(told, Policy(wait=True, first_retry=300))
    assert run.ending is Ending.DONE
    assert told.handed.count("grey") == 4
    assert us.states() == {"ada": "accepted", "grey": "accepted"}
    assert us.moment >= noon + timedelta(seconds=300 + 540 + 1080)


def test_nobody_is_tried_for_ever(desk: DeskFor) -> None:
    us, told = desk(["grey"]), Told({"grey": [GREY] * 1000})
    run = us.run(told, Policy(wait=True, shelf_life=timedelta(hours=24)))
    assert run.ending is Ending.DONE
    assert us.states() == {"grey": "expired"}
    assert 20 < len(told.handed) < 40


def test_a_limit_offers_so_many_and_the_next_run_the_others(desk: DeskFor) -> None:
    us, told = desk(MANY), Told()
    assert us.run(told, Policy(limit=10)).ending is Ending.WAITING
    assert len(told.handed) == 10
    assert Counter(us.states().values()) == {"accepted": 10, "queued": 290}
    assert us.run(told).ending is Ending.DONE
    assert sorted(told.handed) == MANY


def test_five_refusals_of_the_sender_in_a_row_stop_the_issue_and_suppress_nobody(desk: DeskFor) -> None:
    us = desk(MANY)
    told = Told({name: [NOT_US] for name in MANY}, lines=1)
    run = us.run(told)
    assert run.ending is Ending.STOPPED
    assert run.stopped_by == NOT_US
    assert Counter(us.states().values()) == {"refused": 5, "queued": 295}


def test_an_answer_that_says_nothing_about_a_person_leaves_them_waiting(desk: DeskFor) -> None:
    us, told = desk(["ada", "ben"]), Told({"ada": [LOGIN_FIRST]}, lines=1)
    assert us.run(told).ending is Ending.STOPPED
    assert us.states() == {"ada": "queued", "ben": "queued"}
    assert us.run(Told()).ending is Ending.DONE


def test_after_an_interruption_nothing_is_claimed_and_the_next_run_goes_on(desk: DeskFor) -> None:
    us = desk(MANY)
    sender = us.sender()
    told = Told()
    told.after_each = lambda name: sender.interrupt() if len(told.handed) == 20 else None
    run = asyncio.run(sender.run(told))
    assert run.ending is Ending.INTERRUPTED
    states = Counter(us.states().values())
    assert 20 <= states["accepted"] < 25
    assert states["queued"] == 300 - states["accepted"]
    us.run(Told())
    assert Counter(us.states().values()) == {"accepted": 300}


def test_whoever_unsubscribes_while_the_issue_is_going_out_is_skipped(desk: DeskFor, noon: datetime) -> None:
    us, told = desk(MANY), Told(lines=1)
    with reading(us.engine) as connection:
        who = subscribers.c.address == f"{MANY[-1]}@example.org"
        last = connection.execute(select(subscribers.c.id).where(who)).scalar_one()

    def leave(name: str) -> None:
        if name == MANY[5]:
            with writing(us.engine) as connection:
                consent.withdraw(connection, last, noon, "one-click")

    told.after_each = leave
    us.run(told)
    assert us.states()[MANY[-1]] == "skipped"
    assert MANY[-1] not in told.handed


def test_somebody_whose_message_cannot_be_built_is_refused_with_the_reason_and_the_others_go(desk: DeskFor) -> None:
    us = desk(["ada", "ben", "cleo"])
    with writing(us.engine) as connection:
        broken = update(deliveries).where(deliveries.c.address == "ben@example.org").values(first_name="a\nb")
        connection.execute(broken)
    run = us.run(Told())
    assert run.ending is Ending.DONE
    assert us.states() == {"ada": "accepted", "ben": "refused", "cleo": "accepted"}
    with reading(us.engine) as connection:
        reply = connection.execute(select(deliveries.c.reply).where(deliveries.c.state == "refused")).scalar_one()
    assert "control character" in reply


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_dot_leaves_while_the_log_cannot_be_written(desk: DeskFor) -> None:
    """F27: the disk is full at the moment the first dot is to be written down."""
    us = desk(["ada"])
    dotted: list[str] = []

    class DiskFills:
        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail is not None
            full = "CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            with writing(us.engine) as connection:
                connection.execute(text(full))
            await outbox.about_to_dot(mail)
            dotted.append(mail.forward_path)

    with pytest.raises(DatabaseError, match="disk is full"):
        us.run(DiskFills())
    assert dotted == []


def test_a_relay_that_cannot_be_reached_loses_nobody(desk: DeskFor) -> None:
    us = desk(["ada", "ben"])

    class Unreachable:
        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail is not None
            await outbox.answered(mail, Reply(Stage.CONNECT, None, "connection refused"))
            raise RelayUnreachable(relay="mx.test", why="connection refused")

    with pytest.raises(RelayUnreachable):
        us.run(Unreachable())
    assert us.states() == {"ada": "deferred", "ben": "queued"}


def test_what_a_transport_gives_back_was_never_tried_and_goes_out_next(desk: DeskFor) -> None:
    us = desk(["ada", "ben", "cleo"])

    class GivesBack(Told):
        async def transmit(self, outbox: Outbox) -> None:
            ada, ben = await outbox.draw(), outbox.draw_at_once()
            assert ada
            assert ben
            outbox.returned(ben)
            await outbox.answered(ada, TAKEN)
            raise RelayUnreachable(relay="mx.test", why="the line dropped")

    with pytest.raises(RelayUnreachable):
        us.run(GivesBack(), Policy(limit=2))
    with reading(us.engine) as connection:
        tried = connection.execute(select(deliveries.c.state, deliveries.c.attempts).order_by(deliveries.c.id)).all()
    assert [tuple(row) for row in tried] == [("accepted", 1), ("queued", 0), ("queued", 0)]
    us.run(told := Told(lines=1))
    assert told.handed == ["ben", "cleo"]


def test_what_was_given_back_counts_towards_no_limit(desk: DeskFor) -> None:
    us = desk(["ada", "ben", "cleo"])

    class GivesBackOnce(Told):
        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail
            outbox.returned(mail)
            await super().transmit(outbox)

    us.run(told := GivesBackOnce(lines=1), Policy(limit=2))
    assert told.handed == ["ada", "ben"]


@pytest.mark.parametrize("why", ["stopped", "slowed down", "none left"])
def test_nothing_is_drawn_at_once_when_it_is_not_its_time(desk: DeskFor, why: str) -> None:
    us = desk(["ada"] if why == "none left" else ["ada", "ben"])
    sender = us.sender(Policy(rate=0.001 if why == "slowed down" else 0.0))
    drawn: list[MailObject | None] = []

    class DrawsAtOnce:
        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail
            if why == "stopped":
                sender.interrupt()
            drawn.append(outbox.draw_at_once())
            await outbox.answered(mail, TAKEN)

    asyncio.run(sender.run(DrawsAtOnce()))
    assert drawn == [None]


def test_the_dots_of_all_lines_share_their_commits(desk: DeskFor) -> None:
    us, commits = desk(MANY), 0

    def count(connection: Connection) -> None:
        nonlocal commits
        commits += 1

    event.listen(us.engine, "commit", count)
    us.run(Told(lines=30))
    assert commits < 100, "one commit must serve many dots"


def test_every_dot_is_written_down_before_it_may_leave(desk: DeskFor) -> None:
    us = desk(MANY[:40])
    seen: list[bool] = []

    class Watching(Told):
        async def _line(self, outbox: Outbox) -> None:
            while mail := await outbox.draw():
                await outbox.about_to_dot(mail)
                seen.append(self._is_dotted(mail))
                await outbox.answered(mail, TAKEN)

        def _is_dotted(self, mail: MailObject) -> bool:
            with reading(us.engine) as connection:
                where = deliveries.c.id == mail.delivery
                return bool(connection.execute(select(deliveries.c.dotted).where(where)).scalar_one())

    us.run(Watching())
    assert seen == [True] * 40


def test_a_mail_whose_line_dropped_before_it_was_sent_whole_goes_over_another_or_waits(desk: DeskFor) -> None:
    class OverAnotherLine:
        async def transmit(self, outbox: Outbox) -> None:
            ada = await outbox.draw()
            ben = await outbox.draw()
            assert ada
            assert ben
            for _ in range(2):  # once for each line
                await outbox.about_to_dot(ada)
            await outbox.answered(ada, TAKEN)
            await outbox.about_to_dot(ben)
            outbox.returned(ben)

    us = desk(["ada", "ben"])
    run = us.run(OverAnotherLine())
    assert run.counts[State.ACCEPTED] == 1
    assert us.states() == {"ada": "accepted", "ben": "queued"}
    us.run(Told())
    assert us.states() == {"ada": "accepted", "ben": "accepted"}
