"""Notes to the organiser: an issue is finished, or has stopped by itself. In: the send log. Out: a mail, once each.

    look ──▶ a row is owed ──claim──▶ owed, not before the next try is due ──leaves──▶ sent
                 ▲                                                               │
                 └────────────── put_off: no relay holds it ◀────────────────────┘

What happened is found out from the send log, so nothing is missed when the program that did it was killed. Before the
final dot the row is marked as sent, so a crash at that moment may lose the note, and never doubles it. What organisers
did by hand is no news to them. No function here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, and_, case, exists, func, or_, select, update

from newsletter.database.tables import Lifecycle, State, deliveries, issues, notes, senders, waits_as
from subscribers.tables import insert_into

NEWS = timedelta(days=2)
"""What ended longer ago is no news: notes may have been switched on since."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Waits before the second, third … try; the last one repeats."""
STALE = timedelta(days=3)
"""How long after the event a note is tried."""
_BY_HAND = ("paused by hand", "interrupted")


class IssueNews(StrEnum):
    """What happened to an issue."""

    FINISHED = "finished"
    """Nobody is left to try."""
    PAUSED = "paused"
    """It was paused by the program, as by its canary: the others wait for the organiser."""


@dataclass(frozen=True)
class OwedNote:
    """A note to try now, and not again before `again`."""

    number: int
    issue: int
    what: IssueNews
    tries: int
    again: datetime


def look(connection: Connection, at: datetime) -> int:
    """Owe a note for each thing that happened and was not noted; say how many."""
    newest = (
        select(senders.c.issue_id, func.max(senders.c.id).label("run"))
        .where(or_(senders.c.gone_at > at - NEWS, senders.c.heard_at > at - NEWS))
        .group_by(senders.c.issue_id)
        .subquery()
    )
    of_it = deliveries.c.issue_id == issues.c.id
    left = (exists().where(of_it, waits_as(state)) for state in (State.QUEUED, State.SENDING, State.DEFERRED))
    finished = and_(issues.c.standing == Lifecycle.OPEN, issues.c.frozen > 0, ~or_(*left))
    by_itself = issues.c.why.not_in(_BY_HAND) & issues.c.canary_until.is_(None)
    paused = (issues.c.standing == Lifecycle.PAUSED) & by_itself
    happened = case((paused, IssueNews.PAUSED.value), else_=IssueNews.FINISHED.value)
    found = select(issues.c.id, newest.c.run, happened.label("what")).join(newest, newest.c.issue_id == issues.c.id)
    number = 0
    for issue, run, what in connection.execute(found.where(or_(paused, finished))).all():
        row = {"issue_id": issue, "what": what, "run": run, "at": at, "mail_at": at}
        new = insert_into(connection, notes).values(row).on_conflict_do_nothing().returning(notes.c.id)
        number += len(connection.execute(new).all())
    return number


def claim(connection: Connection, at: datetime) -> OwedNote | None:
    """Claim the oldest note that is due; None: there is none. What is too old is given up."""
    connection.execute(update(notes).where(notes.c.mail_at <= at, notes.c.at <= at - STALE).values(mail_at=None))
    due = select(notes).where(notes.c.mail_at <= at).order_by(notes.c.mail_at, notes.c.id).limit(1)
    row = connection.execute(due).first()
    if row is None:
        return None
    again = at + PAUSES[min(row.tries, len(PAUSES) - 1)]
    # Compare and set: a worker on another machine may look at the same moment.
    mine = update(notes).where(notes.c.id == row.id, notes.c.tries == row.tries, notes.c.mail_at == row.mail_at)
    if connection.execute(mine.values(tries=row.tries + 1, mail_at=again)).rowcount != 1:
        return None
    return OwedNote(row.id, row.issue_id, IssueNews(row.what), row.tries + 1, again)


def leaves(connection: Connection, note: OwedNote) -> bool:
    """Record that the note is sent now; False: do not send it, another program has claimed it since."""
    mine = update(notes).where(notes.c.id == note.number, notes.c.tries == note.tries, notes.c.mail_at.is_not(None))
    return connection.execute(mine.values(mail_at=None)).rowcount == 1


def put_off(connection: Connection, note: OwedNote) -> None:
    """Owe the note again: the relay has said that it does not hold it."""
    mine = update(notes).where(notes.c.id == note.number, notes.c.tries == note.tries)
    connection.execute(mine.values(mail_at=note.again))
