"""Why a subscriber left, if they say so: one of a few reasons, and their own words. Used for counts only.

The answer belongs to the subscriber: it is deleted when they come back and when they are erased. Functions take a
connection inside a transaction and never commit.
"""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from subscribers.consent import Consent
from subscribers.tables import subscribers, unsubscribe_reasons

MOST_WORDS = 500


class UnsubscribeReason(StrEnum):
    """The reasons that a person who unsubscribed may tick."""

    TOO_MANY = "too-many"
    """The mails come too often."""
    NOT_FOR_ME = "not-for-me"
    """They are not about what the reader cares for."""
    NEVER_ASKED = "never-asked"
    """The reader does not remember having asked for them."""
    ELSEWHERE = "elsewhere"
    """The reader follows us in another way."""
    OTHER = "other"
    """Another reason, or only words."""


class UnsubscribeReasons(NamedTuple):
    """The answers for one issue: how often each reason, and the words, newest first, without names."""

    reasons: Counter[str]
    words: tuple[str, ...]


def tell(connection: Connection, subscriber_id: int, issue_id: int, reason: str, words: str, at: datetime) -> bool:
    """Record why a subscriber has left, in place of an earlier answer; say whether anything was recorded.

    Nothing is recorded if the subscriber has not left, or if the answer has neither a known reason nor words.
    """
    known = reason in tuple(UnsubscribeReason)
    left = select(subscribers.c.id).where(
        subscribers.c.id == subscriber_id, subscribers.c.consent == Consent.WITHDRAWN.value
    )
    if not (known or words) or connection.scalar(left) is None:
        return False
    forget(connection, subscriber_id)
    row = {"subscriber_id": subscriber_id, "issue_id": issue_id, "at": at, "words": words[:MOST_WORDS]}
    connection.execute(
        insert(unsubscribe_reasons), row | {"reason": reason if known else UnsubscribeReason.OTHER.value}
    )
    return True


def forget(connection: Connection, subscriber_id: int) -> None:
    """Delete why a subscriber left, because they are back."""
    connection.execute(delete(unsubscribe_reasons).where(unsubscribe_reasons.c.subscriber_id == subscriber_id))


def reasons_of(connection: Connection, issue_id: int, most: int = 20) -> UnsubscribeReasons:
    """Count the reasons of those who left by a link of issue `issue_id`, and give up to `most` of their words."""
    table = unsubscribe_reasons.c
    of_issue = table.issue_id == issue_id
    counted = connection.execute(select(table.reason, func.count()).where(of_issue).group_by(table.reason)).all()
    words = select(table.words).where(of_issue, table.words != "").order_by(table.at.desc(), table.subscriber_id)
    return UnsubscribeReasons(
        Counter({row[0]: row[1] for row in counted}), tuple(connection.scalars(words.limit(most)))
    )
