"""What is heard of a delivery later, in both databases: recorded once, with what follows from it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from newsletter.bounces.consequences import FeedbackResult, record_feedback
from newsletter.bounces.feedback import affected, lasting_bounce, of_address, tally
from newsletter.bounces.parse.kinds import (
    AutoReply,
    Bounce,
    BounceReason,
    Complaint,
    Feedback,
    Identity,
    Report,
    Unknown,
    Unsubscribe,
)
from newsletter.database.engine import reading, writing
from newsletter.database.tables import FeedbackKind, State, deliveries, events
from newsletter.issue import Issue, read_issue
from newsletter.people.person import everything, story
from newsletter.reports.account import account_of, log_entries
from subscribers.erasure import Memory
from subscribers.suppression import is_suppressed, lift
from subscribers.tables import subscribers

IssueFor = Callable[..., Issue]
DAY = timedelta(days=1)
MEMORY = Memory(["a secret key of the tests, long enough"])


@pytest.fixture
def record(engine: Engine, issue_for: IssueFor, noon: datetime) -> Callable[..., FeedbackResult]:
    """Ada and Eve have had issue 1; hear something about it."""
    issue_for("ada", "eve")
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(state=State.ACCEPTED, at=noon))

    def result(news: Feedback, at: datetime = noon) -> FeedbackResult:
        with writing(engine) as connection:
            return record_feedback(connection, news, at)

    return result


def bounce(
    reason: BounceReason, subscriber: int = 1, issue: int = 1, digest: str = "one", final: bool = True
) -> Bounce:
    report = Report("somebody@example.net", reason, "5.0.0", "550 no", final)
    return Bounce(Identity(subscriber, issue), (report,), "mx.example.net", digest)


def suppressed(engine: Engine, name: str) -> bool:
    with reading(engine) as connection:
        return is_suppressed(connection, f"{name}@example.org")


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()


def test_a_clear_bounce_suppresses_the_person_of_the_delivery_whatever_address_it_names(
    engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    result = record(bounce(BounceReason.NO_SUCH_MAILBOX))
    assert (result.address, result.new, result.suppressed) == ("ada@example.org", True, True)
    assert suppressed(engine, "ada")
    assert not suppressed(engine, "eve")


def test_a_report_that_comes_again_is_no_second_one(engine: Engine, record: Callable[..., FeedbackResult]) -> None:
    record(bounce(BounceReason.FULL))
    again = record(bounce(BounceReason.FULL))
    assert (again.new, again.suppressed) == (False, False)
    assert count(engine) == 1


def test_a_copied_report_for_somebody_else_is_one_of_its_own(
    engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    record(bounce(BounceReason.FULL))
    assert record(bounce(BounceReason.FULL, subscriber=2)).new
    assert count(engine) == 2


@pytest.mark.parametrize(
    "reason", [BounceReason.POLICY, BounceReason.CONTENT, BounceReason.FULL, BounceReason.NO_SUCH_DOMAIN]
)
def test_what_is_ours_or_may_pass_suppresses_nobody(
    reason: BounceReason, engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    assert not record(bounce(reason)).suppressed
    assert not suppressed(engine, "ada")


def test_three_soft_ones_over_two_issues_suppress(
    engine: Engine, record: Callable[..., FeedbackResult], issue_for: IssueFor, noon: datetime
) -> None:
    record(bounce(BounceReason.FULL, digest="1"), noon + DAY)
    record(bounce(BounceReason.FULL, digest="2"), noon + 2 * DAY)
    record(bounce(BounceReason.FULL, digest="3"), noon + 3 * DAY)
    assert not suppressed(engine, "ada")  # all of one issue
    issue_for("zoe")
    record(bounce(BounceReason.UNREACHABLE, issue=2, digest="4"), noon + 4 * DAY)
    assert suppressed(engine, "ada")


def test_a_hundred_refusals_of_us_suppress_nobody(
    engine: Engine, record: Callable[..., FeedbackResult], issue_for: IssueFor, noon: datetime
) -> None:
    issue_for("zoe")
    for number in range(100):
        record(bounce(BounceReason.POLICY, issue=1 + number % 2, digest=str(number)), noon + DAY)
    assert not suppressed(engine, "ada")


def test_a_complaint_stops_mail_to_the_person_at_their_present_address_too(
    engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == 1).values(address="ada.new@example.org"))
    result = record(Complaint(Identity(1, 1), "abuse", "provider", "one"))
    assert result.suppressed
    assert suppressed(engine, "ada")
    assert suppressed(engine, "ada.new")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_what_a_machine_reports_or_a_reader_takes_back_suppresses_nobody(
    kind: str, engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    assert not record(Complaint(Identity(1, 1), kind, "provider", "one")).suppressed
    assert not suppressed(engine, "ada")


def test_a_mail_that_asks_to_be_let_go_unsubscribes_once(engine: Engine, record: Callable[..., FeedbackResult]) -> None:
    first, again = (record(Unsubscribe(Identity(1, 1), "one")) for _ in range(2))
    assert (first.withdrawn, first.new) == (True, True)
    assert (again.withdrawn, again.new) == (False, False)
    with reading(engine) as connection:
        assert connection.scalar(select(subscribers.c.consent).filter_by(id=1)) == "withdrawn"
        assert connection.scalar(select(subscribers.c.consent).filter_by(id=2)) == "confirmed"


@pytest.mark.parametrize(
    "news",
    [
        AutoReply(Identity(1, 1), "Away"),
        Unknown(Identity(1, 1), "Hello", "Ada"),
        replace(bounce(BounceReason.NO_SUCH_MAILBOX), who=None),
        bounce(BounceReason.NO_SUCH_MAILBOX, subscriber=3),
        bounce(BounceReason.NO_SUCH_MAILBOX, issue=9),
        bounce(BounceReason.NO_SUCH_MAILBOX, subscriber=10**18 - 1, issue=10**18 - 1),
        Complaint(None, "abuse", "provider", "one"),
    ],
    ids=["away", "person", "unsigned", "no-such-person", "no-such-issue", "beyond-any-number", "unsigned-complaint"],
)
def test_whoever_cannot_be_told_is_nobody(
    news: Feedback, engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    result = record(news)
    assert (result.new, result.suppressed, result.address) == (False, False, "")
    assert count(engine) == 0


@pytest.mark.parametrize("news", [bounce(BounceReason.FULL), Complaint(Identity(1, 1), "abuse", "x", "one")])
def test_word_of_an_uncertain_delivery_settles_it(
    news: Feedback, engine: Engine, record: Callable[..., FeedbackResult]
) -> None:
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(state=State.UNCERTAIN))
    assert record(news).settled
    with reading(engine) as connection:
        states = dict(connection.execute(select(deliveries.c.subscriber_id, deliveries.c.state)).all())
    assert states == {1: "accepted", 2: "uncertain"}


def test_a_report_is_dated_by_itself_only_where_that_can_be_true(
    engine: Engine, record: Callable[..., FeedbackResult], noon: datetime
) -> None:
    now = noon + 10 * DAY
    for number, said in enumerate([noon + DAY, noon - DAY, noon + 11 * DAY, None]):
        record(replace(bounce(BounceReason.FULL, digest=str(number)), at=said), now)
    with reading(engine) as connection:
        assert [event.at for event in of_address(connection, "ada@example.org")] == [noon + DAY, now, now, now]


def test_a_recipient_who_complains_twice_counts_once_and_a_machine_is_no_reader(
    engine: Engine, record: Callable[..., FeedbackResult], noon: datetime
) -> None:
    for kind, digest in (("abuse", "one"), ("fraud", "two"), ("virus", "three"), ("not-spam", "four")):
        record(Complaint(Identity(2, 1), kind, "provider", digest), noon + DAY)
    record(bounce(BounceReason.FULL), noon + DAY)
    record(bounce(BounceReason.UNREACHABLE, digest="again"), noon + DAY)
    with reading(engine) as connection:
        assert affected(connection, 1) == {FeedbackKind.COMPLAINT: 1, FeedbackKind.BOUNCE: 1}
        counts = tally(connection, 1)
        assert ("complaint", "they reported it as spam", 1) in counts
        assert {many for _, _, many in counts} == {1}
        assert affected(connection, 2) == {}


def test_log_report_and_story_tell_it_in_plain_words(
    engine: Engine, record: Callable[..., FeedbackResult], issue_for: IssueFor, noon: datetime
) -> None:
    record(bounce(BounceReason.FULL), noon + DAY)
    record(bounce(BounceReason.UNREACHABLE, digest="late", final=False), noon)
    record(Complaint(Identity(2, 1), "abuse", "provider", "one"), noon + DAY)
    record(Complaint(Identity(1, 1), "fraud", "provider", "two"), noon)
    with reading(engine) as connection:
        issue = issue_of(engine)
        account = account_of(connection, issue)
        lines = {entry.address: entry.heard for entry in log_entries(connection, issue, None, None)}
        told = "\n".join(story(everything(connection, "ada@example.org", MEMORY)))
        assert tally(connection, 1)[0] == ("complaint", "they reported it as spam", 2)
    assert {echo.words for echo in account.heard} == {
        "their mailbox is full",
        "late: their mail server could not be reached",
        "they reported it as spam",
    }
    assert lines == {"ada@example.org": "their mailbox is full", "eve@example.org": "they reported it as spam"}
    assert "came back 2026-03-02 12:00: their mailbox is full (550 no)" in told
    assert "Now: their mailbox is full, since March 2026." in told


def test_what_has_passed_is_not_told_as_if_it_still_held(
    engine: Engine, record: Callable[..., FeedbackResult], issue_for: IssueFor, noon: datetime
) -> None:
    record(bounce(BounceReason.FULL), noon + DAY)
    with reading(engine) as connection:
        told = of_address(connection, "ada@example.org")
    assert told[0].kind is FeedbackKind.BOUNCE
    assert lasting_bounce(told, last_accepted=1) == "their mailbox is full, since March 2026"
    assert lasting_bounce(told, last_accepted=2) == ""


def issue_of(engine: Engine) -> Issue:
    with reading(engine) as connection:
        return read_issue(connection, 1)


def test_a_replay_does_not_bring_back_a_suppression_that_a_human_lifted(
    engine: Engine, record: Callable[..., FeedbackResult], noon: datetime
) -> None:
    record(bounce(BounceReason.NO_SUCH_MAILBOX))
    with writing(engine) as connection:
        lift(connection, "ada@example.org", noon)
    assert not record(bounce(BounceReason.NO_SUCH_MAILBOX)).suppressed
    assert not suppressed(engine, "ada")
