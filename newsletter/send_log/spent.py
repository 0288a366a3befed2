"""How many messages have gone out lately, over all issues and senders: what a daily limit is counted by.

Kept as sums over five minutes for each sender, so that counting a day reads a few hundred rows and never the log, and
two senders never wait for each other's. A message is counted from its claim on: while it is claimed as a delivery in
`sending`, and from its answer on in the sums, unless the answer says that the relay does not hold it. So what is out
is never counted too late; and it is counted for 24 hours from its answer, to 24 hours and five minutes. A limit
counted so is kept in any 24 hours; what it errs by, it lets out too few. Callers hold the transaction.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, func, insert, select, text, update

from newsletter.send_log.direct import ForEach
from newsletter.tables import State, deliveries, spent, waits_as
from subscribers.tables import moments_for

DAY = timedelta(days=1)
PERIOD = timedelta(minutes=5)


class Taken(NamedTuple):
    """What counts towards a limit at one moment."""

    gone_out: int
    """Accepted or uncertain in the last 24 hours."""
    claimed: int
    """Claimed by whatever sender: on their way, or about to be."""
    next_free: datetime | None
    """When the oldest of what has gone out counts no longer."""


def add(connection: Connection, sender: int, number: int, now: datetime) -> None:
    """Count so many messages that were taken, or may have been, by what `sender` has just written down."""
    if number:
        since = _period(now)
        row = (number, moments_for(connection)(since), sender)
        if not _ADD.execute(connection, [row]):
            connection.execute(insert(spent), {"since": since, "sender": sender, "taken": number})


def taken(connection: Connection, now: datetime) -> Taken:
    """Count, by one look at the database: of two, what moves from one sum to the other between them would be missed."""
    gone_out, oldest, claimed = connection.execute(_TAKEN, {"after": now - DAY - PERIOD}).one()
    return Taken(gone_out, claimed, oldest + PERIOD + DAY if oldest else None)


def take_turns(connection: Connection) -> None:
    """Let no other sender count before this transaction has ended: what it claims after counting is counted then."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.execute(_TURN)


def _period(moment: datetime) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % PERIOD


_TURN = text("SELECT pg_advisory_xact_lock(7234935, 0)")  # beside the class of newsletter.lock

_ADD = ForEach(
    {"number": Integer(), "period": spent.c.since.type, "of_sender": Integer()},
    lambda of: (
        update(spent)
        .where(spent.c.since == of("period"), spent.c.sender == of("of_sender"))
        .values(taken=spent.c.taken + of("number"))
    ),
)

_LATELY = spent.c.since > bindparam("after")
_TAKEN = select(
    select(func.coalesce(func.sum(spent.c.taken), 0)).where(_LATELY).scalar_subquery(),
    select(func.min(spent.c.since)).where(_LATELY).scalar_subquery(),
    select(func.count()).select_from(deliveries).where(waits_as(State.SENDING)).scalar_subquery(),
)
