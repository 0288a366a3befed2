"""A post to one segment, then to another: two issues, and nobody is written to twice."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine, insert, select, update

from newsletter.app.plan import freeze_plan, plan
from newsletter.compiler import CompiledEmail
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, deliveries
from newsletter.errors import ActionRefused
from newsletter.issue import Issue, Letterhead, freeze, read_issue
from newsletter.post import Post
from newsletter.reports.account import account_of
from subscribers.segment import parse
from subscribers.tables import subscribers

Send = Callable[..., Issue]
PEOPLE = {"ada": ["a"], "ben": ["a", "b"], "cleo": ["b"], "dot": []}


@pytest.fixture
def send_to(engine: Engine, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime) -> Send:
    """Plan and freeze the post for an expression, as `send` does; everybody accepts it."""
    with writing(engine) as connection:
        for name, tags in PEOPLE.items():
            row = {"address": f"{name}@example.org", "tags": tags, "consent": "confirmed", "joined_at": noon}
            connection.execute(insert(subscribers), row)

    def sent(expression: str = "", again: bool = False, state: State = State.ACCEPTED) -> Issue:
        segment = parse(expression) if expression else None
        with reading(engine) as connection:
            planned = plan(connection, post, email, head, again, segment)
        issue = freeze_plan(engine, planned)
        with writing(engine) as connection:
            connection.execute(update(deliveries).where(deliveries.c.issue_id == issue.number).values(state=state))
            assert read_issue(connection, issue.number) == issue
            account_of(connection, issue)
        return issue

    return sent


def written_to(engine: Engine, issue: Issue) -> str:
    with reading(engine) as connection:
        there = deliveries.c.issue_id == issue.number
        rows = connection.scalars(select(deliveries.c.address).where(there).order_by(deliveries.c.id))
        return " ".join(sorted(address.partition("@")[0] for address in rows))


def test_only_those_of_the_segment_are_candidates(engine: Engine, send_to: Send) -> None:
    issue = send_to("tag:a")
    assert (written_to(engine, issue), issue.candidates, issue.segment) == ("ada ben", 2, "tag:a")


def test_the_same_post_to_the_same_segment_is_refused_however_it_is_written(engine: Engine, send_to: Send) -> None:
    send_to("tag:a or tag:b")
    with pytest.raises(ActionRefused, match="was already sent"):
        send_to("( tag:a )  or tag:b")


def test_the_same_post_to_another_segment_spares_those_who_had_it(engine: Engine, send_to: Send) -> None:
    send_to("tag:a")
    second = send_to("tag:b")
    assert (written_to(engine, second), second.candidates) == ("cleo", 2)
    rest = send_to()
    assert (written_to(engine, rest), rest.candidates) == ("dot", 4)
    with reading(engine) as connection:
        assert account_of(connection, rest).excluded == {"had it already": 3}


def test_who_came_back_as_a_new_row_has_had_it_all_the_same(engine: Engine, send_to: Send, noon: datetime) -> None:
    send_to("tag:a")
    with writing(engine) as connection:
        connection.execute(subscribers.delete().where(subscribers.c.address == "ben@example.org"))
        row = {"address": "ben@example.org", "tags": ["b"], "consent": "confirmed", "joined_at": noon}
        connection.execute(insert(subscribers), row)
    assert written_to(engine, send_to("tag:b")) == "cleo"


def test_whom_it_never_reached_may_get_it_with_another_segment(engine: Engine, send_to: Send) -> None:
    send_to("tag:a", state=State.EXPIRED)
    assert written_to(engine, send_to("tag:b")) == "ben cleo"


def test_those_who_are_uncertain_or_still_to_be_tried_had_it(engine: Engine, send_to: Send) -> None:
    for state in (State.QUEUED, State.DEFERRED, State.UNCERTAIN):
        send_to("tag:a", again=True, state=state)
    assert written_to(engine, send_to("tag:b")) == "cleo"


def test_again_sends_it_to_all_of_the_segment(engine: Engine, send_to: Send) -> None:
    send_to("tag:a")
    assert written_to(engine, send_to("tag:b", again=True)) == "ben cleo"


def test_nobody_left_of_a_segment_is_said(engine: Engine, send_to: Send) -> None:
    send_to()
    with pytest.raises(ActionRefused, match="had this post already"):
        send_to("tag:a")


def test_received_is_what_the_relay_accepted(engine: Engine, send_to: Send, noon: datetime, post: Post) -> None:
    first = send_to("tag:a")
    with writing(engine) as connection:
        there = deliveries.c.address == "ben@example.org"
        connection.execute(update(deliveries).where(there).values(state="refused"))
    assert written_to(engine, send_to(f"not received:{first.number}", again=True)) == "ben cleo dot"


def test_a_paused_person_is_left_out_until_then(
    engine: Engine, send_to: Send, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime
) -> None:
    with writing(engine) as connection:
        paused = update(subscribers).where(subscribers.c.address == "ada@example.org").values(paused_until=noon)
        connection.execute(paused)
        at_noon = freeze(connection, post, email, head, noon)
        before = freeze(connection, post, email, head, noon.replace(hour=11))
    assert written_to(engine, at_noon) == "ada ben cleo dot"
    assert written_to(engine, before) == "ben cleo dot"
    with reading(engine) as connection:
        assert account_of(connection, before).excluded == {"paused": 1}
