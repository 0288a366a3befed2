"""A post on a topic: who unchecked it is left out, counted, and told why; also when that is at the last minute."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from newsletter import send_log
from newsletter.app.plan import freeze_plan, plan
from newsletter.compiler import CompiledEmail
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State
from newsletter.errors import PostError
from newsletter.issue import Issue, Letterhead, audience_in, freeze_audience, schedule
from newsletter.people import person
from newsletter.post import Post, read_post
from newsletter.reports.account import account_of
from subscribers.erasure import Memory
from subscribers.errors import UnknownTopic
from subscribers.segment import parse
from subscribers.tables import subscribers
from subscribers.topics import Topic, choose, save

KEYS = ["a key for tests, forty characters long!!"]


@pytest.fixture
def on_events(engine: Engine, post: Post, noon: datetime) -> Post:
    """A post on the topic `events`, which Ada does not want."""
    with writing(engine) as connection:
        save(connection, Topic("events", {"en": "Events"}), noon)
    return replace(post, topic="events")


def decline(engine: Engine, name: str, noon: datetime) -> None:
    with writing(engine) as connection:
        who = connection.scalars(select(subscribers.c.id).where(subscribers.c.address == f"{name}@example.org")).one()
        choose(connection, who, {"events": False}, noon)


def planned_and_frozen(engine: Engine, post: Post, email: CompiledEmail, head: Letterhead) -> Issue:
    with reading(engine) as connection:
        planned = plan(connection, post, email, head, again=True)
    issue = freeze_plan(engine, planned)
    assert planned.recipients == issue.frozen
    with reading(engine) as connection:
        assert account_of(connection, issue).excluded == planned.excluded
    return issue


def test_who_does_not_want_its_topic_is_left_out_and_counted(
    engine: Engine,
    issue_for: Callable[..., Issue],
    on_events: Post,
    post: Post,
    email: CompiledEmail,
    head: Letterhead,
    noon: datetime,
) -> None:
    issue_for("ada", "ben", "cleo")
    decline(engine, "ada", noon)
    issue = planned_and_frozen(engine, on_events, email, head)
    assert (issue.frozen, issue.candidates, issue.topic) == (2, 3, "events")
    with reading(engine) as connection:
        assert account_of(connection, issue).excluded == {"topic not wanted": 1}
        held = person.everything(connection, "ada@example.org", Memory(KEYS))
    story = "\n".join(person.story(held))
    assert "left out because they do not want this topic." in story
    assert "does not want emails about the topic events." in story
    assert planned_and_frozen(engine, post, email, head).frozen == 3


def test_who_unchecks_it_before_their_turn_is_spared(
    engine: Engine,
    issue_for: Callable[..., Issue],
    on_events: Post,
    email: CompiledEmail,
    head: Letterhead,
    noon: datetime,
) -> None:
    other = issue_for("ada", "ben")
    issue = planned_and_frozen(engine, on_events, email, head)
    decline(engine, "ada", noon)
    with writing(engine) as connection:
        claimed = send_log.claim(connection, issue.number, 1, 10, noon, noon)
        assert [recipient.address for recipient in claimed] == ["ben@example.org"]
        assert send_log.tally(connection, issue.number)[State.SKIPPED] == 1
        assert len(send_log.claim(connection, other.number, 1, 10, noon, noon)) == 2


def test_a_scheduled_issue_asks_at_its_time(
    engine: Engine,
    issue_for: Callable[..., Issue],
    on_events: Post,
    email: CompiledEmail,
    head: Letterhead,
    noon: datetime,
) -> None:
    issue_for("ada", "ben")
    with writing(engine) as connection:
        issue = schedule(connection, on_events, email, head, noon, noon + timedelta(days=1))
    decline(engine, "ben", noon)
    with writing(engine) as connection:
        assert freeze_audience(connection, issue, noon + timedelta(days=1)).frozen == 1


def test_a_segment_may_be_those_who_want_a_topic(
    engine: Engine, issue_for: Callable[..., Issue], on_events: Post, noon: datetime
) -> None:
    issue_for("ada", "ben")
    decline(engine, "ada", noon)
    with reading(engine) as connection:
        for expression, who in (("topic:events", "ben"), ("not topic:events", "ada")):
            tree = parse(expression)
            assert str(tree) == expression
            people = connection.execute(audience_in(connection, tree, noon).recipients())
            assert [row.address for row in people] == [f"{who}@example.org"]


def test_a_topic_that_is_none_is_refused_before_anything_is_written(
    engine: Engine, issue_for: Callable[..., Issue], post: Post, email: CompiledEmail, head: Letterhead
) -> None:
    issue_for("ada")
    with reading(engine) as connection, pytest.raises(UnknownTopic, match="evnets"):
        plan(connection, replace(post, topic="evnets"), email, head, again=False)


def test_a_topic_makes_another_post_and_none_does_not(tmp_path: Path) -> None:
    file = tmp_path / "good-news.md"
    file.write_text("---\ntitle: Good news\n---\nThe council said yes.\n", encoding="utf-8")
    plain = read_post(file)
    # Of the version before there were topics: another would write to everybody twice after an upgrade.
    assert plain.fingerprint == "56e0a6642d96c4677f5204ad091770d22e4e2e29f3a00ecbdd864e73fe8e7776"
    file.write_text("---\ntitle: Good news\ntopic: events\n---\nThe council said yes.\n", encoding="utf-8")
    assert read_post(file).topic == "events"
    assert read_post(file).fingerprint != plain.fingerprint
    file.write_text("---\ntitle: Good news\ntopic: Our events\n---\nThe council said yes.\n", encoding="utf-8")
    with pytest.raises(PostError, match="line 3: topic must be the name of a topic"):
        read_post(file)
