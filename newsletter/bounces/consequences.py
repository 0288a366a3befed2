"""Feedback about a delivery after it was accepted: bounces, complaints, unsubscribes by mail.

A report counts once, however often it comes. An address that must not be written to any more is suppressed, by
`bounce.policy`. An uncertain delivery becomes accepted: a mail can only come back if the relay had taken it. No event
is recorded for a mail without a signature of ours, or with that of a subscriber who was erased or never written to.
Callers hold the transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from newsletter.bounces.parse.human import without_prefixes
from newsletter.bounces.parse.kinds import AutoReply, Bounce, Complaint, Feedback, Identity, Unknown, Unsubscribe
from newsletter.bounces.replies import answered_delivery, keep_reply
from newsletter.bounces.settling import settle_one
from newsletter.bounces.strikes import Strike, is_strike, strikes_out, suppresses
from newsletter.database.tables import FeedbackKind, deliveries, events
from newsletter.issue import MOST
from subscribers import consent, suppression
from subscribers.tables import insert_into, subscribers

table = events.c

SAME_FAULT = timedelta(hours=12)
"""How near to each other two reporters tell of one fault, which is one strike."""
REPLY = "reply"
"""The kind of a mail in which a person answers an issue; its reason may be WANTS_TO_LEAVE."""
WANTS_TO_LEAVE = "wants to leave"
UNREADABLE = "unreadable"
"""The kind of a mail that could not be read; its reason says why."""


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What came of one mail to the bounce mailbox."""

    kind: str
    """Of `FeedbackKind`, or "reply", "auto-reply", "unknown" or "unreadable"."""
    address: str = ""
    """The address it is about, from our own records; empty if the mail bears no signature of ours."""
    issue: int = 0
    reason: str = ""
    new: bool = False
    """Whether it was not recorded before."""
    suppressed: bool = False
    withdrawn: bool = False
    settled: bool = False
    """Whether the delivery was uncertain until now."""
    ours: bool = False
    """Whether the mail answers one of ours, by our signature; then its source may put it away."""
    set_aside: str = ""
    """Where a mail that could not be read is now, in words."""


def record_feedback(connection: Connection, news: Feedback, now: datetime) -> FeedbackResult:
    """Record what `news` says, and do what follows from it."""
    match news:
        case Bounce() | Complaint():
            delivery = _delivery(connection, news.who)
            if delivery is None:
                return FeedbackResult(kind=_told(news, "")["kind"], reason=_told(news, "")["reason"])
            return _record_report(connection, news, delivery, now)
        case Unsubscribe():
            return _leave(connection, news, now)
        case AutoReply():
            return _answered(connection, news, now) or FeedbackResult("auto-reply", ours=news.who is not None)
        case _:
            return _answered(connection, news, now) or FeedbackResult("unknown")


def _answered(connection: Connection, news: AutoReply | Unknown, now: datetime) -> FeedbackResult | None:
    """Count an answer that a person wrote; None: it is none. The mail stays where it is, for a human to read."""
    answer = news.answer
    found = answered_delivery(connection, answer) if answer else None
    if answer is None or found is None:
        return None
    if isinstance(news, AutoReply) and without_prefixes(answer.subject) != without_prefixes(found.subject):
        return None  # "Re: Holiday club" speaks for a machine only if our mail was not about the holiday club
    new = keep_reply(connection, answer, found.delivery, now)
    settled = settle_one(connection, found.delivery.id, now, _CAME_BACK)
    wish = WANTS_TO_LEAVE if answer.wants_to_leave else ""
    return FeedbackResult(REPLY, found.delivery.address, found.delivery.issue_id, wish, new, settled=settled)


_CAME_BACK = "the relay had taken it: word of it came back"


def _record_report(
    connection: Connection, news: Bounce | Complaint, delivery: Row[Any], now: datetime
) -> FeedbackResult:
    at = _moment(news.at, delivery, now)
    row = {**_told(news, delivery.address), "delivery_id": delivery.id, "at": at}
    row["strike"] = row["strike"] and not _told_otherwise(connection, row)
    new = _record(connection, row, news.digest)
    gone = new and _follows(connection, news, delivery, at)
    settled = settle_one(connection, delivery.id, now, _CAME_BACK)
    return FeedbackResult(
        row["kind"], delivery.address, delivery.issue_id, row["reason"], new, gone, settled=settled, ours=True
    )


