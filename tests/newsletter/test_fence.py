"""M3 and M6: a sender that is taken for dead and is not, statement by statement: what is another's it cannot change.

By statements, because a double needs a retry between another's claim and a late dot, which does not come by chance; the
same with whole programs is in tests/faults/test_taken_for_dead.py.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, func, select, text, update

from newsletter import send_log
from newsletter.bounces.settling import Settlement, settle_uncertain
from newsletter.database.engine import open_database, reading, writing, written
from newsletter.database.tables import Leaving, State, attempts, deliveries
from newsletter.errors import ClaimLost
from newsletter.issue import Issue
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import Result

IssueFor = Callable[..., Issue]
DAY = timedelta(days=1)
TAKEN, LATER = Reply(Stage.DOT, 250, "ok"), Reply(Stage.RCPT, 451, "later")
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


class Hand:
    """A sender, one statement at a time; each is a transaction of its own, as in the program."""

    def __init__(self, engine: Engine, issue: Issue, at: datetime) -> None:
        self.engine, self.issue, self.at = engine, issue.number, at
        with writing(engine) as connection:
            self.number, self.left = send_log.enrol(connection, self.issue, at)
        self.held: list[int] = []
        self.dotted: list[int] = []

    def claim(self) -> None:
        with writing(self.engine) as connection:
            send_log.require_present(connection, self.number, self.at)
            due = self.at + DAY
            self.held += [
                each.delivery for each in send_log.claim(connection, self.issue, self.number, 9, self.at, due)
            ]

    def dot(self) -> None:
        """Have the dots of all it holds leave, if the log allows it."""
        with writing(self.engine) as connection:
            send_log.mark_dotted(connection, self.number, self.held)
        self.dotted += self.held

    def hear(self, state: State, reply: Reply) -> int:
        results = [Result(each, "", state, reply, self.at if state is State.DEFERRED else None) for each in self.held]
        with writing(self.engine) as connection:
            changed = send_log.record(connection, self.number, results, self.at, DAY)
            if changed < len(results) and send_log.is_gone(connection, self.number):
                send_log.learn_late(connection, self.number, results, self.at)
        self.held = []
        return changed

    def leave(self) -> Counter[State]:
        with writing(self.engine) as connection:
            return send_log.leave(connection, self.issue, self.number, Leaving.DONE, self.at)


def states(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(deliveries.c.state).order_by(deliveries.c.id)))


def test_m03_a_sender_that_was_taken_for_dead_marks_no_dot_on_what_is_anothers(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    """Red without `sender` in the WHERE of mark_dotted: two dots leave for one person, and both are accepted."""
    issue = issue_for("ada")
    first = Hand(engine, issue, noon)
    first.claim()
    second = Hand(engine, issue, noon)
    assert second.left == {State.QUEUED: 1}
    second.claim()
    with pytest.raises(ClaimLost):
        first.dot()
    second.hear(State.DEFERRED, LATER)
    second.claim()
    second.dot()
    assert second.hear(State.ACCEPTED, TAKEN) == 1
    assert states(engine) == ["accepted"]


def test_m03_nor_a_result_nor_a_note_nor_gives_it_back(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    """Red without `sender` in the WHERE of record, of what is to be noted, or of what leaving settles."""
    issue = issue_for("ada")
    first = Hand(engine, issue, noon)
    first.claim()
    second = Hand(engine, issue, noon)
    second.claim()
    second.dot()
    assert first.hear(State.REFUSED, Reply(Stage.RCPT, 550, "5.1.1 unknown")) == 0
    assert first.leave().total() == 0
    with pytest.raises(ClaimLost):
        first.claim()
    assert states(engine) == ["sending"]
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(attempts)).scalar() == 0
    assert second.hear(State.ACCEPTED, TAKEN) == 1


def test_a_late_answer_settles_what_is_uncertain_and_never_what_was_ordered_to_be_sent_again(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben")
    first = Hand(engine, issue, noon)
    first.claim()
    first.dot()
    second = Hand(engine, issue, noon)
    assert second.left == {State.UNCERTAIN: 2}
    first.held, later = first.held[:1], first.held[1:]
    first.hear(State.ACCEPTED, TAKEN)
    assert states(engine) == ["accepted", "uncertain"]
    with writing(engine) as connection:
        settle_uncertain(connection, issue.number, Settlement.RESEND)
    first.held = later
    first.hear(State.ACCEPTED, TAKEN)
    assert states(engine) == ["accepted", "queued"]


def test_no_order_of_what_two_senders_do_lets_two_dots_leave_for_one_person(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    """Every order of five of the first one's steps and the second's, around its taking over, in turn.

    A second dot may leave only after an answer that says the relay holds nothing. Red without `sender` in the dot, or
    in the result, or where what is past the dot is queued again by `enrol` or `leave`.
    """
    issue = issue_for("ada")
    for order in itertools.product(range(2), repeat=6):
        for firsts in (("claim", "dot", "defer"), ("claim", "dot", "leave"), ("claim", "defer", "claim")):
            with writing(engine) as connection:
                connection.execute(delete(attempts))
                connection.execute(update(deliveries).values(state=State.QUEUED, dotted=False, sender=None))
            _play(engine, issue, noon, order, firsts)


def _play(engine: Engine, issue: Issue, noon: datetime, order: tuple[int, ...], firsts: tuple[str, ...]) -> None:
    """`order` says whose turn it is; the second enrols at its first."""
    first = Hand(engine, issue, noon)
    steps = [iter((*firsts, "dot", "accept", "leave")), iter(("claim", "dot", "defer", "claim", "dot", "accept"))]
    hands: list[Hand | None] = [first, None]
    out = 0
    for turn in order:
        hand = hands[turn] = hands[turn] or Hand(engine, issue, noon)
        try:
            out += _step(hand, next(steps[turn]))
        except ClaimLost:
            hand.held = []
        assert out <= 1, f"two dots: {order}, {firsts}"


def _step(hand: Hand, step: str) -> int:
    """Say how many messages more the relay may have because of it."""
    before = len(hand.dotted)
    match step:
        case "claim":
            hand.claim()
        case "dot":
            hand.dot()
            return len(hand.dotted) - before
        case "accept":
            hand.hear(State.ACCEPTED, TAKEN)
        case "defer":
            said_no = len(hand.held) if hand.dotted else 0  # a 4yz to the dot: the relay holds nothing of it
            return -min(said_no, hand.hear(State.DEFERRED, LATER))
        case "leave":
            hand.leave()
    return 0


@on_postgresql
@pytest.mark.parametrize("committed_first", [True, False])
def test_m06_a_dot_whose_commit_hangs_while_its_sender_is_settled_leaves_uncertain_or_not_at_all(
    engine: Engine, database_url: str, issue_for: IssueFor, noon: datetime, committed_first: bool
) -> None:
    """Red with two statements in place of one: the first does not see what the second waits for, and it stays
    `sending` though its sender is gone. On SQLite the two cannot meet: there is one writer at a time."""
    issue = issue_for("ada")
    first = Hand(engine, issue, noon)
    first.claim()
    with another(database_url) as hanging:
        transaction = hanging.begin()
        send_log.mark_dotted(hanging, first.number, first.held)
        taken_over: list[Hand] = []
        other = threading.Thread(target=lambda: taken_over.append(Hand(engine, issue, noon)))
        other.start()
        wait_for(lambda: _somebody_waits(engine))
        transaction.commit() if committed_first else transaction.rollback()
        other.join(60)
    assert taken_over[0].left == {State.UNCERTAIN if committed_first else State.QUEUED: 1}
    assert states(engine) == ["uncertain" if committed_first else "queued"]


@on_postgresql
def test_m06_what_is_claimed_while_its_sender_is_settled_is_settled_too(
    engine: Engine, database_url: str, issue_for: IssueFor, noon: datetime
) -> None:
    """Red where a claim does not write its sender's row: it is not seen, and stays claimed by somebody gone."""
    issue = issue_for("ada")
    first = Hand(engine, issue, noon)
    with another(database_url) as hanging:
        transaction = hanging.begin()
        send_log.require_present(hanging, first.number, noon)
        send_log.claim(hanging, issue.number, first.number, 9, noon, noon)
        taken_over: list[Hand] = []
        other = threading.Thread(target=lambda: taken_over.append(Hand(engine, issue, noon)))
        other.start()
        wait_for(lambda: _somebody_waits(engine) or taken_over)
        transaction.commit()
        other.join(60)
    assert taken_over[0].left == {State.QUEUED: 1}
    assert states(engine) == ["queued"]


@contextmanager
def another(url: str) -> Iterator[Connection]:
    engine = open_database(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@on_postgresql
def test_a_run_begins_although_the_database_ends_its_first_try_for_a_deadlock(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben")
    first = Hand(engine, issue, noon)
    first.claim()
    tries: list[int] = []
    numbers: list[int] = []

    def enrol(connection: Connection) -> int:
        tries.append(1)
        return send_log.enrol(connection, issue.number, noon)[0]

    begin = threading.Thread(target=lambda: numbers.append(written(engine, enrol)))
    with writing(engine) as late:  # it holds ben, and then wants ada, whom the new run has by then
        late.execute(select(deliveries.c.id).where(deliveries.c.id == max(first.held)).with_for_update())
        begin.start()
        wait_for(lambda: _somebody_waits(engine))
        late.execute(select(deliveries.c.id).where(deliveries.c.id == min(first.held)).with_for_update())
    begin.join()
    assert len(tries) == 2
    assert numbers
    with reading(engine) as connection:
        assert send_log.tally(connection, issue.number)[State.QUEUED] == 2


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())
