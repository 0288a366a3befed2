"""What happened to the mails to one address, for operators. In: an address. Out: the events of each delivery, in order.

Only reads. A delivery keeps the last sender that claimed it, its last answer, and every try that was not accepted; the
moments of a claim and of a dot are not written down, so these events have no time, and stand where they belong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from newsletter.bounces import feedback
from newsletter.database.tables import Lifecycle, State, attempts, deliveries, exclusions, senders
from newsletter.issue import Issue, read_issue
from newsletter.message.message_id import MessageIds
from subscribers.tables import consents, is_number, subscribers, suppressions

table = deliveries.c

_OPEN = (State.QUEUED, State.DEFERRED, State.SENDING)


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened to a delivery."""

    what: str
    """frozen, left out, claimed, try, dot, result, feedback, consent, suppressed, or issue (what holds it now)."""
    at: datetime | None
    """None: the moment is not recorded."""
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The event as an object of `why --trace --json`; its time is UTC."""
        return {"at": self.at.isoformat() if self.at else None, "event": self.what, **self.facts}


@dataclass(frozen=True, slots=True)
class DeliveryTrace:
    """The events of one delivery, or of one exclusion from an issue; then `delivery` is None."""

    issue: int
    subject: str
    delivery: int | None
    message_id: str
    """Which the relay's log has, too; empty for an exclusion, and where the subscriber was erased."""
    events: tuple[TraceEvent, ...]

    def as_json(self) -> dict[str, Any]:
        """The delivery as an object of `why --trace --json`."""
        named = {name: getattr(self, name) for name in ("issue", "subject", "delivery", "message_id")}
        return named | {"events": [event.as_json() for event in self.events]}


def trace(connection: Connection, address: str, issue: int | None = None) -> list[DeliveryTrace]:
    """Trace the deliveries to a normalised address, and to whom it belongs now: the oldest issue first.

    `issue`: only that one; None: all.
    """
    number = connection.scalar(select(subscribers.c.id).where(subscribers.c.address == address))
    theirs = or_(table.address == address, is_number(table.subscriber_id, number))
    found = {row.issue_id: row for row in connection.execute(select(deliveries).where(theirs).order_by(table.id))}
    left_out = select(exclusions.c.issue_id, exclusions.c.reason).where(is_number(exclusions.c.subscriber_id, number))
    reasons = {row.issue_id: row.reason for row in connection.execute(left_out)}
    wanted = sorted({*found, *reasons} if issue is None else {issue} & {*found, *reasons})
    return [_traced(connection, read_issue(connection, each), found.get(each), reasons.get(each)) for each in wanted]


def _traced(connection: Connection, issue: Issue, row: Row[Any] | None, reason: str | None) -> DeliveryTrace:
    if row is None:
        event = TraceEvent("left out", issue.frozen_at, {"reason": reason})
        return DeliveryTrace(issue.number, issue.email.subject, None, "", (event,))
    sure_ids = MessageIds(issue).of(row.subscriber_id) if row.subscriber_id >= 0 else ""
    events = (*_until_result(connection, issue, row), *_after(connection, issue, row))
    return DeliveryTrace(issue.number, issue.email.subject, row.id, sure_ids, events)


def _until_result(connection: Connection, issue: Issue, row: Row[Any]) -> Iterator[TraceEvent]:
    """Yield what happened in the order of a delivery's life; times of different machines need not agree with it."""
    yield TraceEvent("frozen", issue.frozen_at, {"post": str(issue.post), "address": row.address})
    tries = connection.execute(
        select(attempts).where(attempts.c.delivery_id == row.id).order_by(attempts.c.at, attempts.c.id)
    ).all()
    claim = _claim(connection, row.sender)
    before = [each for each in tries if claim is None or each.at < claim["began"]]
    yield from map(_try, before)
    if claim is not None:
        yield TraceEvent("claimed", None, claim | {"began": claim["began"].isoformat()})
    last = tries[len(before) :]
    at_the_dot = [each for each in last if each.stage == "dot"]
    yield from (_try(each) for each in last if each not in at_the_dot)
    if row.dotted:
        yield TraceEvent("dot", None, {"said": "marked as leaving"})
    yield from map(_try, at_the_dot)
    if row.at is not None or row.state not in _OPEN:
        yield TraceEvent("result", row.at, _result(row))


def _claim(connection: Connection, number: int | None) -> dict[str, Any] | None:
    """Describe the sender that claimed the delivery last: its run, its machine, and how it left."""
    sender = connection.execute(select(senders).where(is_number(senders.c.id, number))).first()
    if sender is None:
        return None
    gone = {"gone": sender.gone_at.isoformat(), "why": sender.why} if sender.gone_at else {}
    names = ("machine", "process", "version")
    return {"sender": sender.id, **{name: getattr(sender, name) for name in names}, "began": sender.since, **gone}


def _try(row: Row[Any]) -> TraceEvent:
    return TraceEvent("try", row.at, {"stage": row.stage, "code": row.code, "reply": row.reply})


def _result(row: Row[Any]) -> dict[str, Any]:
    retry = {"retry_at": row.retry_at.isoformat()} if row.retry_at else {}
    return {"state": str(row.state), "code": row.code, "reply": row.reply or "", "tries": row.attempts, **retry}


def _after(connection: Connection, issue: Issue, row: Row[Any]) -> list[TraceEvent]:
    """Return what came of the mail later, by time, and at the end what holds a delivery that is still to be tried."""
    told = [
        TraceEvent("feedback", each.at, {name: getattr(each, name) for name in _FEEDBACK})
        for each in feedback.of_delivery(connection, row.id)
    ]
    said = select(consents.c.at, consents.c.consent, consents.c.source).where(
        is_number(consents.c.subscriber_id, row.subscriber_id), consents.c.issue_id == issue.number
    )
    told += [
        TraceEvent("consent", each.at, {"consent": str(each.consent), "source": each.source})
        for each in connection.execute(said)
    ]
    for each in connection.execute(select(suppressions).where(suppressions.c.address == row.address)):
        told.append(TraceEvent("suppressed", each.at, {"reason": str(each.reason), "detail": each.detail}))
    told.sort(key=lambda event: event.at or issue.frozen_at)
    if row.state in _OPEN and (issue.lifecycle is not Lifecycle.OPEN or issue.why):
        told.append(TraceEvent("issue", None, {"state": str(issue.lifecycle), "why": issue.why}))
    return told


_FEEDBACK = ("kind", "reason", "status", "diagnostic", "reporter", "words")