def _told(news: Bounce | Complaint, address: str) -> dict[str, Any]:
    if isinstance(news, Complaint):
        told = {"reason": news.feedback_type, "strike": False, "status": "", "diagnostic": ""}
        return {"kind": FeedbackKind.COMPLAINT.value, "reporter": news.reporter, **told}
    report = news.about(address)
    return {
        "kind": (FeedbackKind.BOUNCE if report.final else FeedbackKind.LATE).value,
        "reason": report.reason.name,
        "strike": is_strike(report),
        "status": report.status,
        "diagnostic": report.diagnostic,
        "reporter": news.reporter,
    }


def _told_otherwise(connection: Connection, row: dict[str, Any]) -> bool:
    """Say whether another reporter told the same already: a relay may send a bounce on and call the webhook, too."""
    same = (table.delivery_id == row["delivery_id"]) & (table.reason == row["reason"]) & table.strike
    near = table.at.between(row["at"] - SAME_FAULT, row["at"] + SAME_FAULT)
    told = select(table.id).where(same, near, table.reporter != row["reporter"])
    return connection.execute(told.limit(1)).first() is not None


def _record(connection: Connection, row: dict[str, Any], digest: str) -> bool:
    # The delivery is part of the digest: a mail about another delivery may be a copy of this one.
    own = hashlib.sha256(f"{row['delivery_id']} {row['kind']} {digest}".encode()).hexdigest()
    statement = insert_into(connection, events).on_conflict_do_nothing().returning(table.id)
    return connection.execute(statement, row | {"digest": own}).first() is not None


def _follows(connection: Connection, news: Bounce | Complaint, delivery: Row[Any], at: datetime) -> bool:
    if isinstance(news, Complaint):
        if not news.by_reader:
            return False
        current = connection.scalar(select(subscribers.c.address).filter_by(id=delivery.subscriber_id))
        # The subscriber's present address too: it is the person who complains.
        for address in {delivery.address, current or delivery.address}:
            suppression.suppress(connection, address, suppression.SuppressionReason.COMPLAINED, at, "a feedback report")
        return True
    report = news.about(delivery.address)
    if not suppresses(report) and not (is_strike(report) and strikes_out(_strikes(connection, delivery.address))):
        return False
    detail = f"{report.reason.value}: {report.diagnostic}" if report.diagnostic else report.reason.value
    return suppression.suppress(connection, delivery.address, suppression.SuppressionReason.BOUNCED, at, detail)


def _strikes(connection: Connection, address: str) -> list[Strike]:
    counted = select(deliveries.c.issue_id, table.at).join(deliveries, deliveries.c.id == table.delivery_id)
    found = connection.execute(counted.where(deliveries.c.address == address, table.strike))
    return [Strike(issue, at) for issue, at in found]


def _leave(connection: Connection, news: Unsubscribe, now: datetime) -> FeedbackResult:
    delivery = _delivery(connection, news.who)
    if delivery is None:
        person = connection.scalar(select(subscribers.c.address).filter_by(id=news.who.subscriber_id))
        withdrawn = _withdraw(connection, news, now)
        return FeedbackResult(FeedbackKind.UNSUBSCRIBE, person or "", new=withdrawn, withdrawn=withdrawn, ours=True)
    told = {"reason": news.at_service, "strike": False, "status": "", "diagnostic": "", "reporter": news.at_service}
    row = {"kind": FeedbackKind.UNSUBSCRIBE.value, "delivery_id": delivery.id, "at": now, **told}
    new = _record(connection, row, news.digest)
    # A service may say it again after days. By then the reader may have come back, so only the first time counts.
    withdrawn = (new or not news.at_service) and _withdraw(connection, news, now)
    settled = settle_one(connection, delivery.id, now, _CAME_BACK)
    return FeedbackResult(
        FeedbackKind.UNSUBSCRIBE, delivery.address, delivery.issue_id, "", new, False, withdrawn, settled, ours=True
    )


def _withdraw(connection: Connection, news: Unsubscribe, now: datetime) -> bool:
    source = f"unsubscribed at {news.at_service}" if news.at_service else "unsubscribe mail"
    return consent.withdraw(connection, news.who.subscriber_id, now, source, issue_id=news.who.issue)


def _delivery(connection: Connection, who: Identity | None) -> Row[Any] | None:
    if who is None or max(who.issue, who.subscriber_id) > MOST:
        return None
    theirs = select(deliveries).where(
        deliveries.c.issue_id == who.issue, deliveries.c.subscriber_id == who.subscriber_id
    )
    return connection.execute(theirs).first()


def _moment(said: datetime | None, delivery: Row[Any], now: datetime) -> datetime:
    """Return when it happened: the time in the report if that is possible, else `now`."""
    sent = delivery.at or now
    return said if said is not None and sent <= said <= now else now
