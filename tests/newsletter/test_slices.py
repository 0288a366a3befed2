"""An issue in parts, and the workers that send them: who may begin what, and what becomes of the claims of the gone."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select, text, update

from newsletter import send_log
from newsletter.bounces.settling import Settlement, settle_uncertain
from newsletter.database.engine import limit_idle_transactions, open_database, reading, writing
from newsletter.database.lock import sender_lock
from newsletter.database.tables import Leaving, Lifecycle, State, deliveries, issues, senders, slices, workers
from newsletter.errors import ActionRefused, ClaimLost, DatabaseError
from newsletter.issue import Issue
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import Result, Stretch
from newsletter.send_log import slices as parts
from newsletter.send_log import workers as crew

IssueFor = Callable[..., Issue]
NAMES = [f"person{number}" for number in range(10)]
HOUR = timedelta(hours=1)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def issue(engine: Engine, issue_for: IssueFor) -> Issue:
    return issue_for(*NAMES)


def shape(engine: Engine) -> list[tuple[int, int, int, bool, int]]:
    with reading(engine) as connection:
        rows = connection.execute(select(slices).order_by(slices.c.number))
        return [(row.number, row.first, row.last, row.due_at is not None, row.priority) for row in rows]


def test_slices_hold_each_delivery_once_and_are_cut_once(engine: Engine, issue: Issue, noon: datetime) -> None:
    with writing(engine) as connection:
        assert parts.uncut(connection) == [issue.number]
        assert parts.cut(connection, issue.number, 4, noon) == 3
        assert parts.cut(connection, issue.number, 4, noon) == 0
        assert parts.uncut(connection) == []
        ids = list(connection.scalars(select(deliveries.c.id).order_by(deliveries.c.id)))
    assert shape(engine) == [
        (0, ids[0], ids[3], True, 0),
        (1, ids[4], ids[7], True, 0),
        (2, ids[8], ids[9], True, 0),
    ]


def test_the_first_wave_is_a_slice_and_the_others_wait_until_it_is_judged(
    engine: Engine, issue: Issue, noon: datetime
) -> None:
    def due() -> list[int]:
        with reading(engine) as connection:
            return [each.number for each in parts.due(connection, noon)]

    def now_it_has(**values: object) -> None:
        with writing(engine) as connection:
            connection.execute(update(issues).values(**values))

    now_it_has(canary_first=3, canary_seconds=60.0)
    with writing(engine) as connection:
        parts.cut(connection, issue.number, 4, noon)
    assert [last - first for _, first, last, _, _ in shape(engine)] == [2, 3, 2]
    assert due() == [0]
    now_it_has(canary_until=noon + HOUR)
    assert due() == []
    now_it_has(canary_first=None, canary_until=None)
    assert due() == [0, 1, 2]
    for held in ({"standing": Lifecycle.PAUSED}, {"standing": Lifecycle.OPEN, "not_before": noon + HOUR}):
        now_it_has(**held)
        assert due() == []


def test_a_claim_of_a_stretch_takes_nothing_outside_it_new_queued_or_deferred(
    engine: Engine, issue: Issue, noon: datetime
) -> None:
    with writing(engine) as connection:
        ids = list(connection.scalars(select(deliveries.c.id).order_by(deliveries.c.id)))
        connection.execute(update(deliveries).where(deliveries.c.id.in_(ids[::3])).values(at=noon))
        later = {"state": State.DEFERRED, "retry_at": noon - HOUR}
        connection.execute(update(deliveries).where(deliveries.c.id.in_(ids[1::3])).values(later))
        part = Stretch(issue.number, ids[2], ids[5])
        sender, _ = send_log.enrol(connection, issue.number, noon)
        claimed = []
        while page := send_log.claim(connection, issue.number, sender, 9, noon, noon, part):
            claimed += page
        assert sorted(each.delivery for each in claimed) == ids[2:6]
        assert send_log.is_unfinished(connection, issue.number, part)
        results = [Result(each, "", State.ACCEPTED, Reply(Stage.DOT, 250, "ok")) for each in ids[2:6]]
        send_log.record(connection, sender, results, noon, HOUR)
        assert not send_log.is_unfinished(connection, issue.number, part)
        assert send_log.next_retry(connection, issue.number, part) is None
        assert send_log.next_retry(connection, issue.number) == noon - HOUR
        assert send_log.skip_rest(connection, issue.number, noon, replace(part, last=ids[6])) == 1


def test_a_slice_is_due_again_when_something_is_to_be_done_in_it(engine: Engine, issue: Issue, noon: datetime) -> None:
    def due_at() -> datetime | None:
        with reading(engine) as connection:
            return connection.execute(select(slices.c.due_at).where(slices.c.number == 0)).scalar()

    with writing(engine) as connection:
        parts.cut(connection, issue.number, 4, noon)
        ids = list(connection.scalars(select(deliveries.c.id).order_by(deliveries.c.id)))
    part = Stretch(issue.number, ids[0], ids[3])
    for states, not_before, again in (
        ({State.QUEUED: None}, None, noon),
        ({State.QUEUED: None}, noon + HOUR, noon + HOUR),
        ({State.DEFERRED: noon + 2 * HOUR}, None, noon + 2 * HOUR),
        ({State.DEFERRED: noon + 2 * HOUR}, noon + HOUR, noon + 2 * HOUR),
        ({State.DEFERRED: noon}, noon + HOUR, noon + HOUR),
        ({State.ACCEPTED: None}, None, None),
        ({State.UNCERTAIN: None}, noon + HOUR, None),
    ):
        with writing(engine) as connection:
            connection.execute(update(deliveries).where(part.holds).values(state=State.ACCEPTED, retry_at=None))
            for state, retry_at in states.items():
                one = update(deliveries).where(deliveries.c.id == ids[1])
                connection.execute(one.values(state=state, retry_at=retry_at))
            parts.close(connection, part, 0, noon, not_before)
        assert due_at() == again, states
    with writing(engine) as connection:
        assert parts.look_again(connection, noon) == 0
        connection.execute(update(deliveries).where(deliveries.c.id == ids[1]).values(state=State.QUEUED))
        assert parts.look_again(connection, noon + HOUR) == 1
    assert due_at() == noon + HOUR


class Hand:
    """A worker's own connection to the database, which holds its lock."""

    def __init__(self, engine: Engine) -> None:
        self.connection = engine.connect()
        with self.connection.begin():
            self.number = crew.register(self.connection, "mill-1", 412)

    def dies(self) -> None:
        self.connection.invalidate()  # it closes the connection, as the end of the process does

    def begins(self, connection: Connection, issue: Issue, number: int) -> Stretch | None:
        return crew.begin_slice(connection, self.number, issue.number, number, None, crew.clock(connection))


