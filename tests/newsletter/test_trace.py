"""What happened to one mail, event by event, as an operator asks it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, update

from newsletter import __version__, send_log
from newsletter.bounces.consequences import record_feedback
from newsletter.bounces.parse.kinds import Complaint, Identity
from newsletter.cli.trace import lines
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Leaving, State, senders
from newsletter.delivery import lifecycle
from newsletter.issue import Issue
from newsletter.message.message_id import MessageIds
from newsletter.people.trace import DeliveryTrace, trace
from newsletter.policy.reply import Reply, Stage
from newsletter.send_log import Result
from subscribers import consent
from subscribers.tables import consents
from tests.conftest import Cast

MINUTE = timedelta(minutes=1)
BUSY = Reply(Stage.RCPT, 450, "4.2.1 try later")


def of(engine: Engine, name: str) -> list[DeliveryTrace]:
    with reading(engine) as connection:
        return trace(connection, f"{name}@example.org")


def run(engine: Engine, issue: Issue, at: datetime, state: State, reply: Reply) -> None:
    """One run of a sender, which tries everybody once, and gives each the same answer."""
    with writing(engine) as connection:
        number, _ = send_log.enrol(connection, issue.number, at)
        connection.execute(update(senders).where(senders.c.id == number).values(machine="mole", process=7))
        claimed = send_log.claim(connection, issue.number, number, 9, at, at)
        if reply.stage is Stage.DOT:
            send_log.mark_dotted(connection, number, [each.delivery for each in claimed])
        retry = at + MINUTE if state is State.DEFERRED else None
        results = [Result(each.delivery, each.address, state, reply, retry) for each in claimed]
        send_log.record(connection, number, results, at + timedelta(seconds=9), timedelta(days=1))
        send_log.leave(connection, issue.number, number, Leaving.DONE, at + MINUTE)


def test_the_life_of_a_mail_stands_in_order_in_print_and_in_json(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue = issue_for("ada", "ben")
    run(engine, issue, noon + MINUTE, State.DEFERRED, BUSY)
    run(engine, issue, noon + 3 * MINUTE, State.ACCEPTED, Reply(Stage.DOT, 250, "2.0.0 queued as 4F2"))
    late = noon + 9 * MINUTE
    with writing(engine) as connection:
        record_feedback(connection, Complaint(Identity(1, 1), "abuse", "provider.example", at=noon + 5 * MINUTE), late)
        consent.withdraw(connection, 1, noon + 7 * MINUTE, "one-click", issue_id=issue.number)
        consent.withdraw(connection, 2, noon + 7 * MINUTE, "organiser")
    (ada,), (ben,) = of(engine, "ada"), of(engine, "ben")
    assert list(lines("ada@example.org", [ada])) == [
        "ada@example.org",
        f"  Issue 1, “{issue.email.subject}” {MessageIds(issue).of(1)}",
        f"    2026-03-01 12:00:00Z  frozen      {issue.post}, ada@example.org",
        "    2026-03-01 12:01:09Z  try         at rcpt: 450 4.2.1 try later",
        (
            f"                          claimed     by sender 2, on mole, process 7, version {__version__}, begun "
            "2026-03-01 12:03:00Z; it left 2026-03-01 12:04:00Z (done)"
        ),
        "                          dot         marked as leaving",
        "    2026-03-01 12:03:09Z  result      accepted: 250 2.0.0 queued as 4F2 (tries: 2)",
        "    2026-03-01 12:05:00Z  feedback    complaint: they reported it as spam (provider.example)",
        "    2026-03-01 12:05:00Z  suppressed  complained, a feedback report",
        "    2026-03-01 12:07:00Z  consent     withdrawn, one-click",
    ]
    assert [event.what for event in ben.events] == ["frozen", "try", "claimed", "dot", "result"]
    told = json.loads(json.dumps(ada.as_json()))
    assert (told["issue"], told["delivery"], told["message_id"]) == (1, ada.delivery, MessageIds(issue).of(1))
    assert told["events"][1] == {
        "at": "2026-03-01T12:01:09+00:00", "event": "try", "stage": "rcpt", "code": 450, "reply": "4.2.1 try later",
    }  # fmt: skip
    assert told["events"][3] == {"at": None, "event": "dot", "said": "marked as leaving"}


def test_what_holds_a_mail_that_has_not_gone_is_its_last_event(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue = issue_for("ada")
    assert [event.what for event in of(engine, "ada")[0].events] == ["frozen"]
    run(engine, issue, noon, State.DEFERRED, BUSY)
    with writing(engine) as connection:
        lifecycle.pause(connection, issue.number, "paused by hand")
    *_, result, last = list(lines("ada@example.org", of(engine, "ada")))
    assert result.endswith("deferred: 450 4.2.1 try later (tries: 1; again from 2026-03-01 12:01:00Z)")
    assert last.split() == ["issue", "paused,", "paused", "by", "hand"]


def test_a_sender_that_died_past_the_dot_leaves_a_try_after_the_dot_and_an_uncertain_result(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue = issue_for("ada")
    with writing(engine) as connection:
        number, _ = send_log.enrol(connection, issue.number, noon)
        (ada,) = send_log.claim(connection, issue.number, number, 9, noon, noon)
        send_log.mark_dotted(connection, number, [ada.delivery])
    with writing(engine) as connection:
        send_log.enrol(connection, issue.number, noon + MINUTE)
    (found,) = of(engine, "ada")
    assert [event.what for event in found.events] == ["frozen", "claimed", "dot", "try", "result"]
    assert found.events[1].facts["why"] == "died"
    assert found.events[-1].facts["state"] == "uncertain"


def test_those_left_out_are_told_why_and_nobody_gets_the_events_of_another(
    engine: Engine, cast: Cast, issue_for: Callable[..., Issue], noon: datetime
) -> None:
    issue = issue_for("eve")
    (ben,) = of(engine, "ben")
    assert [(event.what, event.facts) for event in ben.events] == [("left out", {"reason": "pending"})]
    assert of(engine, "nobody") == []
    with writing(engine) as connection:  # a consent without a link of an issue, and one of another person
        row = {"subscriber_id": 2, "consent": "withdrawn", "at": noon, "source": "x", "issue_id": issue.number}
        connection.execute(insert(consents), row)
    assert "consent" not in [event.what for each in of(engine, "eve") for event in each.events]
