"""The send log: the only code that moves a delivery from one state to the next. Callers hold the transaction.

    queued, deferred ──claim──▶ sending ──dotted──▶ sending, past the dot ──record──▶ accepted, refused, …

claim      takes the next deliveries for a sender; reads consent and suppression again
record     the two writes per message: that its dot may leave, and its result
slices     an issue in parts, for several senders at once
senders    which sender holds a claim, until when, and what happens to the claim then
home       in which database the log last sent: a copy sends nothing until an organiser says so
spent      how many messages have gone out lately: the count for a daily limit
direct     how statements that are run for every message reach the driver
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from newsletter.database.tables import State, deliveries, issues, waits_as
from newsletter.send_log.claim import claim
from newsletter.send_log.record import Result, learn_accepted, learn_late, mark_dotted, record
from newsletter.send_log.senders import enrol, is_gone, leave, require_present
from newsletter.send_log.slices import Stretch, first_wave
from newsletter.send_log.spent import Taken, hold, take_turns, taken
from subscribers import suppression

__all__ = [
    "Result",
    "Stretch",
    "Taken",
    "add_seconds",
    "claim",
    "enrol",
    "first_wave",
    "has_untried",
    "hold",
    "is_gone",
    "is_unfinished",
    "learn_accepted",
    "learn_late",
    "leave",
    "mark_dotted",
    "next_retry",
    "queue_again",
    "record",
    "refused",
    "require_present",
    "skip_rest",
    "take_turns",
    "taken",
    "tally",
]

table = deliveries.c


def refused(connection: Connection, issue: int) -> list[tuple[int, int, str]]:
    """Find the deliveries of `issue` that a relay refused: id, code and words; without addresses now suppressed."""
    wanted = select(table.id, table.code, table.reply).where(
        table.issue_id == issue,
        table.state == State.REFUSED,
        table.code.is_not(None),
        table.subscriber_id >= 0,
        ~suppression.suppressed(table.address),
    )
    return [(delivery, code, reply or "") for delivery, code, reply in connection.execute(wanted.order_by(table.id))]


def queue_again(connection: Connection, deliveries_: Sequence[int]) -> int:
    """Queue refused deliveries again, as if they had not been tried; say how many.

    It is for refusals whose answer was not about the recipient.
    """
    again = update(deliveries).where(table.id == bindparam("delivery"), table.state == State.REFUSED)
    tries = case((table.attempts > 0, table.attempts - 1), else_=0)
    changed = again.where(table.subscriber_id >= 0).values(state=State.QUEUED, attempts=tries)
    return sum(connection.execute(changed, {"delivery": each}).rowcount for each in deliveries_)


def next_retry(connection: Connection, issue: int, stretch: Stretch | None = None) -> datetime | None:
    """Say when the first deferred delivery of `issue`, or of a `stretch` of it, is due, if there is one."""
    within = stretch.holds if stretch else table.issue_id == issue
    due = select(table.retry_at).where(within, waits_as(State.DEFERRED))
    return connection.execute(due.order_by(table.retry_at).limit(1)).scalar()


def tally(connection: Connection, issue: int) -> Counter[State]:
    """Count the deliveries of an issue by state; every state has a count. It reads every delivery of the issue."""
    counted = select(table.state, func.count()).where(table.issue_id == issue).group_by(table.state)
    counts = Counter({State(state): number for state, number in connection.execute(counted)})
    return Counter({state: counts[state] for state in State})


def is_unfinished(connection: Connection, issue: int, stretch: Stretch | None = None) -> bool:
    """Say whether a delivery is still to be tried, or claimed, or left behind by a run; it reads at most three rows.

    One of the whole issue, or of a `stretch` of it.
    """
    if stretch:
        left = [select(table.id).where(stretch.holds, waits_as(state)).exists() for state in _OPEN]
        return bool(connection.execute(select(or_(*left))).scalar())
    return connection.execute(_UNFINISHED, {"issue": issue}).scalar_one()


def has_untried(connection: Connection, stretch: Stretch) -> bool:
    """Say whether a delivery of `stretch` was not tried yet, or is claimed."""
    untried = [select(table.id).where(stretch.holds, waits_as(state)).exists() for state in (_OPEN[0], _OPEN[2])]
    return bool(connection.execute(select(or_(*untried))).scalar())


def add_seconds(connection: Connection, issue: int, seconds: float) -> None:
    """Add the time a run took, from its first connection to its last reply."""
    connection.execute(update(issues).where(issues.c.id == issue).values(seconds=issues.c.seconds + seconds))


def skip_rest(connection: Connection, issue: int, now: datetime, stretch: Stretch | None = None) -> int:
    """Skip the deliveries of `issue`, or of a `stretch`, that are to be tried, as it was cancelled; say how many."""
    skipped = {"state": State.SKIPPED, "reply": "cancelled", "at": now, "retry_at": None}
    within = stretch.holds if stretch else table.issue_id == issue
    return sum(
        connection.execute(update(deliveries).where(within, waits_as(state)).values(skipped)).rowcount
        for state in (State.QUEUED, State.DEFERRED)
    )


_OPEN = (State.QUEUED, State.DEFERRED, State.SENDING)
_IN_EACH = [
    select(table.id).where(table.issue_id == bindparam("issue"), waits_as(state))  # each uses its own index
    for state in _OPEN
]
_UNFINISHED = select(or_(*(each.exists() for each in _IN_EACH)))
