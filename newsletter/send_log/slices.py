"""Slices: an issue in parts, so that several senders can send it at once. Callers hold the transaction.

A slice is a row of numbers, no copy of deliveries: from which delivery to which, and from when on there is something
to do. It is only a hint for sharing out the work: claims alone ensure that no delivery is sent twice, so a slice that
two senders hold, or that is due for nothing, does no harm. The size of a slice bounds what a claim reads while another
program keeps an old view of the database open, because the next slice begins with fresh rows.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from newsletter.database.tables import Lifecycle, State, deliveries, issues, senders, slices, waits_as

table = deliveries.c

AT_ONCE = 1
"""The priority of a slice whose sender died: its recipients have waited for their turn already."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of an issue that one run sends: its deliveries from `first` to `last`, both included."""

    issue: int
    first: int
    last: int
    sender: int = 0
    """The number under which the run was enrolled already; 0: it enrols itself."""

    @property
    def holds(self) -> ColumnElement[bool]:
        """The condition that a delivery is in it."""
        return and_(table.issue_id == self.issue, table.id.between(self.first, self.last))


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice that is due."""

    issue: int
    number: int
    priority: int


def cut(connection: Connection, issue: int, size: int, now: datetime) -> int:
    """Cut `issue` into slices of `size` deliveries, all due now; say how many. Nothing if it was cut before.

    Its first wave, if it has one, is a slice of its own, with number 0.
    """
    held = select(issues.c.canary_first).where(issues.c.id == issue).with_for_update()
    first = connection.execute(held).scalar() or size
    if connection.execute(select(exists().where(slices.c.issue_id == issue))).scalar():
        return 0
    place = (func.row_number().over(order_by=table.id) - 1).label("place")
    numbered = select(table.id, place).where(table.issue_id == issue).subquery()
    beyond = (numbered.c.place - first) // size
    number = case((numbered.c.place < first, 0), else_=1 + beyond).label("number")
    parted = select(number, numbered.c.id).subquery()
    rows = select(
        literal(issue),
        parted.c.number,
        func.min(parted.c.id),
        func.max(parted.c.id),
        literal(now, slices.c.due_at.type),
    ).group_by(parted.c.number)
    columns = ["issue_id", "number", "first", "last", "due_at"]
    made = insert(slices).from_select(columns, rows, include_defaults=False)
    return connection.execute(made.execution_options(preserve_rowcount=True)).rowcount


def due(connection: Connection, now: datetime) -> list[Slice]:
    """Find the slices that a sender may begin: of open issues whose time has come, due, and held by no sender.

    Those taken over from a dead sender come first. Until the first wave of an issue is judged, only that one is due.
    """
    mine = senders.c.issue_id == slices.c.issue_id, senders.c.slice == slices.c.number
    found = (
        select(slices.c.issue_id, slices.c.number, slices.c.priority)
        .join(issues, issues.c.id == slices.c.issue_id)
        .where(slices.c.due_at <= now, may_begin(now), ~exists().where(*mine, senders.c.gone_at.is_(None)))
        .order_by(slices.c.priority.desc(), slices.c.issue_id, slices.c.number)
    )
    return [Slice(*row) for row in connection.execute(found)]


def begin(connection: Connection, issue: int, number: int, now: datetime) -> Stretch | None:
    """Give the part of the issue to a sender that is enrolled in this transaction; None if it may not begin it now.

    Another sender that wants the same slice waits until this transaction ends.
    """
    asked = (
        select(slices.c.first, slices.c.last)
        .join(issues, issues.c.id == slices.c.issue_id)
        .where(slices.c.issue_id == issue, slices.c.number == number, slices.c.due_at <= now, may_begin(now))
        .with_for_update(of=slices)
    )
    row = connection.execute(asked).first()
    mine = senders.c.issue_id == issue, senders.c.slice == number, senders.c.gone_at.is_(None)
    if row is None or connection.execute(select(exists().where(*mine))).scalar():
        return None
    return Stretch(issue, row.first, row.last)


def close(connection: Connection, stretch: Stretch, number: int, now: datetime, not_before: datetime | None) -> None:
    """Write down when there is something to do again in a slice, after a run of it; `not_before`: not earlier."""
    queued = exists().where(stretch.holds, or_(waits_as(State.QUEUED), waits_as(State.SENDING)))
    retry = select(func.min(table.retry_at)).where(stretch.holds, waits_as(State.DEFERRED)).scalar_subquery()
    soonest = literal(not_before or now, slices.c.due_at.type)
    later = retry if not_before is None else case((retry < soonest, soonest), else_=retry)
    again = case((queued, soonest), else_=later)
    _of(connection, slices.c.issue_id == stretch.issue, slices.c.number == number, due_at=again, priority=0)


def put_first(connection: Connection, issue: int, number: int, now: datetime) -> None:
    """Have a slice begun before all others: its sender is gone before it was done."""
    _of(connection, slices.c.issue_id == issue, slices.c.number == number, due_at=now, priority=AT_ONCE)


def look_again(connection: Connection, now: datetime, issue: int | None = None) -> int:
    """Have every slice that is not due, and has deliveries waiting, due again; of all open issues, or of one.

    For deliveries that are queued again by an organiser, and for whatever else was not foreseen. Says how many.
    """
    waiting = or_(*(exists().where(*_IN_IT, waits_as(state)) for state in _LEFT))
    which = slices.c.issue_id == issue if issue is not None else slices.c.issue_id.in_(_OPEN)
    return _of(connection, slices.c.due_at.is_(None), which, waiting, due_at=now)


def let_rest(connection: Connection, issue: int) -> None:
    """Have no slice of `issue` due in which nothing waits, after a run of the whole issue."""
    waiting = [exists().where(*_IN_IT, waits_as(state)) for state in _LEFT]
    _of(connection, slices.c.issue_id == issue, slices.c.due_at.is_not(None), ~or_(*waiting), due_at=None)


def forget(connection: Connection, issue: int) -> None:
    """Have `issue` cut anew, because its first wave has changed."""
    connection.execute(delete(slices).where(slices.c.issue_id == issue))


def uncut(connection: Connection) -> list[int]:
    """Find the open issues that have recipients left to try, and no slices yet."""
    has_slices = exists().where(slices.c.issue_id == issues.c.id)
    waiting = or_(*(exists().where(table.issue_id == issues.c.id, waits_as(state)) for state in _LEFT))
    wanted = select(issues.c.id).where(issues.c.standing == Lifecycle.OPEN, issues.c.frozen > 0, ~has_slices, waiting)
    return list(connection.scalars(wanted.order_by(issues.c.id)))


def first_wave(connection: Connection, issue: int, few: int) -> Stretch:
    """Return the part of an issue that holds its first `few` recipients."""
    ids = select(table.id).where(table.issue_id == issue).order_by(table.id).limit(few).subquery()
    first, last = connection.execute(select(func.min(ids.c.id), func.max(ids.c.id))).one()
    return Stretch(issue, first or 0, last or 0)


def may_begin(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a slice of the joined issue may be sent now."""
    return and_(
        issues.c.standing == Lifecycle.OPEN,
        or_(issues.c.not_before.is_(None), issues.c.not_before <= now),
        or_(issues.c.canary_first.is_(None), and_(slices.c.number == 0, issues.c.canary_until.is_(None))),
    )


def _of(connection: Connection, *which: ColumnElement[bool], **values: object) -> int:
    return connection.execute(update(slices).where(*which).values(**values)).rowcount


_IN_IT = table.issue_id == slices.c.issue_id, table.id.between(slices.c.first, slices.c.last)
_LEFT = (State.QUEUED, State.DEFERRED, State.SENDING)
_OPEN: Select[tuple[int]] = select(issues.c.id).where(issues.c.standing == Lifecycle.OPEN)
