"""One person's story: all that is held, as data and in plain words."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, update

from newsletter.database.engine import reading, writing
from newsletter.database.tables import State
from newsletter.issue import Issue
from newsletter.people.person import everything, is_empty, story
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import Result, claim, record
from subscribers import consent
from subscribers.erasure import Memory, forget
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import consents, subscribers
from tests.conftest import Cast

MEMORY = Memory(["a secret key of the tests, long enough"])


def told(engine: Engine, address: str) -> str:
    with reading(engine) as connection:
        return "\n".join(story(everything(connection, address, MEMORY)))


def test_a_story_says_what_was_agreed_what_was_sent_and_what_was_answered(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue_for("ada", "eve")
    with writing(engine) as connection:
        said = {"subscriber_id": 1, "consent": "confirmed", "at": noon, "source": "import people.csv"}
        connection.execute(insert(consents), said | {"wording": "Yes, news please", "network_address": "192.0.2.7"})
        first = claim(connection, 1, 1, 1, noon, noon)[0]
        busy = Reply(Stage.RCPT, 450, "4.2.1 try later")
        deferred = Result(first.delivery, first.address, State.DEFERRED, busy, noon)
        record(connection, 1, [deferred], noon, timedelta(days=1))
        consent.withdraw(connection, 1, noon, "one-click")
        suppress(connection, "ada@example.org", SuppressionReason.ASKED, noon, "by letter")
        connection.execute(update(subscribers).values(tags=["volunteer"], fields={"town": "Cardiff"}, language="cy"))
    story_of_ada = told(engine, "ada@example.org")
    for words in (
        "has been on the list since 2026-03-01: they unsubscribed.",
        "called Ada; language cy; tags volunteer; town Cardiff.",
        "2026-03-01  said yes to “Yes, news please” (import people.csv, from 192.0.2.7).",
        "2026-03-01  said no (one-click).",
        "is on your do-not-email list (asked: by letter).",
        "Issue 1, “Newyddion da: good news”: not sent yet, and will be tried again (450 4.2.1 try later).",
        "tried 2026-03-01 12:00, at rcpt: 450 4.2.1 try later",
    ):
        assert words in story_of_ada
    assert "not tried yet." in told(engine, "eve@example.org")


def test_a_story_says_why_somebody_was_left_out(engine: Engine, cast: Cast, issue_for: Callable[..., Issue]) -> None:
    issue_for("eve")
    assert "left out because they had not said yes by then." in told(engine, "ben@example.org")
    assert "left out because they had unsubscribed." in told(engine, "cleo@example.org")
    assert "left out because they were on your do-not-email list." in told(engine, "dot@example.org")


def test_of_a_stranger_nothing_is_held_and_of_the_erased_only_that(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert is_empty(everything(connection, "nobody@example.org", MEMORY))
        forget(connection, MEMORY, ["ada@example.org"], noon)
    story_of_ada = told(engine, "ada@example.org")
    assert "was erased at their own request" in story_of_ada
    assert "is not on the list" in story_of_ada


def test_a_story_is_told_in_the_order_in_which_it_happened(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue_for("ada")
    with writing(engine) as connection:
        for days, said in ((-9, "confirmed"), (3, "withdrawn"), (5, "confirmed")):
            row = {"subscriber_id": 1, "consent": said, "at": noon + timedelta(days=days), "source": f"day {days}"}
            connection.execute(insert(consents), row)
        suppress(connection, "ada@example.org", SuppressionReason.ASKED, noon + timedelta(days=4))
    lines = told(engine, "ada@example.org")
    words = ("(day -9)", "Issue 1", "(day 3)", "is on your do-not-email list", "(day 5)")
    assert sorted(words, key=lines.index) == list(words)
