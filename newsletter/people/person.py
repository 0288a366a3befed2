"""One address in, its whole story out: all that we hold about it, as data or in plain words. Only reads."""

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from newsletter.bounces import feedback
from newsletter.bounces.replies import read_replies
from newsletter.database.tables import State, attempts, deliveries, exclusions, issues
from newsletter.issue import Issue, read_issue
from newsletter.message import MessageIds
from subscribers import export
from subscribers.erasure import Memory
from subscribers.tables import is_number, subscribers

table = deliveries.c


def everything(connection: Connection, address: str, memory: Memory) -> dict[str, Any]:
    """Return all that we hold about a normalised address, ready for JSON: for the person themselves, or for `story`."""
    number = connection.scalar(select(subscribers.c.id).where(subscribers.c.address == address))
    return {
        **export.person(connection, address),
        "issues": [*_issues(connection, address, number)],
        "erased": address in memory.among(connection, [address]),
    }


def is_empty(held: dict[str, Any]) -> bool:
    """Say whether we hold nothing at all."""
    return not any(value for name, value in held.items() if name != "email")


def story(held: dict[str, Any]) -> Iterator[str]:
    """Tell in sentences what we hold about a person, one a line."""
    yield held["email"]
    if held["erased"]:
        yield "  was erased at their own request. No import brings them back. Only they can subscribe again."
    yield from _consent_now(held)
    # The sort is stable and looks only at times: at the same time, a consent still comes before what followed from it.
    for at, line, more in sorted(_dated(held), key=itemgetter(0)):
        yield f"  {_day(at)}  {line}"
        yield from (f"              {each}" for each in more)
    if lasting := feedback.lasting_bounce(_bounces(held["issues"]), _newest_accepted(held["issues"])):
        yield f"  Now: {lasting}."


