"""The send log: the only place that moves a delivery from one state to the next. Callers hold the transaction.

    queued, deferred ──claim──▶ sending ──dotted──▶ sending, past the dot ──record──▶ accepted, refused, …

claim      who is next; reads consent and suppression again
record     the two things written per message: that its dot may leave, and what it came to
direct     how statements that are run for every message reach the driver

What a crash leaves behind, `recover` settles.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from newsletter.send_log.claim import claim
from newsletter.send_log.record import Result, mark_dotted, record
from newsletter.tables import State, attempts, deliveries, issues

__all__ = [
    "Result",
    "add_seconds",
    "claim",
    "mark_dotted",
    "next_retry",
    "record",
    "recover",
    "release",
    "skip_rest",
    "tally",
    "unfinished",
]

table = deliveries.c


def recover(connection: Connection, issue: int, now: datetime) -> Counter[State]:
    """Settle what an earlier run left half done; only for the holder of the issue's lock.

    Past the dot: uncertain. Claimed before it: queued again. Says how many of each.
    """
    left = (table.issue_id == issue) & (table.state == State.SENDING)
    lost = connection.execute(
        update(deliveries)
        .where(left, table.dotted)
        .values(state=State.UNCERTAIN, reply="the sender stopped before the answer was written down", code=None, at=now)
        .returning(table.id)
    ).all()
    if lost:
        stopped = {"at": now, "stage": "dot", "code": None, "reply": "stopped"}
        connection.execute(insert(attempts), [{"delivery_id": row.id} | stopped for row in lost])
    back = connection.execute(update(deliveries).where(left, ~table.dotted).values(state=State.QUEUED))
    return Counter({State.UNCERTAIN: len(lost), State.QUEUED: back.rowcount})


def release(connection: Connection, deliveries_: Sequence[int]) -> None:
    """Give back what was claimed and not tried."""
    if deliveries_:
        before_dot = table.state == State.SENDING, ~table.dotted
        connection.execute(
            update(deliveries).where(table.id == bindparam("delivery"), *before_dot).values(state=State.QUEUED),
            [{"delivery": each} for each in deliveries_],
        )


def next_retry(connection: Connection, issue: int) -> datetime | None:
    """Say when the first deferred delivery is due, if there is one."""
    due = select(table.retry_at).where(table.issue_id == issue, table.state == State.DEFERRED)
    return connection.execute(due.order_by(table.retry_at).limit(1)).scalar()


def tally(connection: Connection, issue: int) -> Counter[State]:
    """Count the deliveries of an issue by state; every state is there."""
    counted = select(table.state, func.count()).where(table.issue_id == issue).group_by(table.state)
    counts = Counter({State(state): number for state, number in connection.execute(counted)})
    return Counter({state: counts[state] for state in State})


def unfinished(connection: Connection, issue: int) -> int:
    """Count those still to be tried, and those a run has claimed or left behind."""
    states = (State.QUEUED, State.DEFERRED, State.SENDING)
    return connection.execute(select(func.count()).where(table.issue_id == issue, table.state.in_(states))).scalar_one()


def add_seconds(connection: Connection, issue: int, seconds: float) -> None:
    """Add the time a run took, from its first connection to its last reply."""
    connection.execute(update(issues).where(issues.c.id == issue).values(seconds=issues.c.seconds + seconds))


def skip_rest(connection: Connection, issue: int, now: datetime) -> int:
    """Skip whoever of `issue` is still to be tried, because it was cancelled; say how many."""
    waiting = update(deliveries).where(table.issue_id == issue, table.state.in_((State.QUEUED, State.DEFERRED)))
    return connection.execute(waiting.values(state=State.SKIPPED, reply="cancelled", at=now, retry_at=None)).rowcount
