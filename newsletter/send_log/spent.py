"""How many messages have gone out lately, over all issues and senders: the count for a daily limit.

The count is kept as sums over five minutes for each sender. So counting a day reads a few hundred rows and never the
log, and two senders never wait for each other's rows. A message counts from its claim on: until its answer as a
delivery in `sending`, and from its answer on in the sums, unless the answer says that the relay does not hold it. So no
message is counted too late, and each counts for 24 hours from its answer, up to five minutes longer. A limit counted
this way holds in any 24 hours; where the count errs, too few messages go out. A sender among several may be granted
more than it claims at once, so that it need not count at every claim; that counts, too. Callers hold the transaction.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, func, insert, select, text, update

from newsletter.database.lock import ADVISORY_CLASS
from newsletter.database.tables import State, deliveries, senders, spent, waits_as
from newsletter.send_log.direct import ForEach
from subscribers.tables import moments_for

DAY = timedelta(days=1)
PERIOD = timedelta(minutes=5)


class Taken(NamedTuple):
    """What counts towards a limit at one moment."""

    gone_out: int
    """Accepted or uncertain in the last 24 hours."""
    claimed: int
    """Claimed by any sender: on their way, or about to be; and granted to another sender, which may claim them."""
    next_free: datetime | None
    """When the oldest of the messages that have gone out stops counting."""


def add(connection: Connection, sender: int, number: int, now: datetime) -> None:
    """Count `number` messages of `sender` that the relay accepted, or may have accepted, at `now`."""
    if number:
        since = _period(now)
        row = (number, moments_for(connection)(since), sender)
        if not _ADD.execute(connection, [row]):
            connection.execute(insert(spent), {"since": since, "sender": sender, "taken": number})


def taken(connection: Connection, sender: int, now: datetime) -> Taken:
    """Count, for `sender`, by one statement; several would miss a message that moves from one sum to another."""
    given = {"after": now - DAY - PERIOD, "counting": sender}
    gone_out, oldest, claimed, granted = connection.execute(_TAKEN, given).one()
    return Taken(gone_out, claimed + granted, oldest + PERIOD + DAY if oldest else None)


def hold(connection: Connection, sender: int, number: int) -> None:
    """Let `sender` claim `number` more messages without counting again: they count as taken until it is gone."""
    connection.execute(update(senders).where(senders.c.id == sender).values(granted=number))


def take_turns(connection: Connection) -> None:
    """Keep other senders from counting until this transaction ends, so their counts include what it claims."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.execute(_TURN)


def _period(moment: datetime) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % PERIOD


_TURN = text(f"SELECT pg_advisory_xact_lock({ADVISORY_CLASS}, 0)")  # 0 is no issue's number

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
    select(func.coalesce(func.sum(senders.c.granted), 0))
    .where(senders.c.gone_at.is_(None), senders.c.id != bindparam("counting"))
    .scalar_subquery(),
)
