"""Answers that people wrote to an issue: each is counted once, and none of its words is kept.

An answer belongs to a delivery whose Message-ID it names: only we can make these, and they stay the same at every
attempt. Callers hold the transaction.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from newsletter.bounces.parse.human import HumanAnswer
from newsletter.database.tables import deliveries, replies
from newsletter.errors import UnknownIssue
from newsletter.issue import MOST, Issue, read_issue
from newsletter.message import MessageIds
from subscribers.tables import insert_into

_OURS = re.compile(r"<([1-9]\d{0,9})\.([0-9a-f]{30})@[^<>@\s]{1,253}>")
MOST_ISSUES = 5
"""How many of the issues that one answer names are looked at."""


@dataclass(frozen=True, slots=True)
class CountedReply:
    """One answer that a person wrote."""

    issue: int
    address: str
    """Of the delivery that it answers; empty if the person was erased."""
    wants_to_leave: bool
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return what `bounces list --replies --json` prints."""
        told = {"issue": self.issue, "address": self.address, "wants_to_leave": self.wants_to_leave}
        return {"at": self.at.isoformat(), "kind": "reply", **told}


@dataclass(frozen=True, slots=True)
class AnsweredDelivery:
    """The delivery that an answer is about, and the subject of its issue."""

    delivery: Row[Any]
    subject: str


def answered_delivery(connection: Connection, answer: HumanAnswer) -> AnsweredDelivery | None:
    """Find the delivery that `answer` answers; None: it names none of our mails, or is a copy of what we wrote."""
    for issue, named in _named(connection, answer):
        ours = {issue.letterhead.sender, issue.letterhead.reply_to, issue.letterhead.return_path}
        if answer.sender in {each.address.lower() for each in ours if each}:
            return None
        if (found := _delivery(connection, issue, named, answer.sender)) is not None:
            if answer.own_id == named:
                return None
            return AnsweredDelivery(found, issue.email.subject)
    return None


def keep_reply(connection: Connection, answer: HumanAnswer, delivery: Row[Any], at: datetime) -> bool:
    """Count an answer; say whether it was not counted before, however it came."""
    digest = hashlib.sha256(f"reply {delivery.id} {answer.digest}".encode()).hexdigest()
    row = {"delivery_id": delivery.id, "digest": digest, "wants_to_leave": answer.wants_to_leave, "at": at}
    statement = insert_into(connection, replies).on_conflict_do_nothing().returning(replies.c.id)
    return connection.execute(statement, row).first() is not None


def replies_counted(connection: Connection) -> Counter[int]:
    """Count the answers to each issue."""
    each = select(deliveries.c.issue_id, func.count()).join(replies, replies.c.delivery_id == deliveries.c.id)
    found = connection.execute(each.group_by(deliveries.c.issue_id))
    return Counter({row[0]: row[1] for row in found})


def read_replies(connection: Connection, issue: int | None = None, address: str | None = None) -> list[CountedReply]:
    """List the answers, the oldest first; `issue`, `address`: only to this issue, of this normalised address."""
    wanted = select(deliveries.c.issue_id, deliveries.c.address, replies.c.wants_to_leave, replies.c.at)
    wanted = wanted.join(deliveries, deliveries.c.id == replies.c.delivery_id).order_by(replies.c.at, replies.c.id)
    if issue is not None:
        wanted = wanted.where(deliveries.c.issue_id == issue)
    if address is not None:
        wanted = wanted.where(deliveries.c.address == address)
    return [
        CountedReply(row.issue_id, row.address if "@" in row.address else "", row.wants_to_leave, row.at)
        for row in connection.execute(wanted)
    ]


def _named(connection: Connection, answer: HumanAnswer) -> Iterator[tuple[Issue, str]]:
    """Yield the Message-IDs that look like ours, each with its issue."""
    looked_at: dict[int, Issue] = {}
    for each in answer.answered:
        match = _OURS.fullmatch(each)
        number = int(match[1]) if match else MOST + 1
        if number > MOST or (number not in looked_at and len(looked_at) >= MOST_ISSUES):
            continue
        try:
            issue = looked_at.get(number) or read_issue(connection, number)
        except UnknownIssue:
            continue
        looked_at[number] = issue
        yield issue, each


def _delivery(connection: Connection, issue: Issue, named: str, sender: str) -> Row[Any] | None:
    """Find the delivery with a Message-ID: the sender's own first, else any, as people answer from other addresses."""
    ids, mine = MessageIds(issue), deliveries.c.issue_id == issue.number
    own = connection.execute(select(deliveries).where(mine, deliveries.c.address == sender)).first() if sender else None
    if own is not None and ids.of(own.subscriber_id).lower() == named:
        return own
    numbers = select(deliveries.c.id, deliveries.c.subscriber_id).where(mine)
    with connection.execute(numbers, execution_options={"yield_per": 1000}) as rows:
        number = next((row.id for row in rows if ids.of(row.subscriber_id).lower() == named), None)
    return connection.execute(select(deliveries).where(deliveries.c.id == number)).first() if number else None
