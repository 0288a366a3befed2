"""What becomes of the uncertain: those whose answer was never read. Callers hold the transaction.

Some are settled by what is learnt later, a mail that came back or a line in the relay's own log; the others only by
what the organiser says. Whatever is settled here was uncertain until now, and nothing else is touched.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from newsletter import send_log
from newsletter.issue import Issue
from newsletter.message import MessageIds
from newsletter.tables import State, deliveries

table = deliveries.c


class Settlement(StrEnum):
    """What becomes of deliveries whose answer was never read."""

    HOLD = "hold"
    """Nothing: they stay uncertain."""
    RESEND = "resend"
    """They are sent again, with the same Message-ID and bytes; some may get it twice."""
    ASSUME = "assume"
    """They are taken as accepted; some may not have got it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a log told: how many it knows of by what became of them, and how many it does not know of."""

    settled: Counter[str]
    unknown: int


def settle_uncertain(connection: Connection, issue: int, settlement: Settlement) -> int:
    """Do with the uncertain deliveries of an issue as the organiser says; say how many there were."""
    uncertain = (table.issue_id == issue) & (table.state == State.UNCERTAIN)
    if settlement is Settlement.HOLD:
        return connection.execute(select(func.count()).where(uncertain)).scalar_one()
    state = State.QUEUED if settlement is Settlement.RESEND else State.ACCEPTED
    return connection.execute(update(deliveries).where(uncertain).values(state=state, dotted=False)).rowcount


def settle_one(connection: Connection, delivery: int, now: datetime, how: str) -> bool:
    """Take an uncertain delivery as accepted, because it was learnt that it was; say whether it was uncertain."""
    return send_log.learn_accepted(connection, delivery, now, how)


def uncertain_mails(connection: Connection, issue: Issue) -> dict[str, int]:
    """Give the deliveries of `issue` that are uncertain by the Message-IDs of their mails."""
    uncertain = select(table.id, table.subscriber_id).where(
        table.issue_id == issue.number, table.state == State.UNCERTAIN
    )
    ids = MessageIds(issue)
    return {ids.of(row.subscriber_id): row.id for row in connection.execute(uncertain) if row.subscriber_id > 0}


def settle_by_log(connection: Connection, mails: Mapping[str, int], fates: Mapping[str, str], now: datetime) -> Learnt:
    """Settle those `mails` of whose fates the relay's log told; the others stay as they are.

    The log is read before, without a transaction: one that is slow to come would hold up every other program.
    """
    settled = Counter[str]()
    for known, word in fates.items():
        if settle_one(connection, mails[known], now, f"the relay had taken it: its log says {word}"):
            settled[word] += 1
    return Learnt(settled, len(mails) - len(fates))
