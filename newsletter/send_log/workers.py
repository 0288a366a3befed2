"""Workers: processes that send slices of any issue, on any machine; on PostgreSQL only. Callers hold the transaction.

A worker is alive while its own connection to the database holds its lock. The lock is free a moment after its process
or its machine has died, and then everything it held is settled. A worker that hangs keeps its lock; it is settled when
it has been silent for too long. Both are only hints: it does no harm if such a worker still runs, because a sender that
was settled can write nothing any more (see `senders`). Only the database's clock is read here, because the clocks of
machines differ.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Integer,
    String,
    case,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    update,
)

from newsletter import __version__
from newsletter.database.lock import ADVISORY_CLASS
from newsletter.database.tables import Leaving, State, senders, workers
from newsletter.errors import ClaimLost
from newsletter.send_log import slices
from newsletter.send_log.senders import add, settle
from newsletter.send_log.slices import Stretch

WORKER_CLASS = ADVISORY_CLASS + 1
"""Keeps the locks of workers apart from those of issues."""

LATELY = 30.0
"""A worker that was heard within so many seconds counts as alive."""


class GoneWorker(NamedTuple):
    """A worker that was found gone, and what it had been at."""

    worker: int
    machine: str
    process: int
    why: Leaving
    uncertain: int
    """How many deliveries became uncertain by it."""


def clock(connection: Connection) -> datetime:
    """Read the clock of the database: the only one that machines compare."""
    moment: datetime = connection.execute(select(_NOW)).scalar_one()
    return moment


def register(connection: Connection, machine: str, process: int, only_issue: int | None = None) -> int:
    """Write down a new worker and take its lock, which stays until the connection ends; return its number.

    The row can be seen by others once the transaction ends, and by then the lock is held.
    """
    row = {"machine": machine, "process": process, "version": __version__, "only_issue": only_issue}
    made = insert(workers).values(since=_NOW, heard_at=_NOW, **row).returning(workers.c.id)
    number: int = connection.execute(made).scalar_one()
    connection.execute(select(func.pg_advisory_lock(WORKER_CLASS, number)))
    return number


def require_present(connection: Connection, worker: int) -> None:
    """Write down that `worker` was heard now. Raises ClaimLost if it was settled.

    Until this transaction ends, no other can settle it.
    """
    heard = update(workers).where(workers.c.id == worker, workers.c.gone_at.is_(None)).values(heard_at=_NOW)
    if not connection.execute(heard).rowcount:
        raise ClaimLost


def begin_slice(
    connection: Connection, worker: int, issue: int, number: int, job: int | None, now: datetime
) -> Stretch | None:
    """Enrol a run of a slice for `worker`; None if the slice may not be begun now, or another sender is at it.

    Raises ClaimLost if the worker was settled.
    """
    require_present(connection, worker)
    stretch = slices.begin(connection, issue, number, now)
    return stretch and replace(stretch, sender=add(connection, issue, now, worker, number, job))


def leave(connection: Connection, worker: int, why: Leaving) -> None:
    """End a worker, and settle whatever its senders still hold. Safe to repeat."""
    mine = workers.c.id == worker, workers.c.gone_at.is_(None)
    if connection.execute(update(workers).where(*mine).values(gone_at=_NOW, why=why)).rowcount:
        _settle_senders(connection, worker, why, clock(connection))


def settle_gone(connection: Connection, hung_after: float) -> list[GoneWorker]:
    """Settle the workers that are gone: those whose lock is free, and those silent for `hung_after` seconds.

    Their slices come first now. Of two that settle the same worker, one waits, and then finds nothing to do.
    """
    is_dead = ~_lock_held(WORKER_CLASS, workers.c.id)
    silent = workers.c.heard_at < _NOW - _seconds(hung_after)
    found = (
        update(workers)
        .where(workers.c.gone_at.is_(None), or_(is_dead, silent))
        .values(gone_at=_NOW, why=case((is_dead, Leaving.DIED.value), else_=Leaving.HUNG.value))
        .returning(workers.c.id, workers.c.machine, workers.c.process, workers.c.why)
    )
    gone = connection.execute(found).all()
    now = clock(connection) if gone else None
    return [
        GoneWorker(worker, machine, process, Leaving(why), _settle_senders(connection, worker, Leaving(why), now))
        for worker, machine, process, why in gone
        if now
    ]


def settle_dead_terminals(connection: Connection) -> list[int]:
    """Settle the runs of whole issues whose programs have died; return the issues.

    Such a run holds its issue's lock for itself from before its row can be seen until after it has left.
    """
    dead = (
        update(senders)
        .where(senders.c.gone_at.is_(None), senders.c.worker.is_(None))
        .where(~_lock_held(ADVISORY_CLASS, senders.c.issue_id, alone=True))
        .values(gone_at=_NOW, why=Leaving.DIED)
        .returning(senders.c.id, senders.c.issue_id)
    )
    found = connection.execute(dead).all()
    for number, issue in found:
        settle(connection, issue, number, clock(connection))
    return [issue for _, issue in found]


def alive(connection: Connection) -> int:
    """Count the workers that take work of any issue and were heard lately; 0 where there can be none."""
    if connection.dialect.name != "postgresql":
        return 0
    heard = workers.c.heard_at > _NOW - _seconds(LATELY)
    lately = workers.c.gone_at.is_(None), heard, workers.c.only_issue.is_(None)
    return connection.execute(select(func.count()).where(*lately)).scalar_one()


def _settle_senders(connection: Connection, worker: int, why: Leaving, now: datetime) -> int:
    left = (
        update(senders)
        .where(senders.c.worker == worker, senders.c.gone_at.is_(None))
        .values(gone_at=_NOW, why=why)
        .returning(senders.c.id, senders.c.issue_id, senders.c.slice)
    )
    gone: Sequence[Any] = connection.execute(left).all()
    uncertain = 0
    for number, issue, part in gone:
        uncertain += settle(connection, issue, number, now)[State.UNCERTAIN]
        if part is not None:
            slices.put_first(connection, issue, part, now)
    return uncertain


def _seconds(number: float) -> ColumnElement[Any]:
    return func.make_interval(0, 0, 0, 0, 0, 0, literal(number, Float))


def _lock_held(kind: int, key: ColumnElement[int], alone: bool = False) -> ColumnElement[bool]:
    """The condition that a session holds our lock of `kind` for the number `key`; `alone`: and shares it with nobody.

    PostgreSQL reads its locks when the statement runs, and rows as they were at its start; a row is written after its
    lock is taken, so a row that is seen and has no lock belongs to a session that is gone.
    """
    ours = select(_DATABASES.c.oid).where(_DATABASES.c.datname == func.current_database()).scalar_subquery()
    lock = _LOCKS.c
    held = exists().where(
        lock.locktype == "advisory",
        lock.granted,
        lock.database == ours,
        lock.objsubid == _TWO_NUMBERS,
        cast(lock.classid, BigInteger) == kind,
        cast(lock.objid, BigInteger) == key,
    )
    return held.where(lock.mode == "ExclusiveLock") if alone else held


_NOW = func.clock_timestamp()
_TWO_NUMBERS = 2
"""What pg_locks says of an advisory lock for two numbers, not for one large one."""
_DATABASES = table("pg_database", column("oid"), column("datname", String))
_LOCKS = table(
    "pg_locks",
    column("locktype", String),
    column("granted", Boolean),
    column("database"),
    column("objsubid", Integer),
    column("classid"),
    column("objid"),
    column("mode", String),
)
