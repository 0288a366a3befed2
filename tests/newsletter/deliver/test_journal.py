"""When the send log is written: with the next dot, or soon; and whose dots are in it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from newsletter import send_log
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, attempts, deliveries
from newsletter.delivery import journal
from newsletter.delivery.journal import Journal
from newsletter.errors import ClaimLost, DatabaseError
from newsletter.issue import Issue
from newsletter.message import Recipient
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import Result
from newsletter.transport.leave import AwaitedLeave

IssueFor = Callable[..., Issue]
TAKEN = Reply(Stage.DOT, 250, "ok")
ONE = 1
"""The number of the first sender that enrols."""


@pytest.fixture
def kept(engine: Engine, noon: datetime) -> Iterator[Journal]:
    kept = Journal(engine, timedelta(days=1), lambda: noon)
    kept.sender = ONE
    yield kept
    kept.close()


def claimed(engine: Engine, issue: Issue, noon: datetime) -> list[Recipient]:
    with writing(engine) as connection:
        send_log.enrol(connection, issue.number, noon)
        return send_log.claim(connection, issue.number, ONE, 10, noon, noon)


def accepted(engine: Engine, issue: Issue) -> int:
    with reading(engine) as connection:
        return send_log.tally(connection, issue.number)[State.ACCEPTED]


async def leave_of(kept: Journal, recipient: Recipient) -> None:
    leave = AwaitedLeave()
    kept.dot(recipient.delivery, leave)
    await leave.wait()


def took(recipient: Recipient) -> Result:
    return Result(recipient.delivery, recipient.address, State.ACCEPTED, TAKEN)


def test_a_result_is_written_soon_though_no_dot_follows(
    engine: Engine, issue_for: IssueFor, noon: datetime, kept: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LONGEST_UNWRITTEN", 0.01)
    issue = issue_for("ada", "ben")
    ada, ben = claimed(engine, issue, noon)

    async def scene() -> None:
        for each in (ada, ben):
            await leave_of(kept, each)
            kept.result(took(each))
            async with asyncio.timeout(20):
                while accepted(engine, issue) < each.delivery:  # noqa: ASYNC110  # the database calls nobody
                    await asyncio.sleep(0.005)

    asyncio.run(scene())
    assert accepted(engine, issue) == 2


def test_those_who_ask_in_one_turn_share_a_transaction_and_it_carries_the_results(
    engine: Engine, issue_for: IssueFor, noon: datetime, kept: Journal
) -> None:
    issue = issue_for("ada", "ben", "cleo")
    ada, ben, cleo = claimed(engine, issue, noon)
    groups = []
    written = kept._writer.writing

    def counted() -> AbstractContextManager[Connection]:
        groups.append(accepted(engine, issue))
        return written()

    kept._writer.writing = counted  # type: ignore[method-assign, assignment]

    async def scene() -> None:
        await asyncio.gather(leave_of(kept, ada), leave_of(kept, ben))
        kept.result(took(ada))
        kept.result(took(ben))
        await leave_of(kept, cleo)

    asyncio.run(scene())
    assert groups == [0, 0]
    assert accepted(engine, issue) == 2


def test_a_connection_that_was_cancelled_marks_no_dot(
    engine: Engine, issue_for: IssueFor, noon: datetime, kept: Journal
) -> None:
    issue = issue_for("ada", "ben")
    ada, ben = claimed(engine, issue, noon)

    async def scene() -> None:
        given_up = asyncio.create_task(leave_of(kept, ada))
        wanted = asyncio.create_task(leave_of(kept, ben))
        await asyncio.sleep(0)
        given_up.cancel()
        await wanted

    asyncio.run(scene())
    with writing(engine) as connection:
        assert send_log.enrol(connection, issue.number, noon)[1] == {State.UNCERTAIN: 1, State.QUEUED: 1}


@contextmanager
def answers_lost(kept: Journal) -> Iterator[None]:
    """Have every commit be done, and reported as failed."""
    writing_ = kept._writer.writing

    @contextmanager
    def lost_on_the_way_back() -> Iterator[Connection]:
        with writing_() as connection:
            yield connection
        raise DatabaseError(database="the database", why="the line dropped")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept._writer, "writing", lost_on_the_way_back)
        yield


def test_a_dot_whose_mark_was_committed_and_said_to_have_failed_leaves_with_the_next_group(
    engine: Engine, issue_for: IssueFor, noon: datetime, kept: Journal
) -> None:
    issue = issue_for("ada", "ben")
    ada, ben = claimed(engine, issue, noon)

    async def scene() -> None:
        waiting = asyncio.create_task(leave_of(kept, ada))
        await asyncio.sleep(0)
        with answers_lost(kept), pytest.raises(DatabaseError):
            kept.flush()
        await asyncio.gather(waiting, leave_of(kept, ben))  # as one group: one marked before, one not
        with pytest.raises(ClaimLost):  # whatever else asks twice is still not believed
            await leave_of(kept, ada)

    asyncio.run(scene())
    assert kept.dotted == {ada.delivery, ben.delivery}


def test_a_dot_that_was_marked_before_leaves_for_no_sender_that_lost_it_since(
    engine: Engine, issue_for: IssueFor, noon: datetime, kept: Journal
) -> None:
    issue = issue_for("ada")
    (ada,) = claimed(engine, issue, noon)

    async def scene() -> None:
        waiting = asyncio.create_task(leave_of(kept, ada))
        await asyncio.sleep(0)
        with answers_lost(kept), pytest.raises(DatabaseError):
            kept.flush()
        with writing(engine) as connection:
            assert send_log.enrol(connection, issue.number, noon)[1] == {State.UNCERTAIN: 1}
        with pytest.raises(ClaimLost):
            await waiting

    asyncio.run(scene())


def test_a_commit_that_is_done_and_said_to_have_failed_is_not_noted_twice(
    engine: Engine, issue_for: IssueFor, noon: datetime, kept: Journal
) -> None:
    issue = issue_for("ada")
    (ada,) = claimed(engine, issue, noon)

    async def scene() -> None:
        await leave_of(kept, ada)
        later = Reply(Stage.DOT, 451, "later")
        kept.result(Result(ada.delivery, ada.address, State.DEFERRED, later, noon + timedelta(minutes=5)))
        with answers_lost(kept), pytest.raises(DatabaseError):
            kept.flush()
        kept.flush()

    asyncio.run(scene())
    with reading(engine) as connection:
        assert connection.execute(select(deliveries.c.state, deliveries.c.attempts)).all() == [(State.DEFERRED, 1)]
        assert connection.scalars(select(attempts.c.reply)).all() == ["later"]
