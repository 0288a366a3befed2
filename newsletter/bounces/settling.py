"""Settles uncertain deliveries: those whose answer was never read. Callers hold the transaction.

Some are settled by what we learn later, from a mail that came back or a line in the relay's own log; the others only by
the organiser's decision. Only uncertain deliveries are changed here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from sqlalchemy import ColumnElement, Connection, func, select, update

from newsletter import send_log
from newsletter.database.tables import Leaving, State, deliveries, senders
from newsletter.errors import ActionRefused
from newsletter.issue import Issue
from newsletter.message import MessageIds
from newsletter.send_log import workers

table = deliveries.c

ANSWERS_COME = timedelta(minutes=15)
"""For how long a relay may still answer a worker that was found gone: ten minutes (RFC 5321, 4.5.3.2.6), and some."""


class Settlement(StrEnum):
    """What the organiser decides about uncertain deliveries."""

    HOLD = "hold"
    """Nothing: they stay uncertain."""
    RESEND = "resend"
    """They are sent again, with the same Message-ID and bytes; some recipients may get the mail twice."""
    ASSUME = "assume"
    """They count as accepted; some recipients may not have got the mail."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the relay's log told: how many deliveries it settled, by their fate, and how many it does not mention."""

    settled: Counter[str]
    unknown: int


def settle_uncertain(connection: Connection, issue: int, settlement: Settlement) -> int:
    """Do what the organiser decided with the uncertain deliveries of an issue; say how many there were.

    Raises ActionRefused if they are to be sent again and the machine that held them may still be waiting for an answer.
    """
    uncertain = (table.issue_id == issue) & (table.state == State.UNCERTAIN)
    if settlement is Settlement.HOLD:
        return connection.execute(select(func.count()).where(uncertain)).scalar_one()
    if settlement is Settlement.RESEND:
        _refuse_too_early(connection, uncertain)
    state = State.QUEUED if settlement is Settlement.RESEND else State.ACCEPTED
    return connection.execute(update(deliveries).where(uncertain).values(state=state, dotted=False)).rowcount


def _refuse_too_early(connection: Connection, uncertain: ColumnElement[bool]) -> None:
    """Refuse while a worker that was found gone may be alive behind a broken line, and its relay about to answer."""
    lost = senders.c.worker.is_not(None), senders.c.why.in_((Leaving.DIED, Leaving.HUNG))
    latest = select(func.max(senders.c.gone_at)).join(deliveries, table.sender == senders.c.id).where(uncertain, *lost)
    gone_at = connection.execute(latest).scalar()
    if gone_at and (left := gone_at + ANSWERS_COME - workers.clock(connection)) > timedelta():
        raise ActionRefused(why=_TOO_EARLY.format(minutes=ceil(left / timedelta(minutes=1))))


def settle_one(connection: Connection, delivery: int, now: datetime, how: str) -> bool:
    """Mark an uncertain delivery as accepted, because we learned that it was (`how`); say whether it was uncertain."""
    return send_log.learn_accepted(connection, delivery, now, how)


def uncertain_mails(connection: Connection, issue: Issue) -> dict[str, int]:
    """Return the uncertain deliveries of `issue`, by the Message-IDs of their mails; without erased subscribers."""
    uncertain = select(table.id, table.subscriber_id).where(
        table.issue_id == issue.number, table.state == State.UNCERTAIN
    )
    ids = MessageIds(issue)
    return {ids.of(row.subscriber_id): row.id for row in connection.execute(uncertain) if row.subscriber_id > 0}


def settle_by_log(connection: Connection, mails: Mapping[str, int], fates: Mapping[str, str], now: datetime) -> Learnt:
    """Mark as accepted those `mails` that have a fate in the relay's log; the others stay uncertain.

    The caller reads the log before the transaction begins, because a slow log would hold up every other program.
    """
    settled = Counter[str]()
    for known, word in fates.items():
        if settle_one(connection, mails[known], now, f"the relay had taken it: its log says {word}"):
            settled[word] += 1
    return Learnt(settled, len(mails) - len(fates))


_TOO_EARLY = (
    "A machine that was sending this issue was lost, and your mail server may still answer it, so to send again now "
    "may send twice. Try again in {minutes} minutes, or leave out --uncertain resend."
)
