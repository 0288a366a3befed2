"""How an issue gets on, read from the send log: why people were refused, how quickly it goes, how much longer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, update

from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, attempts, deliveries
from newsletter.issue import Issue
from newsletter.reports.account import log_entries
from newsletter.reports.progress import Speed, refusals, speed, why

NO_SUCH = "there is no such mailbox"


@pytest.mark.parametrize(
    ("stage", "code", "text", "words"),
    [
        ("rcpt", 550, "5.1.1 <eve@example.org>: user unknown", NO_SUCH),
        ("rcpt", 550, "no such user here", NO_SUCH),
        ("dot", 552, "5.2.2 over quota", "their mailbox is full"),
        ("dot", 554, "5.7.1 we take this for spam", "their server refuses us by its rules, or thinks that we are spam"),
        (None, 550, "no", "their server would not take it"),
        ("connect", None, "the message cannot be built", "their mail could not be built"),
    ],
)
def test_an_answer_is_a_reason_in_words(stage: str | None, code: int | None, text: str, words: str) -> None:
    assert why(stage, code, text) == words


def test_refusals_are_counted_by_reason_however_differently_they_were_put(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue, other = issue_for("ada", "ben", "cleo", "dot"), issue_for("eve")
    with writing(engine) as connection:
        for name, reply in (("ada", "5.1.1 <ada@example.org> unknown"), ("ben", "5.1.1 <ben@example.org> unknown")):
            answered(connection, issue, name, State.REFUSED, noon, 550, reply)
        answered(connection, issue, "cleo", State.REFUSED, noon, 552, "5.2.2 over quota")
        answered(connection, issue, "dot", State.DEFERRED, noon, 452, "4.2.2 over quota")
        answered(connection, other, "eve", State.REFUSED, noon, 550, "5.1.1 unknown")
    with reading(engine) as connection:
        assert refusals(connection, issue.number) == {NO_SUCH: 2, "their mailbox is full": 1}
        assert len(list(log_entries(connection, issue, None, None))) == 4
        assert not {"yield_per", "stream_results"} & connection.get_execution_options().keys()


def test_the_speed_is_that_of_the_last_minute_and_without_one_nobody_says_how_long(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue = issue_for("ada", "ben", "cleo", "dot", "eve", "flo")
    with writing(engine) as connection:
        answered(connection, issue, "ada", State.ACCEPTED, noon - timedelta(minutes=5), 250, "")
        answered(connection, issue, "ben", State.ACCEPTED, noon - timedelta(seconds=20), 250, "")
        answered(connection, issue, "cleo", State.REFUSED, noon - timedelta(seconds=10), 550, "no")
    with reading(engine) as connection:
        told = speed(connection, issue.number, noon)
        assert told.as_json() == {"per_second": 0.1, "seconds_left": 30}
        assert speed(connection, issue.number, noon + timedelta(hours=1)) == Speed(0.0, None)


def answered(
    connection: Connection, issue: Issue, name: str, state: State, at: datetime, code: int, reply: str
) -> None:
    """Write down an answer as a sending does, with the try beside it where it was not accepted."""
    where = (deliveries.c.issue_id == issue.number) & (deliveries.c.address == f"{name}@example.org")
    values = {"state": state, "at": at, "code": code, "reply": reply}
    row = connection.execute(update(deliveries).where(where).values(values).returning(deliveries.c.id)).scalar_one()
    if state is not State.ACCEPTED:
        stage = "dot" if code == 552 else "rcpt"
        tried = {"delivery_id": row, "at": at, "stage": stage, "code": code, "reply": reply}
        connection.execute(insert(attempts), tried)
