"""Senders: each run is a sender with its own number, and it holds what it claims until it is gone.

This, and not the lock, keeps a recipient from getting two mails. A claim writes the sender's number into the delivery,
and the statements for a dot and a result name that number. So a sender that was taken for dead, and is still alive,
cannot change deliveries that another sender now holds. The lock only says when a sender may be taken for dead. Callers
hold the transaction.

The order of two transactions is defined: a claim first writes its sender's row, and a transaction that settles that
sender first writes the same row. So one waits for the other, and the settling statement sees what was claimed before.
Settling is one statement: of two, the first could miss a delivery that the second waits for, and it would stay claimed.
"""

import os
import platform
from collections import Counter
from datetime import datetime

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    insert,
    null,
    or_,
    select,
    update,
)

from newsletter import __version__
from newsletter.database.tables import Leaving, State, attempts, deliveries, senders, waits_as
from newsletter.errors import ClaimLost
from newsletter.send_log import home, spent

table = deliveries.c

STOPPED = "the sender stopped before the answer was written down"


def enrol(connection: Connection, issue: int, now: datetime) -> tuple[int, Counter[State]]:
    """Begin a run of `issue`, and settle what earlier runs left; only for the holder of the issue's lock.

    An earlier sender that has not left is dead, because it no longer holds the lock. Returns the new sender's number,
    and how many deliveries were left past the dot (uncertain now) and before it (queued again). Raises AwayFromHome if
    the log last sent in another database.
    """
    earlier = senders.c.issue_id == issue, senders.c.gone_at.is_(None)
    connection.execute(update(senders).where(*earlier).values(gone_at=now, why=Leaving.DIED))
    number = add(connection, issue, now)
    return number, settle(connection, issue, number, now)


def add(
    connection: Connection,
    issue: int,
    now: datetime,
    worker: int | None = None,
    part: int | None = None,
    job: int | None = None,
) -> int:
    """Write down a new run of `issue`, or of a `part` of it by a `worker`; return its number. It settles nothing.

    Raises AwayFromHome if the log last sent in another database.
    """
    home.settle_first(connection)
    row = {
        "issue_id": issue,
        "machine": platform.node(),
        "process": os.getpid(),
        "version": __version__,
        "since": now,
        "heard_at": now,
        "worker": worker,
        "slice": part,
        "engine_job": job,
    }
    number: int = connection.execute(insert(senders).returning(senders.c.id), row).scalar_one()
    return number


def leave(connection: Connection, issue: int, sender: int, why: Leaving, now: datetime) -> Counter[State]:
    """End a run and settle what it still holds, however it ended. Safe to repeat.

    Returns how many deliveries were past the dot, and how many before it; none if another sender has settled them.
    """
    mine = senders.c.id == sender, senders.c.gone_at.is_(None)
    if not connection.execute(update(senders).where(*mine).values(gone_at=now, why=why)).rowcount:
        return Counter()
    return settle(connection, issue, sender, now)


def is_gone(connection: Connection, sender: int) -> bool:
    """Say whether `sender` has left, or was taken for dead."""
    return connection.execute(select(senders.c.gone_at).where(senders.c.id == sender)).scalar() is not None


def require_present(connection: Connection, sender: int, now: datetime) -> None:
    """Let `sender` claim in this transaction; no other can settle it before the transaction ends.

    Raises ClaimLost, and AwayFromHome if this is not the database that the sender enrolled in.
    """
    home.require_same(connection)
    if not connection.execute(_HEARD, {"sender": sender, "now": now}).rowcount:
        raise ClaimLost


def settle(connection: Connection, issue: int, sender: int, now: datetime) -> Counter[State]:
    """Settle what senders that are gone held of `issue`; messages that may have gone out count for `sender`."""
    settled = connection.execute(_SETTLE, {"issue": issue, "now": now}).all()
    lost = [delivery for delivery, state in settled if state == State.UNCERTAIN]
    if lost:
        stopped = {"at": now, "stage": "dot", "code": None, "reply": "stopped"}
        connection.execute(insert(attempts), [{"delivery_id": each} | stopped for each in lost])
        spent.add(connection, sender, len(lost), now)
    counted = {State.UNCERTAIN: len(lost), State.QUEUED: len(settled) - len(lost)}
    return Counter({state: number for state, number in counted.items() if number})


def settle_left_behind(connection: Connection, now: datetime) -> int:
    """Settle what is still claimed by senders that are gone, whoever should have done it; say how much it was."""
    claimed = select(table.issue_id, table.sender).join(senders, senders.c.id == table.sender)
    left = claimed.where(waits_as(State.SENDING), senders.c.gone_at.is_not(None)).distinct()
    found = connection.execute(left).all()
    return sum(settle(connection, issue, sender, now).total() for issue, sender in found)


_HEARD = (
    update(senders)
    .where(senders.c.id == bindparam("sender"), senders.c.gone_at.is_(None))
    .values(heard_at=bindparam("now"))
)

_GONE = select(senders.c.id).where(senders.c.issue_id == bindparam("issue"), senders.c.gone_at.is_not(None))
_NOW = bindparam("now", type_=table.at.type)
_SETTLE = (
    update(deliveries)
    .where(
        table.issue_id == bindparam("issue"),
        waits_as(State.SENDING),
        or_(table.sender.is_(None), table.sender.in_(_GONE)),
    )
    .values(
        state=case((table.dotted, State.UNCERTAIN.value), else_=State.QUEUED.value),
        reply=case((table.dotted, STOPPED), else_=table.reply),
        code=case((table.dotted, null()), else_=table.code),
        at=case((table.dotted, _NOW), else_=table.at),
    )
    .returning(table.id, table.state)
)
