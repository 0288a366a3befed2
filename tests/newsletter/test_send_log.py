"""The states of a delivery: claims, dots, results, and what a crash leaves behind."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from newsletter import send_log
from newsletter.bounces.settling import Settlement, settle_uncertain
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Leaving, State, attempts, deliveries
from newsletter.issue import Issue
from newsletter.message import Recipient
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import Result
from newsletter.send_log.claim import _CLAIM_QUEUED
from subscribers import consent, suppression
from subscribers.tables import subscribers

IssueFor = Callable[..., Issue]
DAY = timedelta(hours=24)
FIVE_MINUTES = timedelta(minutes=5)


def states(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        rows = connection.execute(select(deliveries.c.address, deliveries.c.state))
        return {address.partition("@")[0]: state for address, state in rows}


ONE, TWO = 1, 2
"""The numbers of the first and the second sender that enrol."""


def enrol(engine: Engine, issue: Issue, at: datetime) -> Counter[State]:
    with writing(engine) as connection:
        return send_log.enrol(connection, issue.number, at)[1]


def claim(engine: Engine, issue: Issue, most: int, at: datetime) -> list[Recipient]:
    with writing(engine) as connection:
        return send_log.claim(connection, issue.number, ONE, most, at, due_by=at)


def record(
    engine: Engine, recipient: Recipient, state: State, reply: Reply, at: datetime, suppress: bool = False
) -> None:
    retry_at = at + FIVE_MINUTES if state is State.DEFERRED else None
    with writing(engine) as connection:
        result = Result(recipient.delivery, recipient.address, state, reply, retry_at, suppress)
        send_log.record(connection, ONE, [result], at, shelf_life=DAY)


def test_a_claim_takes_the_first_in_line_and_nobody_twice(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    issue = issue_for("ada", "ben", "cleo")
    first, second, third = (claim(engine, issue, 2, noon) for _ in range(3))
    assert [each.address for each in first] == ["ada@example.org", "ben@example.org"]
    assert [each.address for each in second] == ["cleo@example.org"]
    assert third == []
    assert set(states(engine).values()) == {"sending"}


def test_whoever_left_since_the_freeze_is_skipped_when_their_turn_comes(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben", "cleo", "dot")
    with writing(engine) as connection:
        ids = dict(connection.execute(select(subscribers.c.address, subscribers.c.id)).all())
        consent.withdraw(connection, ids["ada@example.org"], noon, "one-click")
        suppression.suppress(connection, "ben@example.org", suppression.SuppressionReason.COMPLAINED, noon)
        connection.execute(delete(subscribers).where(subscribers.c.address == "cleo@example.org"))
    assert [each.address for each in claim(engine, issue, 2, noon)] == ["dot@example.org"]
    assert states(engine) == {"ada": "skipped", "ben": "skipped", "cleo": "skipped", "dot": "sending"}


def test_a_deferred_delivery_is_claimed_again_when_it_is_due_and_not_before(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada")
    (ada,) = claim(engine, issue, 9, noon)
    record(engine, ada, State.DEFERRED, Reply(Stage.RCPT, 450, "greylisted"), noon)
    assert claim(engine, issue, 9, noon + FIVE_MINUTES - timedelta(seconds=1)) == []
    (again,) = claim(engine, issue, 9, noon + FIVE_MINUTES)
    assert (again.address, again.attempts) == ("ada@example.org", 1)


def test_those_never_tried_come_before_those_deferred(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    issue = issue_for("ada", "ben")
    (ada,) = claim(engine, issue, 1, noon)
    record(engine, ada, State.DEFERRED, Reply(Stage.RCPT, 450, "later"), noon)
    late = noon + 2 * FIVE_MINUTES
    assert [each.address for each in claim(engine, issue, 9, late)] == ["ben@example.org"]
    assert [each.address for each in claim(engine, issue, 9, late)] == ["ada@example.org"]


@pytest.mark.parametrize("code", [452, 550])
def test_a_delivery_deferred_for_longer_than_its_shelf_life_expires(
    engine: Engine, issue_for: IssueFor, noon: datetime, code: int
) -> None:
    """Also where a server greylists with a 5yz."""
    issue = issue_for("ada")
    full = Reply(Stage.RCPT, code, "greylisted, come back later")
    for hours in (0, 12, 24):
        (ada,) = claim(engine, issue, 9, noon + timedelta(hours=hours))
        record(engine, ada, State.DEFERRED, full, noon + timedelta(hours=hours))
        assert states(engine) == {"ada": "deferred"}
    (ada,) = claim(engine, issue, 9, noon + timedelta(hours=25))
    record(engine, ada, State.DEFERRED, full, noon + timedelta(hours=25))
    assert states(engine) == {"ada": "expired"}


def test_days_in_which_nobody_was_tried_use_up_half_of_a_shelf_life_at_most(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    """Because an organiser may pause an issue, or a daily limit may hold it up."""
    issue = issue_for("ada")
    full = Reply(Stage.RCPT, 452, "mailbox full")
    week = 7 * 24
    for hours in (0, week, week + 1, week + 11, week + 12):
        (ada,) = claim(engine, issue, 9, noon + timedelta(hours=hours))
        record(engine, ada, State.DEFERRED, full, noon + timedelta(hours=hours))
        assert states(engine) == {"ada": "deferred"}, hours
    (ada,) = claim(engine, issue, 9, noon + timedelta(hours=week + 13))
    record(engine, ada, State.DEFERRED, full, noon + timedelta(hours=week + 13))
    assert states(engine) == {"ada": "expired"}


def test_every_try_that_was_not_accepted_is_remembered(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    issue = issue_for("ada")
    (ada,) = claim(engine, issue, 9, noon)
    record(engine, ada, State.DEFERRED, Reply(Stage.RCPT, 450, "greylisted"), noon)
    (ada,) = claim(engine, issue, 9, noon + FIVE_MINUTES)
    record(engine, ada, State.ACCEPTED, Reply(Stage.DOT, 250, "queued as 1A"), noon + FIVE_MINUTES)
    with reading(engine) as connection:
        tried = connection.execute(select(attempts.c.stage, attempts.c.code, attempts.c.reply)).all()
        row = connection.execute(select(deliveries)).one()
    assert tried == [("rcpt", 450, "greylisted")]
    assert (row.state, row.code, row.reply, row.attempts, row.at) == (
        "accepted",
        250,
        "queued as 1A",
        2,
        noon + FIVE_MINUTES,
    )


def test_a_time_is_written_as_every_other_is_so_that_it_can_be_asked_for(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben")
    for recipient, state in zip(claim(engine, issue, 9, noon), (State.ACCEPTED, State.DEFERRED), strict=True):
        record(engine, recipient, state, Reply(Stage.DOT, 250, ""), noon)
    with reading(engine) as connection:
        at_noon = select(deliveries.c.id).where(deliveries.c.at == noon)
        later = select(deliveries.c.id).where(deliveries.c.at > noon)
        due = select(deliveries.c.id).where(deliveries.c.retry_at == noon + FIVE_MINUTES)
        assert [len(connection.execute(asked).all()) for asked in (at_noon, later, due)] == [2, 0, 1]


def test_an_address_that_does_not_exist_is_suppressed_with_the_relays_words(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada")
    (ada,) = claim(engine, issue, 9, noon)
    record(engine, ada, State.REFUSED, Reply(Stage.RCPT, 550, "5.1.1 no such user"), noon, suppress=True)
    with reading(engine) as connection:
        assert suppression.is_suppressed(connection, "ada@example.org")


def test_after_a_crash_only_those_past_the_dot_are_uncertain(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben", "cleo", "dot")
    enrol(engine, issue, noon)
    ada, ben, _ = claim(engine, issue, 3, noon)
    with writing(engine) as connection:
        send_log.mark_dotted(connection, ONE, [ada.delivery, ben.delivery])
    record(engine, ben, State.ACCEPTED, Reply(Stage.DOT, 250, "ok"), noon)
    assert enrol(engine, issue, noon) == Counter({State.UNCERTAIN: 1, State.QUEUED: 1})
    assert states(engine) == {"ada": "uncertain", "ben": "accepted", "cleo": "queued", "dot": "queued"}


def test_what_is_settled_is_not_settled_again(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    issue = issue_for("ada")
    enrol(engine, issue, noon)
    (ada,) = claim(engine, issue, 1, noon)
    with writing(engine) as connection:
        send_log.mark_dotted(connection, ONE, [ada.delivery])
    assert enrol(engine, issue, noon) == {State.UNCERTAIN: 1}
    assert enrol(engine, issue, noon).total() == 0


def test_to_leave_is_to_give_back_what_was_not_tried_and_to_name_what_may_have_left(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben")
    enrol(engine, issue, noon)
    ada, _ = claim(engine, issue, 2, noon)
    with writing(engine) as connection:
        send_log.mark_dotted(connection, ONE, [ada.delivery])
        assert send_log.leave(connection, issue.number, ONE, Leaving.DONE, noon) == {
            State.UNCERTAIN: 1,
            State.QUEUED: 1,
        }
        assert send_log.leave(connection, issue.number, ONE, Leaving.DONE, noon).total() == 0
    assert states(engine) == {"ada": "uncertain", "ben": "queued"}


def test_what_was_claimed_before_there_were_senders_is_settled_by_the_first(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada", "ben", "cleo")
    with writing(engine) as connection:
        left = update(deliveries).where(deliveries.c.address != "cleo@example.org")
        connection.execute(left.values(state=State.SENDING, dotted=deliveries.c.address == "ada@example.org"))
    assert enrol(engine, issue, noon) == {State.UNCERTAIN: 1, State.QUEUED: 1}


@pytest.mark.parametrize(
    ("settlement", "state"),
    [(Settlement.HOLD, "uncertain"), (Settlement.RESEND, "queued"), (Settlement.ASSUME, "accepted")],
)
def test_the_uncertain_go_where_the_organiser_says(
    engine: Engine, issue_for: IssueFor, noon: datetime, settlement: Settlement, state: str
) -> None:
    issue = issue_for("ada", "ben")
    (one,) = claim(engine, issue, 1, noon)
    record(engine, one, State.UNCERTAIN, Reply(Stage.DOT, None, "dropped"), noon)
    with writing(engine) as connection:
        assert settle_uncertain(connection, issue.number, settlement) == 1
    found = states(engine)
    assert found.pop(one.address.partition("@")[0]) == state
    assert [*found.values()] == ["queued"]


def test_a_result_never_moves_a_delivery_that_is_not_being_sent(
    engine: Engine, issue_for: IssueFor, noon: datetime
) -> None:
    issue = issue_for("ada")
    (ada,) = claim(engine, issue, 1, noon)
    record(engine, ada, State.ACCEPTED, Reply(Stage.DOT, 250, "ok"), noon)
    record(engine, ada, State.DEFERRED, Reply(Stage.RCPT, 450, "late echo"), noon)
    assert states(engine) == {"ada": "accepted"}


def test_the_tally_names_every_state_and_adds_up(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    issue = issue_for("ada", "ben", "cleo")
    claim(engine, issue, 1, noon)
    with reading(engine) as connection:
        tally = send_log.tally(connection, issue.number)
    assert set(tally) == set(State)
    assert tally.total() == issue.frozen == 3


# On SQLite only: the planner of PostgreSQL ignores the indexes of tables as small as a test's.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_claiming_looks_nobody_up_who_is_already_done(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    """The time of a claim must not grow with those already sent to: it goes through the index of those waiting."""
    issue = issue_for("ada")
    statement = _CLAIM_QUEUED.compile(engine)
    with reading(engine) as connection:
        values = {**statement.params, "issue": issue.number, "most": 9, "now": str(noon), "param_1": State.SENDING}
        ordered = [values[name] for name in statement.positiontup or ()]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(ordered)).all()
    assert any("ix_deliveries_queued" in row[3] for row in plan), plan
    assert not any(row[3].startswith("SCAN deliveries") for row in plan), plan


def test_the_text_of_a_state_is_checked_by_the_database(engine: Engine, issue_for: IssueFor) -> None:
    issue_for("ada")
    with pytest.raises(Exception, match="state"), writing(engine) as connection:
        connection.execute(update(deliveries).values(state="delivered"))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM deliveries WHERE state = 'queued'")).scalar() == 1


def test_two_issues_do_not_touch_each_other(engine: Engine, issue_for: IssueFor, noon: datetime) -> None:
    one = issue_for("ada")
    two = issue_for("ben")
    claim(engine, one, 9, noon)
    with writing(engine) as connection:
        connection.execute(insert(subscribers), {"address": "x@example.org", "consent": "pending", "joined_at": noon})
        assert send_log.is_unfinished(connection, two.number)
    assert [each.address for each in claim(engine, two, 9, noon)] == ["ada@example.org", "ben@example.org"]
