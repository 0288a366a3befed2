"""One run of one issue over a transport that answers as it is told: who is offered, when, and what is written down.

What a real server and a real crash make of it is in tests/faults.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from newsletter import delivery
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Lifecycle, State, deliveries
from newsletter.delivery import Ending, RunPolicy
from newsletter.delivery.lifecycle import lifecycle_of, pause
from newsletter.errors import DatabaseError, RelayUnreachable
from newsletter.policy.reply import Reply, Stage
from newsletter.transport import Outbox
from subscribers import consent
from subscribers.tables import subscribers
from tests.newsletter.deliver.told import MANY, DeskFor, Told

GREY = Reply(Stage.RCPT, 451, "greylisted", "4.7.1")
NOT_US = Reply(Stage.RCPT, 550, "policy", "5.7.26")
LOGIN_FIRST = Reply(Stage.MAIL, 530, "log in first")


def test_everybody_is_handed_over_once_and_the_run_is_done(desk: DeskFor) -> None:
    us, told = desk(MANY), Told()
    run = us.run(told)
    assert run.ending is Ending.DONE
    assert sorted(told.handed) == MANY
    assert Counter(us.states().values()) == {"accepted": 300}
    assert run.counts == {State.ACCEPTED: 300}


def test_a_run_that_does_not_wait_offers_everybody_once_and_says_when_the_rest_are_due(desk: DeskFor) -> None:
    us, told = desk(["ada", "grey"]), Told({"grey": [GREY]})
    run = us.run(told, RunPolicy(first_retry=300))
    assert run.ending is Ending.WAITING
    assert run.next_retry == us.moment + timedelta(seconds=300)
    assert sorted(told.handed) == ["ada", "grey"]
    assert us.states() == {"ada": "accepted", "grey": "deferred"}


def test_a_run_that_waits_stays_until_the_last_one_is_through(desk: DeskFor, noon: datetime) -> None:
    us, told = desk(["ada", "grey"]), Told({"grey": [GREY, GREY, GREY]})
    run = us.run(told, RunPolicy(wait=True, first_retry=300))
    assert run.ending is Ending.DONE
    assert told.handed.count("grey") == 4
    assert us.states() == {"ada": "accepted", "grey": "accepted"}
    assert us.moment >= noon + timedelta(seconds=300 + 540 + 1080)


def test_nobody_is_tried_for_ever(desk: DeskFor) -> None:
    us, told = desk(["grey"]), Told({"grey": [GREY] * 1000})
    run = us.run(told, RunPolicy(wait=True, shelf_life=timedelta(hours=24)))
    assert run.ending is Ending.DONE
    assert us.states() == {"grey": "expired"}
    assert 20 < len(told.handed) < 40


def test_a_limit_offers_so_many_and_the_next_run_the_others(desk: DeskFor) -> None:
    us, told = desk(MANY), Told()
    assert us.run(told, RunPolicy(limit=10)).ending is Ending.WAITING
    assert len(told.handed) == 10
    assert Counter(us.states().values()) == {"accepted": 10, "queued": 290}
    assert us.run(told).ending is Ending.DONE
    assert sorted(told.handed) == MANY


def test_five_refusals_of_the_sender_in_a_row_stop_the_issue_and_all_are_queued_again(desk: DeskFor) -> None:
    us = desk(MANY)
    told = Told({name: [NOT_US] for name in MANY}, lines=1)
    run = us.run(told)
    assert run.ending is Ending.STOPPED
    assert run.stopped_by
    assert (run.stopped_by.reply, run.stopped_by.for_now) == (NOT_US, False)
    assert us.states() == dict.fromkeys(MANY, "queued")
    assert len(told.handed) == 5
    assert run.counts == {State.QUEUED: 5, State.REFUSED: 0}


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


def test_a_pause_is_seen_though_the_look_before_it_failed(desk: DeskFor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "WATCH_SECONDS", 0.01)
    us = desk(MANY)
    sender = us.sender()
    failed = asyncio.Event()

    def fail_once(connection: Connection, issue: int) -> Lifecycle:
        monkeypatch.setattr(delivery, "lifecycle_of", lifecycle_of)
        failed.set()
        raise DatabaseError(database="the database", why="the line dropped")

    class PausedMeanwhile(Told):
        async def transmit(self, outbox: Outbox) -> None:
            monkeypatch.setattr(delivery, "lifecycle_of", fail_once)
            await failed.wait()
            with writing(us.engine) as connection:
                pause(connection, us.issue.number, "")
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    while not sender._outbox.stopping:  # noqa: ASYNC110  # the outbox calls nobody
                        await asyncio.sleep(0.01)
            await super().transmit(outbox)

    assert asyncio.run(sender.run(PausedMeanwhile())).ending is Ending.PAUSED


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


def test_a_relay_that_cannot_be_reached_loses_nobody(desk: DeskFor) -> None:
    us = desk(["ada", "ben"])

    class Unreachable:
        standstill: None = None

        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail is not None
            outbox.answered(mail, Reply(Stage.CONNECT, None, "connection refused"))
            raise RelayUnreachable(relay="mx.test", why="connection refused")

    with pytest.raises(RelayUnreachable):
        us.run(Unreachable())
    assert us.states() == {"ada": "deferred", "ben": "queued"}
