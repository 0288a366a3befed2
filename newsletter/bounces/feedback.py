"""Reads the feedback about deliveries back, in plain words: "their mailbox is full, since March 2026". Only reads."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from newsletter.bounces.parse.kinds import BounceReason, Complaint
from newsletter.database.tables import FeedbackKind, deliveries, events

table = events.c


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """One piece of feedback about one delivery."""

    issue: int
    address: str
    kind: FeedbackKind
    reason: str
    status: str
    diagnostic: str
    reporter: str
    at: datetime

    @property
    def words(self) -> str:
        """What it means, in a few plain words."""
        return feedback_in_words(self.kind, self.reason)

    def as_json(self) -> dict[str, Any]:
        """The object that `bounces list --json` and `why --json` print."""
        told = {
            name: getattr(self, name) for name in ("issue", "address", "reason", "status", "diagnostic", "reporter")
        }
        return {"at": self.at.isoformat(), "kind": str(self.kind), **told, "words": self.words}


def from_json(told: dict[str, Any]) -> FeedbackEvent:
    """Read an event from the object that `as_json` made."""
    known = {name: told[name] for name in ("issue", "address", "reason", "status", "diagnostic", "reporter")}
    return FeedbackEvent(kind=FeedbackKind(told["kind"]), at=datetime.fromisoformat(told["at"]), **known)


def feedback_in_words(kind: str, reason: str) -> str:
    """Say what an event means, in a few plain words."""
    match kind:
        case FeedbackKind.COMPLAINT:
            by_reader = Complaint(None, reason, "").by_reader
            return "they reported it as spam" if by_reader else f"a machine reported it ({reason})"
        case FeedbackKind.UNSUBSCRIBE:
            return f"they unsubscribed at {reason}" if reason else "they unsubscribed by mail"
    because = BounceReason[reason].value if reason in BounceReason.__members__ else reason
    return f"late: {because}" if kind == FeedbackKind.LATE else because


def of_delivery(connection: Connection, delivery: int) -> list[FeedbackEvent]:
    """Read the feedback about one delivery, in the order in which it happened."""
    return _read(connection, table.delivery_id == delivery)


def of_issue(connection: Connection, issue: int) -> list[FeedbackEvent]:
    """Read the feedback about all deliveries of an issue."""
    return _read(connection, deliveries.c.issue_id == issue)


def of_address(connection: Connection, address: str) -> list[FeedbackEvent]:
    """Read the feedback about all deliveries to a normalised address."""
    return _read(connection, deliveries.c.address == address)


def everything(connection: Connection) -> list[FeedbackEvent]:
    """Read all feedback."""
    return _read(connection)


def tally(connection: Connection, issue: int) -> list[tuple[str, str, int]]:
    """Count the feedback about an issue: kind, words, and number of deliveries; the most frequent first."""
    meant: dict[tuple[str, str], list[str]] = {}
    for kind, reason in _kinds(connection, issue):
        meant.setdefault((kind, feedback_in_words(kind, reason)), []).append(reason)
    counts = Counter({(kind, words): _count(connection, issue, kind, meant[kind, words]) for kind, words in meant})
    return [(kind, words, many) for (kind, words), many in counts.most_common()]


def affected(connection: Connection, issue: int) -> Counter[FeedbackKind]:
    """Count the deliveries of an issue by the kinds of feedback about them; of complaints, only readers' own."""
    meant: dict[FeedbackKind, list[str]] = {}
    for kind, reason in _kinds(connection, issue):
        if kind != FeedbackKind.COMPLAINT or Complaint(None, reason, "").by_reader:
            meant.setdefault(FeedbackKind(kind), []).append(reason)
    return Counter({kind: _count(connection, issue, kind, reasons) for kind, reasons in meant.items()})


def _kinds(connection: Connection, issue: int) -> list[tuple[str, str]]:
    """List the kinds of feedback about an issue, with the reasons given."""
    found = select(table.kind, table.reason).join(deliveries, deliveries.c.id == table.delivery_id).distinct()
    of_issue = found.where(deliveries.c.issue_id == issue).order_by(table.kind, table.reason)
    return [(kind, reason) for kind, reason in connection.execute(of_issue)]


def _count(connection: Connection, issue: int, kind: str, reasons: Collection[str]) -> int:
    """Count the deliveries with such feedback; one with two reports of the same meaning counts once."""
    counted = select(func.count(table.delivery_id.distinct())).join(deliveries, deliveries.c.id == table.delivery_id)
    return connection.scalars(
        counted.where(deliveries.c.issue_id == issue, table.kind == kind, table.reason.in_(reasons))
    ).one()


def lasting_bounce(events_: Collection[FeedbackEvent], last_accepted: int) -> str:
    """Say what keeps mail from a recipient and since when, if their newest accepted issue came back; else nothing."""
    final = sorted((event for event in events_ if event.kind is FeedbackKind.BOUNCE), key=lambda event: event.at)
    if not final or final[-1].issue < last_accepted:
        return ""
    since = final[-1]
    for event in reversed(final):
        if event.reason != since.reason:
            break
        since = event
    return f"{since.words}, since {since.at:%B %Y}"


def _read(connection: Connection, *conditions: Any) -> list[FeedbackEvent]:
    columns = (table.kind, table.reason, table.status, table.diagnostic, table.reporter, table.at)
    joined = select(deliveries.c.issue_id, deliveries.c.address, *columns)
    wanted = joined.join(deliveries, deliveries.c.id == table.delivery_id).where(*conditions)
    rows = connection.execute(wanted.order_by(table.at, table.id))
    return [FeedbackEvent(issue, address, FeedbackKind(kind), *rest) for issue, address, kind, *rest in rows]