@on_postgresql
def test_what_a_dead_worker_held_is_settled_at_once_and_its_slice_comes_first(engine: Engine, issue: Issue) -> None:
    with writing(engine) as connection:
        parts.cut(connection, issue.number, 4, crew.clock(connection))
    first, second = Hand(engine), Hand(engine)
    with writing(engine) as connection:
        part = first.begins(connection, issue, 1)
        assert part
        assert second.begins(connection, issue, 1) is None
        assert second.begins(connection, issue, 0)
        now = crew.clock(connection)
        mine = send_log.claim(connection, issue.number, part.sender, 9, now, now, part)
        send_log.mark_dotted(connection, part.sender, [mine[0].delivery])
        assert [each.number for each in parts.due(connection, now)] == [2]
    with writing(engine) as connection:
        assert crew.settle_gone(connection, 60) == []
        assert crew.alive(connection) == 2
    first.dies()
    deadline = time_is_up()
    gone: list[crew.GoneWorker] = []
    while not gone and not deadline():
        with writing(engine) as connection:
            gone = crew.settle_gone(connection, 60)
    assert [(each.worker, each.why, each.uncertain) for each in gone] == [(first.number, Leaving.DIED, 1)]
    with writing(engine) as connection:
        assert [each.number for each in parts.due(connection, crew.clock(connection))] == [1, 2]
        assert crew.alive(connection) == 1
        states = connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
        assert dict(states.all()) == {"queued": 9, "uncertain": 1}
        with pytest.raises(ClaimLost):
            first.begins(connection, issue, 2)
        with pytest.raises(ClaimLost):
            send_log.mark_dotted(connection, part.sender, [mine[1].delivery])
        assert second.begins(connection, issue, 1)
    second.dies()


