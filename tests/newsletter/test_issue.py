"""Freezing: all or nothing, once, and unmoved by what happens afterwards."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.compiler import CompiledEmail
from newsletter.database.engine import reading, writing
from newsletter.database.tables import deliveries, exclusions, issues
from newsletter.errors import ActionRefused, DatabaseError, UnknownIssue
from newsletter.issue import Issue, Letterhead, freeze, read_issue, read_issues
from newsletter.post import Post
from subscribers.tables import subscribers
from tests.conftest import Cast

IssueFor = Callable[..., Issue]


def test_the_audience_is_everybody_who_wants_it_and_the_rest_have_their_reasons(
    engine: Engine, cast: Cast, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime
) -> None:
    with writing(engine) as connection:
        issue = freeze(connection, post, email, head, noon)
    assert (issue.candidates, issue.frozen) == (4, 1)
    with reading(engine) as connection:
        frozen = connection.execute(select(deliveries.c.address, deliveries.c.state)).all()
        excluded = dict(connection.execute(select(exclusions.c.subscriber_id, exclusions.c.reason)).all())
    assert frozen == [("ada@example.org", "queued")]
    assert excluded == {cast.ben: "pending", cast.cleo: "withdrawn", cast.dot: "suppressed"}


def test_an_issue_comes_back_from_the_database_as_it_was_frozen(engine: Engine, issue_for: IssueFor) -> None:
    issue = issue_for("ada", "eve")
    with reading(engine) as connection:
        assert read_issue(connection) == read_issue(connection, issue.number) == issue
        assert read_issues(connection) == [issue]


def test_asking_for_an_issue_that_is_not_there_says_so(engine: Engine) -> None:
    with reading(engine) as connection, pytest.raises(UnknownIssue, match="no issue 9"):
        read_issue(connection, 9)


def test_people_who_change_or_leave_later_do_not_change_a_frozen_audience(engine: Engine, issue_for: IssueFor) -> None:
    issue_for("ada", "eve")
    with writing(engine) as connection:
        connection.execute(update(subscribers).values(first_name="Somebody else"))
        connection.execute(delete(subscribers).where(subscribers.c.address == "eve@example.org"))
    with reading(engine) as connection:
        names = connection.execute(select(deliveries.c.first_name).order_by(deliveries.c.id)).scalars().all()
    assert names == ["Ada", "Eve"]


def test_an_issue_for_nobody_is_refused_and_leaves_nothing_behind(
    engine: Engine, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime
) -> None:
    def freeze_it() -> None:
        with writing(engine) as connection:
            freeze(connection, post, email, head, noon)

    with pytest.raises(ActionRefused, match="your list is empty"):
        freeze_it()
    with reading(engine) as connection:
        assert connection.execute(select(issues)).all() == []


def test_the_database_itself_refuses_a_second_delivery_to_one_address(engine: Engine, issue_for: IssueFor) -> None:
    issue_for("ada")
    with reading(engine) as connection:
        row = dict(connection.execute(select(deliveries)).mappings().one())

    def write_it_again() -> None:
        with writing(engine) as connection:
            connection.execute(insert(deliveries), {**row, "id": row["id"] + 1})

    with pytest.raises(DatabaseError) as caught:
        write_it_again()
    assert isinstance(caught.value.__cause__, IntegrityError)