def _dated(held: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield every event: its time, a sentence, and the lines to show below it."""
    yield from ((row["at"], _said(row), []) for row in held["consents"])
    yield from ((row["at"], _asked(row), []) for row in held["requests"])
    yield from ((row["at"], f"changed their preferences: {row['what']}{_through(row)}.", []) for row in held["changes"])
    yield from ((row["at"], _moved(row), []) for row in held["moves"])
    for row in held["partings"]:
        words = f": “{row['words']}”" if row["words"] else ""
        yield row["at"], f"said why they unsubscribed ({row['reason']}{words}){_through(row)}.", []
    for row in held["declines"]:
        yield row["at"], f"does not want emails about the topic {row['topic']}.", []
    for row in held["suppressions"]:
        because = f": {row['detail']}" if row["detail"] else ""
        yield row["at"], f"is on your do-not-email list ({row['reason']}{because}).", []
    for issue in held["issues"]:
        more = [*map(_tried, issue["attempts"]), *map(_event, issue["events"])]
        yield issue["at"], f"Issue {issue['issue']}, “{issue['subject']}”: {_fate(issue)}", more


def _issues(connection: Connection, address: str, number: int | None) -> Iterator[dict[str, Any]]:
    """Yield every issue that has them as a recipient or as an exclusion."""
    theirs = or_(table.address == address, is_number(table.subscriber_id, number))
    ins = {row.issue_id: row for row in connection.execute(select(deliveries).where(theirs))}
    left_out = select(exclusions.c.issue_id, exclusions.c.reason).where(is_number(exclusions.c.subscriber_id, number))
    outs = dict(connection.execute(left_out).all())
    for (issue_number,) in connection.execute(select(issues.c.id).order_by(issues.c.id)).all():
        if issue_number in ins or issue_number in outs:
            issue = read_issue(connection, issue_number)
            about = {"issue": issue.number, "subject": issue.email.subject, "at": issue.frozen_at.isoformat()}
            row = ins.get(issue_number)
            yield about | (_in(connection, issue, row) if row else _out(outs[issue_number]))


def _in(connection: Connection, issue: Issue, row: Row[Any]) -> dict[str, Any]:
    tries = select(attempts.c.at, attempts.c.stage, attempts.c.code, attempts.c.reply)
    found = connection.execute(tries.where(attempts.c.delivery_id == row.id).order_by(attempts.c.id)).mappings()
    names = ("address", "first_name", "last_name", "fields", "state", "code", "reply")
    return {
        **{name: getattr(row, name) for name in names},
        "answered_at": row.at.isoformat() if row.at else None,
        "message_id": MessageIds(issue).of(row.subscriber_id),
        "attempts": [dict(tried) | {"at": tried["at"].isoformat()} for tried in found],
        "events": [event.as_json() for event in feedback.of_delivery(connection, row.id)],
        "replies": [each.as_json() for each in read_replies(connection, issue.number, row.address)],
    }


def _out(reason: str) -> dict[str, Any]:
    return {"state": "excluded", "reason": reason, "attempts": [], "events": [], "replies": []}


def _consent_now(held: dict[str, Any]) -> Iterator[str]:
    person = held["subscriber"]
    if person is None:
        yield f"  is not on the list{_gone_to(held)}."
        return
    name = f"{person['first_name']} {person['last_name']}".strip()
    known = [f"called {name}"] if name else []
    known += [f"language {person['language']}"] if person["language"] else []
    known += [f"tags {', '.join(person['tags'])}"] if person["tags"] else []
    known += [f"{field} {value}" for field, value in person["fields"].items()]
    yield f"  has been on the list since {_day(person['joined_at'])}: {_CONSENT[person['consent']]}."
    if known:
        yield f"  {'; '.join(known)}."
    if person["paused_until"]:
        yield f"  is taking a break until {_day(person['paused_until'])}."


def _gone_to(held: dict[str, Any]) -> str:
    left = [row["new_address"] for row in held["moves"] if row["undone_at"] is None]
    return f": the person with this address moved to {left[-1]}" if left else ""


def _said(row: dict[str, Any]) -> str:
    words = {"confirmed": "said yes", "pending": "was asked", "withdrawn": "said no"}[row["consent"]]
    wording = f" to “{row['wording']}”" if row["wording"] else ""
    network = f", from {row['network_address']}" if row["network_address"] else ""
    return f"{words}{wording} ({row['source'] or 'source unknown'}{network}){_through(row)}."


def _through(row: dict[str, Any]) -> str:
    return f", through a link of issue {row['issue_id']}" if row.get("issue_id") else ""


def _moved(row: dict[str, Any]) -> str:
    undone = f"; they undid it on {_day(row['undone_at'])}" if row["undone_at"] else ""
    where = f"{row['old_address']} to {row['new_address']}"
    return f"moved from {where}{_through(row)}{undone}."


def _asked(row: dict[str, Any]) -> str:
    if row["asked"] == "moved":
        told = "was told" if row["mailed_at"] else "has not been told yet"
        used = ", which they used" if row["used_at"] else ""
        return f"{row['address']} {told} of the move, with a link to undo it{used}."
    what = {"subscribe": "to be on the list", "change": f"to get emails at {row['address']}"}[row["asked"]]
    over = "replaced by a newer request" if row["over_at"] else "not confirmed"
    came = "confirmed" if row["used_at"] else over
    return f"asked {what}, {came} (from {row['network_address']}){_through(row)}."


def _fate(issue: dict[str, Any]) -> str:
    if issue["state"] == "excluded":
        return f"left out {_REASONS.get(issue['reason'], issue['reason'])}."
    answer = f"{issue['code'] or ''} {issue['reply'] or ''}".strip()
    return _STATES[State(issue["state"])] + (f" ({answer})." if answer else ".")


def _tried(tried: dict[str, Any]) -> str:
    return f"tried {_minute(tried['at'])}, at {tried['stage']}: {tried['code'] or ''} {tried['reply']}"


def _event(event: dict[str, Any]) -> str:
    said = f" ({event['diagnostic']})" if event["diagnostic"] else ""
    return f"came back {_minute(event['at'])}: {event['words']}{said}"


def _bounces(issues_: list[dict[str, Any]]) -> list[feedback.FeedbackEvent]:
    return [feedback.from_json(event) for issue in issues_ for event in issue["events"]]


def _newest_accepted(issues_: list[dict[str, Any]]) -> int:
    return max((issue["issue"] for issue in issues_ if issue["state"] == State.ACCEPTED), default=0)


def _day(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d}"


def _minute(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"


_CONSENT = {
    "confirmed": "they said yes",
    "pending": "they were asked and have not answered",
    "withdrawn": "they unsubscribed",
}
_REASONS = {
    "pending": "because they had not said yes by then",
    "withdrawn": "because they had unsubscribed",
    "suppressed": "because they were on your do-not-email list",
    "paused": "because they were taking a break",
    "had it already": "because they had the same post in an earlier issue",
    "topic not wanted": "because they do not want this topic",
}
_STATES = {
    State.QUEUED: "not tried yet",
    State.SENDING: "being sent at this moment",
    State.ACCEPTED: "sent: your mail server took it",
    State.DEFERRED: "not sent yet, and will be tried again",
    State.REFUSED: "not reached",
    State.EXPIRED: "given up, after trying for too long",
    State.SKIPPED: "not emailed: they no longer wanted it, or the issue was cancelled",
    State.UNCERTAIN: "in doubt: the connection dropped before the last answer",
}