@on_postgresql
def test_m8_the_clocks_of_machines_decide_nothing_and_silence_is_by_the_databases_clock(
    engine: Engine, issue: Issue
) -> None:
    """Red if a worker writes its own clock: one whose clock is late would be taken for hung."""
    hand = Hand(engine)
    with writing(engine) as connection:
        connection.execute(text("SET LOCAL timezone = 'Pacific/Kiritimati'"))
        assert crew.settle_gone(connection, 60) == []
        connection.execute(update(workers).values(heard_at=func.clock_timestamp() - timedelta(seconds=61)))
        assert [each.why for each in crew.settle_gone(connection, 60)] == [Leaving.HUNG]
        with pytest.raises(ClaimLost):
            crew.require_present(connection, hand.number)
    hand.dies()


@on_postgresql
def test_a_run_of_a_whole_issue_is_settled_once_its_program_has_died(engine: Engine, issue: Issue) -> None:
    with reading(engine) as connection:
        now = crew.clock(connection)
    with sender_lock(engine, issue.number, now), writing(engine) as connection:
        sender, _ = send_log.enrol(connection, issue.number, now)
        send_log.claim(connection, issue.number, sender, 9, now, now)
        assert crew.settle_dead_terminals(connection) == []
    with writing(engine) as connection:
        assert crew.settle_dead_terminals(connection) == [issue.number]
        assert not connection.execute(select(senders.c.id).where(senders.c.gone_at.is_(None))).all()
        assert set(connection.scalars(select(deliveries.c.state))) == {"queued"}


def time_is_up() -> Callable[[], bool]:
    end = time.monotonic() + 30
    return lambda: time.monotonic() > end


@on_postgresql
def test_what_a_lost_worker_left_in_doubt_is_not_sent_again_while_its_relay_may_answer(
    engine: Engine, issue: Issue
) -> None:
    hand = Hand(engine)
    with writing(engine) as connection:
        now = crew.clock(connection)
        parts.cut(connection, issue.number, 4, now)
        part = hand.begins(connection, issue, 0)
        assert part
        mine = send_log.claim(connection, issue.number, part.sender, 9, now, now, part)
        send_log.mark_dotted(connection, part.sender, [mine[0].delivery])
        connection.execute(update(workers).values(heard_at=now - HOUR))
        assert crew.settle_gone(connection, 60)[0].uncertain == 1
    with pytest.raises(ActionRefused, match="Try again in 15 minutes"), writing(engine) as connection:
        settle_uncertain(connection, issue.number, Settlement.RESEND)
    with writing(engine) as connection:
        assert settle_uncertain(connection, issue.number, Settlement.HOLD) == 1
        connection.execute(update(senders).values(gone_at=now - timedelta(minutes=16)))
        assert settle_uncertain(connection, issue.number, Settlement.RESEND) == 1
    hand.dies()


@on_postgresql
def test_a_transaction_of_a_worker_that_was_stopped_within_it_holds_nobody_up(
    engine: Engine, database_url: str, issue: Issue
) -> None:
    """Red without the limit: whoever settles the stopped worker waits for its locks, as long as it is stopped."""
    stopped = open_database(database_url)
    limit_idle_transactions(stopped, 0.2)
    with pytest.raises(DatabaseError):
        _write_meanwhile(stopped, engine)
    with reading(engine) as connection:
        assert connection.execute(select(issues.c.why)).scalar() == "another one does"
    stopped.dispose()


def _write_meanwhile(stopped: Engine, engine: Engine) -> None:
    with writing(stopped) as connection:
        connection.execute(update(issues).values(why="it will never commit this"))
        with writing(engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '20s'"))
            other.execute(update(issues).values(why="another one does"))
