"""Whether an issue may be sent, as an organiser decides from any terminal: pause, cancel, go on, not before a time.

A running sender reads this once a second; after a pause or cancel it finishes and writes down what is under way.
Callers hold the transaction, except for `settle_what_a_crash_left`, which makes its own.
"""

from collections import Counter
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, Engine, case, exists, or_, select, update

from newsletter import send_log
from newsletter.database.engine import writing
from newsletter.database.lock import sender_lock
from newsletter.database.tables import Leaving, Lifecycle, State, deliveries, issues, waits_as
from newsletter.errors import ActionRefused, SenderBusy
from newsletter.issue import Issue


def lifecycle_of(connection: Connection, issue: int) -> Lifecycle:
    """Return the present status of `issue`."""
    return Lifecycle(connection.execute(select(issues.c.standing).where(issues.c.id == issue)).scalar_one())


def pause(connection: Connection, issue: int, why: str) -> None:
    """Pause `issue`: no further recipient is tried until it is reopened. A cancelled issue stays cancelled."""
    _set(connection, issue, Lifecycle.PAUSED, why)


def pause_all(connection: Connection, why: str) -> None:
    """Pause every open issue that is scheduled, or has recipients left to try."""
    left = or_(issues.c.frozen == 0, *(exists().where(_OF_IT, waits_as(state)) for state in _LEFT))
    changed = update(issues).where(issues.c.standing == Lifecycle.OPEN, left)
    connection.execute(changed.values(standing=Lifecycle.PAUSED, why=why))


def reopen(connection: Connection, issue: Issue) -> None:
    """Let a paused issue go on. Raises ActionRefused for a cancelled one.

    If its first wave was written to and not judged, this judges it: the others may get the mail.
    """
    if lifecycle_of(connection, issue.number) is Lifecycle.CANCELLED:
        raise ActionRefused(why=_CANCELLED.format(issue=issue))
    _set(connection, issue.number, Lifecycle.OPEN, "")
    judged = {"canary_first": None, "canary_seconds": None, "canary_until": None}
    waiting = issues.c.id == issue.number, issues.c.canary_until.is_not(None)
    connection.execute(update(issues).where(*waiting).values(judged))


def cancel(connection: Connection, issue: int, now: datetime) -> int:
    """Cancel `issue`: no further recipient is ever tried. Say how many deliveries were skipped now.

    Deliveries that a sender holds at this moment are not among them; the sender settles them when it stops.
    """
    _set(connection, issue, Lifecycle.CANCELLED, "cancelled")
    return send_log.skip_rest(connection, issue, now)


def settle_what_a_crash_left(engine: Engine, issue: int, now: datetime) -> Counter[State]:
    """Settle what a sender of a cancelled issue held when it died; a cancelled issue has no later run that would do it.

    Returns how many deliveries became uncertain, were queued again, and were skipped; nothing while a sender is at
    work, which settles them itself. Commits.
    """
    settled = Counter[State]()
    with suppress(SenderBusy), sender_lock(engine, issue, now), writing(engine) as connection:
        sender, settled = send_log.enrol(connection, issue, now)
        send_log.leave(connection, issue, sender, Leaving.DONE, now)
        settled[State.SKIPPED] = send_log.skip_rest(connection, issue, now)
    return settled


def postpone(connection: Connection, issue: int, until: datetime, why: str = "") -> None:
    """Let `due` leave out `issue` before `until`, or before a later time set earlier; `why` is shown until then."""
    later = case((issues.c.not_before > until, issues.c.not_before), else_=until)
    changed = update(issues).where(issues.c.id == issue, issues.c.standing == Lifecycle.OPEN)
    connection.execute(changed.values(not_before=later, why=why))


def go_on(connection: Connection, issue: int) -> None:
    """Clear the reason why `issue` was postponed, because it goes on."""
    changed = update(issues).where(issues.c.id == issue, issues.c.standing == Lifecycle.OPEN)
    connection.execute(changed.values(why=""))


def scheduled(connection: Connection, now: datetime) -> list[int]:
    """Find the issues whose audience is to be frozen now, the oldest first."""
    waiting = issues.c.standing == Lifecycle.OPEN, issues.c.frozen == 0, issues.c.not_before <= now
    return list(connection.scalars(select(issues.c.id).where(*waiting).order_by(issues.c.id)))


def due(connection: Connection, now: datetime) -> list[int]:
    """Find the issues to send now, the oldest first: scheduled, with a retry due, or left unfinished."""
    waiting = or_(
        exists().where(_OF_IT, waits_as(State.QUEUED)),
        exists().where(_OF_IT, waits_as(State.SENDING)),
        exists().where(_OF_IT, waits_as(State.DEFERRED), deliveries.c.retry_at <= now),
    )
    time_has_come = or_(issues.c.not_before.is_(None), issues.c.not_before <= now)
    is_open = issues.c.standing == Lifecycle.OPEN
    wanted = select(issues.c.id).where(is_open, time_has_come, or_(issues.c.frozen == 0, waiting))
    return list(connection.scalars(wanted.order_by(issues.c.id)))


def _set(connection: Connection, issue: int, to: Lifecycle, why: str) -> None:
    changed = update(issues).where(issues.c.id == issue, issues.c.standing != Lifecycle.CANCELLED)
    connection.execute(changed.values(standing=to, why=why))


_OF_IT = deliveries.c.issue_id == issues.c.id
_LEFT = (State.QUEUED, State.SENDING, State.DEFERRED)
_CANCELLED = (
    "Issue {issue.number} was cancelled, so it cannot be resumed. To send the post to the people who have not had it, "
    "run `newsletter send` again."
)
