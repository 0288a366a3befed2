"""The mails that are owed about requests: a row each, so that none is lost with the program, and none goes twice.

    owed ──claim──▶ owed, not before the next try is due ──leaves──▶ handed over
      ▲                                                               │
      └──────────────── put_off: no relay holds it ◀──────────────────┘

A claim writes down when the next try would be, so whoever dies with one has nothing to put back. Before the final dot
the row says that the mail has left, in one statement which only the latest claim can make: after that nobody sends it
again unless the relay has said that it holds nothing. Nothing goes out later than a day after it was asked for.
What one address, one network and all together are sent is capped here as it is when they ask, because what has waited
for a relay would come all at once. Functions take a connection inside a transaction and never commit.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, update

from subscribers.consent import Consent
from subscribers.requests import MOST, MOST_OF_A_NETWORK, Asked
from subscribers.suppression import is_suppressed
from subscribers.tables import requests, subscribers

PAUSES = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Until the second, third … try; the last one again and again."""
STALE = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Owed:
    """A mail that is to be tried now, and not again before `again`."""

    request_id: int
    asked: Asked
    address: str
    language: str
    tries: int
    again: datetime


def is_any_due(connection: Connection, at: datetime) -> bool:
    """Say whether there is anything to claim, without keeping others from writing."""
    return connection.scalar(select(requests.c.id).where(requests.c.mail_at <= at).limit(1)) is not None


def claim(connection: Connection, at: datetime, most: int) -> list[Owed]:
    """Take up to `most` of the mails that are due; what must not be sent any more is not owed any longer."""
    sent = _sent(connection, at)
    due = select(requests).where(requests.c.mail_at <= at).order_by(requests.c.mail_at, requests.c.id)
    taken: list[Owed] = []
    for row in connection.execute(due.limit(MOST)).all():
        if len(taken) >= most or sent.total() >= MOST:
            break
        if row.at <= at - STALE or not _may_go(connection, row, at):
            _settle(connection, row.id)
        elif sent[row.network] >= MOST_OF_A_NETWORK:
            connection.execute(_one(row.id).values(mail_at=at + _HOUR))
        elif owed := _taken(connection, row, at):
            taken.append(owed)
            sent[row.network] += 1
    return taken


def leaves(connection: Connection, owed: Owed, at: datetime) -> bool:
    """Write down that the mail leaves now; False: it must not, because another try has or it is owed no longer."""
    latest = (requests.c.mail_tries == owed.tries) & requests.c.mail_at.is_not(None)
    statement = _one(owed.request_id).where(latest, ~_mailed_today(owed.address, at))
    return connection.execute(statement.values(mail_at=None, mailed_at=at)).rowcount == 1


def put_off(connection: Connection, owed: Owed) -> None:
    """Owe the mail again: the relay has said that it does not hold it."""
    latest = requests.c.mail_tries == owed.tries
    connection.execute(_one(owed.request_id).where(latest).values(mail_at=owed.again, mailed_at=None))


def refused(connection: Connection, owed: Owed) -> None:
    """Owe the mail no longer: the relay will never take it."""
    latest = requests.c.mail_tries == owed.tries
    connection.execute(_one(owed.request_id).where(latest).values(mail_at=None, mailed_at=None))


def _taken(connection: Connection, row: Row[Any], at: datetime) -> Owed | None:
    again = at + PAUSES[min(row.mail_tries, len(PAUSES) - 1)]
    # Compare and set, because two programs may serve the same pages.
    mine = _one(row.id).where(requests.c.mail_tries == row.mail_tries, requests.c.mail_at == row.mail_at)
    tries = row.mail_tries + 1
    if connection.execute(mine.values(mail_tries=tries, mail_at=again)).rowcount != 1:
        return None
    return Owed(row.id, Asked(row.asked), row.address, row.language, tries, again)


def _may_go(connection: Connection, row: Row[Any], at: datetime) -> bool:
    """Because it is nobody's business but the mailbox's: who is suppressed, or has nothing to confirm, gets none."""
    if row.used_at is not None or is_suppressed(connection, row.address):
        return False
    if connection.scalar(select(_mailed_today(row.address, at))):
        return False
    known = connection.execute(select(subscribers.c.consent).where(subscribers.c.address == row.address)).first()
    if row.asked == Asked.CHANGE:
        whose = connection.execute(select(subscribers.c.id).where(subscribers.c.id == row.subscriber_id)).first()
        return known is None and whose is not None
    return known is None or known.consent != Consent.CONFIRMED


def _mailed_today(address: str, at: datetime) -> ColumnElement[bool]:
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    other = requests.alias()
    return exists().where(other.c.address == address, other.c.mailed_at >= midnight)


def _sent(connection: Connection, at: datetime) -> Counter[str]:
    """Count what has gone out in the last hour, by network."""
    lately = requests.c.mailed_at > at - _HOUR
    counted = select(requests.c.network, func.count()).where(lately).group_by(requests.c.network)
    return Counter({row[0]: row[1] for row in connection.execute(counted)})


def _settle(connection: Connection, request_id: int) -> None:
    connection.execute(_one(request_id).values(mail_at=None))


def _one(request_id: int) -> Any:
    return update(requests).where(requests.c.id == request_id)
