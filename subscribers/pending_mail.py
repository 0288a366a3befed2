"""Pending mails about requests: a row each, so that none is lost when the program ends, and none is sent twice.

    pending ──claim──▶ pending, not before the next try is due ──leaves──▶ handed over
      ▲                                                                         │
      └───────────────── put_off: no relay holds it ◀───────────────────────────┘

A claim stores when the next try is due, so a program that dies with a claimed mail leaves nothing to clean up. Before
the final dot the row is marked as sent, in one statement that only the latest claim can make. After that the mail is
sent again only if the relay said that it holds nothing. A mail older than a day is not sent any more; the notice of a
move is sent for as long as the move can be undone.
There are caps on the mails to one mailbox, for one network, and in total: a mail above a cap waits and is not dropped.
A hall of sixty people is below the caps. Functions take a connection inside a transaction and never commit.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, case, exists, func, null, or_, select, update

from subscribers.consent import Consent
from subscribers.moves import GOOD_FOR
from subscribers.requests import AGAIN, DAY, RequestKind
from subscribers.suppression import is_suppressed
from subscribers.tables import moves, requests, subscribers

MOST_OF_A_NETWORK = 100
"""Mails in an hour that one network asked for: more than a full hall needs, less than a mail bomber wants."""
MOST_OF_A_MAILBOX = 2
"""Mails in a day to one mailbox, at least `AGAIN` apart: the second is for a repeated request or another spelling."""
MOST = 500
"""Mails in an hour, for all networks together."""

PAUSES = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Waits before the second, third … try; the last one repeats."""
STALE = timedelta(days=1)
"""How long after the request a mail may be sent; the notice of a move may be sent for `GOOD_FOR`."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class PendingMail:
    """A pending mail to try now, and not again before `again`."""

    request_id: int
    asked: RequestKind
    address: str
    language: str
    tries: int
    again: datetime
    mailbox: str = ""


@dataclass(frozen=True)
class Waiting:
    """The numbers of pending mails, for the organiser."""

    waiting: int
    since: datetime | None
    """When the oldest of them was asked for."""
    behind_a_cap: int
    """How many wait because their network or their mailbox has reached its cap."""
    given_up: int
    """How many could not be sent in time, in the last seven days."""


def waiting(connection: Connection, at: datetime) -> Waiting:
    """Count the mails that are pending or were given up."""
    pending = requests.c.mail_at.is_not(None)
    # Every claim counts a try, so a mail that waits and was never tried waits behind a cap.
    capped = pending & (requests.c.mail_at > at) & (requests.c.mail_tries == 0)
    numbers = select(
        func.count(case((pending, 1))),
        func.min(case((pending, requests.c.at))),
        func.count(case((capped, 1))),
        func.count(requests.c.given_up_at),
    )
    return Waiting(*connection.execute(numbers).one())


def is_any_due(connection: Connection, at: datetime) -> bool:
    """Say whether there is a mail to claim. Only reads, so other programs can write meanwhile."""
    return connection.scalar(select(requests.c.id).where(requests.c.mail_at <= at).limit(1)) is not None


def claim(connection: Connection, at: datetime, most: int) -> list[PendingMail]:
    """Claim up to `most` of the mails that are due. A mail that must not be sent any more stops being pending."""
    sent = _sent(connection, at)
    # Notices of moves first: the owner of the old mailbox must learn of it at once, however many requests wait.
    first = case((requests.c.asked == RequestKind.MOVED.value, 0), else_=1)
    due = select(requests).where(requests.c.mail_at <= at).order_by(first, requests.c.mail_at, requests.c.id)
    taken: list[PendingMail] = []
    for row in connection.execute(due.limit(MOST)).all():
        if len(taken) >= most or (row.asked != RequestKind.MOVED and sent.total() >= MOST):
            break
        wait = _wait(connection, row, at, sent)
        if wait is not None:
            connection.execute(_one(row.id).values(mail_at=wait))
        elif pending := _taken(connection, row, at):
            taken.append(pending)
            sent[row.network] += row.asked != RequestKind.MOVED
    return taken


def _wait(connection: Connection, row: Row[Any], at: datetime, sent: Counter[str]) -> Any:
    """Return when to look at a mail again, or NULL: it is no longer pending. None: it may be sent now."""
    if not _is_wanted(connection, row):
        return null()
    if row.at <= at - (GOOD_FOR if row.asked == RequestKind.MOVED else STALE):
        connection.execute(_one(row.id).values(given_up_at=at))
        return null()
    if row.asked == RequestKind.MOVED:
        return None
    number, first, last = connection.execute(_mails(row.mailbox, row.address, at)).one()
    if number >= MOST_OF_A_MAILBOX:
        return first + DAY
    if last is not None and last > at - AGAIN:
        return last + AGAIN
    return at + _HOUR if sent[row.network] >= MOST_OF_A_NETWORK else None


def leaves(connection: Connection, pending: PendingMail, at: datetime) -> bool:
    """Record that the mail is sent now; False: do not send it (claimed again, above a cap, or not pending any more)."""
    mine = [requests.c.mail_tries == pending.tries, requests.c.mail_at.is_not(None)]
    if pending.asked is not RequestKind.MOVED:
        mails = _mails(pending.mailbox, pending.address, at).subquery()
        room = (mails.c.number < MOST_OF_A_MAILBOX) & (mails.c.last.is_(None) | (mails.c.last <= at - AGAIN))
        mine.append(exists(select(mails).where(room)))
    return connection.execute(_one(pending.request_id).where(*mine).values(mail_at=None, mailed_at=at)).rowcount == 1


def put_off(connection: Connection, pending: PendingMail) -> None:
    """Make the mail pending again: the relay has said that it does not hold it."""
    latest = requests.c.mail_tries == pending.tries
    connection.execute(_one(pending.request_id).where(latest).values(mail_at=pending.again, mailed_at=None))


def refused(connection: Connection, pending: PendingMail) -> None:
    """Stop trying the mail: the relay will never accept it."""
    latest = requests.c.mail_tries == pending.tries
    connection.execute(_one(pending.request_id).where(latest).values(mail_at=None, mailed_at=None))


def _taken(connection: Connection, row: Row[Any], at: datetime) -> PendingMail | None:
    again = at + PAUSES[min(row.mail_tries, len(PAUSES) - 1)]
    # Compare and set: two programs may serve the same pages.
    mine = _one(row.id).where(requests.c.mail_tries == row.mail_tries, requests.c.mail_at == row.mail_at)
    tries = row.mail_tries + 1
    if connection.execute(mine.values(mail_tries=tries, mail_at=again)).rowcount != 1:
        return None
    return PendingMail(row.id, RequestKind(row.asked), row.address, row.language, tries, again, row.mailbox)


def _is_wanted(connection: Connection, row: Row[Any]) -> bool:
    """Say whether the mail is still needed: not if its address is suppressed or there is nothing left to confirm."""
    if row.used_at is not None or row.over_at is not None or is_suppressed(connection, row.address):
        return False
    if row.asked == RequestKind.MOVED:
        still = select(moves.c.id).where(moves.c.id == row.move_id, moves.c.undone_at.is_(None))
        return connection.scalar(still) is not None
    known = connection.execute(select(subscribers.c.consent).where(subscribers.c.address == row.address)).first()
    if row.asked == RequestKind.CHANGE:
        whose = connection.execute(select(subscribers.c.id).where(subscribers.c.id == row.subscriber_id)).first()
        return known is None and whose is not None
    return known is None or known.consent != Consent.CONFIRMED


def _mails(mailbox: str, address: str, at: datetime) -> Select[Any]:
    """Count the mails that asked a mailbox something in the last day; also give the times of the first and the last."""
    each = requests.alias()
    same = or_(each.c.address == address, each.c.mailbox == mailbox) if mailbox else each.c.address == address
    # For a request that was mailed twice, only the second time is stored.
    twice = each.c.again_at.is_not(None) & (each.c.mailed_at >= each.c.again_at)
    number = func.coalesce(func.sum(case((twice, 2), else_=1)), 0).label("number")
    first, last = func.min(each.c.mailed_at).label("first"), func.max(each.c.mailed_at).label("last")
    asks = each.c.asked != RequestKind.MOVED.value
    return select(number, first, last).where(same, asks, each.c.mailed_at > at - DAY)


def _sent(connection: Connection, at: datetime) -> Counter[str]:
    """Count the mails sent in the last hour, by network."""
    lately = (requests.c.mailed_at > at - _HOUR) & (requests.c.asked != RequestKind.MOVED.value)
    counted = select(requests.c.network, func.count()).where(lately).group_by(requests.c.network)
    return Counter({row[0]: row[1] for row in connection.execute(counted)})


def _one(request_id: int) -> Any:
    return update(requests).where(requests.c.id == request_id)
