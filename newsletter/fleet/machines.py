"""Who lives, and what they do. In: the tables of workers and senders. Out: a `Presence`, or a list of `Machine`s."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, Engine, and_, func, or_, select
from sqlalchemy.exc import DBAPIError

from newsletter.database.engine import translated, writing
from newsletter.database.lock import ADVISORY_CLASS
from newsletter.database.tables import Leaving, State, deliveries, senders, workers
from newsletter.send_log import workers as crew

SHOWN_AFTERWARDS = timedelta(minutes=10)
"""How long `status` still shows a machine that died or hung."""
SILENT_SECONDS = 10.0
"""A worker that was not heard for longer than this counts as silent."""


class Presence:
    """A worker's own connection to the database: while it lasts, the worker counts as alive.

    It may be used from several threads.
    """

    def __init__(self, engine: Engine, connection: Connection, worker: int) -> None:
        self.worker = worker
        self._engine = engine
        self._driver: Any = connection.connection.driver_connection
        self._trouble = connection.dialect.loaded_dbapi.Error

    @classmethod
    @contextmanager
    def of(cls, engine: Engine, machine: str, only_issue: int | None = None) -> Iterator[Self]:
        """Be a worker until the block ends; then settle whatever its senders still hold. Raises DatabaseError."""
        with translated(engine), engine.connect() as connection:
            with connection.begin():
                worker = crew.register(connection, machine, os.getpid(), only_issue)
            connection.connection.driver_connection.autocommit = True  # type: ignore[union-attr]
            why = Leaving.ERROR
            try:
                yield cls(engine, connection, worker)
                why = Leaving.DONE
            finally:
                with suppress(DBAPIError, OSError), writing(engine) as other:
                    crew.leave(other, worker, why)
                connection.invalidate()  # so that the lock ends here, and the connection is not lent again

    def is_held(self) -> bool:
        """Say whether the connection, and with it the lock, is still there."""
        try:
            self._driver.execute("SELECT 1")
        except self._trouble:
            return False
        return True

    def beat(self) -> None:
        """Write down that this worker lives. Raises ClaimLost if it was settled, or DatabaseError."""
        with writing(self._engine) as connection:
            crew.require_present(connection, self.worker)

    @contextmanager
    def sharing(self, issue: int) -> Iterator[bool]:
        """Share the lock of `issue` with other workers until the block ends; False: a run of all of it has the lock."""
        keys = (ADVISORY_CLASS, issue)
        with translated(self._engine):
            (shared,) = self._driver.execute("SELECT pg_try_advisory_lock_shared(%s, %s)", keys).fetchone()
        try:
            yield shared
        finally:
            if shared:
                with suppress(self._trouble):  # if the connection is gone, the lock is gone too
                    self._driver.execute("SELECT pg_advisory_unlock_shared(%s, %s)", keys)


@dataclass(frozen=True)
class Machine:
    """A worker: one process on one machine, and what it is at."""

    worker: int
    name: str
    process: int
    version: str
    since: datetime
    silent: float
    """Seconds since it was heard, by the database's clock."""
    gone: str
    """Why it is gone: a value of `Leaving`; empty: it lives."""
    issue: int | None
    """The issue that it sends, or that it was sending when it ended; None: it waits for work."""
    part: int | None
    """The number of the slice."""
    per_minute: int
    """How many recipients of that slice were answered in the last minute."""
    uncertain: int
    """How many became uncertain when it ended."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `status --json` prints."""
        return {
            "machine": self.name,
            "process": self.process,
            "version": self.version,
            "since": self.since.isoformat(),
            "heard_seconds_ago": round(self.silent, 1),
            "gone": self.gone,
            "sending_issue": self.issue,
            "slice": self.part,
            "per_minute": self.per_minute,
            "uncertain": self.uncertain,
        }


def machines(connection: Connection) -> list[Machine]:
    """List the workers that live, and those that died or hung lately; none where there can be none."""
    if connection.dialect.name != "postgresql":
        return []
    now = crew.clock(connection)
    lately = and_(workers.c.why.in_((Leaving.DIED, Leaving.HUNG)), workers.c.gone_at > now - SHOWN_AFTERWARDS)
    rows = connection.execute(select(workers).where(or_(workers.c.gone_at.is_(None), lately)).order_by(workers.c.id))
    return [_machine(connection, row, now) for row in rows.all()]


def _machine(connection: Connection, row: Any, now: datetime) -> Machine:
    last = select(senders).where(senders.c.worker == row.id).order_by(senders.c.id.desc()).limit(1)
    sender = connection.execute(last).first()
    at_work = sender is not None and (sender.gone_at is None) == (row.gone_at is None)
    return Machine(
        worker=row.id,
        name=row.machine,
        process=row.process,
        version=row.version,
        since=row.since,
        silent=(now - row.heard_at).total_seconds(),
        gone=row.why if row.gone_at else "",
        issue=sender.issue_id if sender and at_work else None,
        part=sender.slice if sender and at_work else None,
        per_minute=_answered(connection, sender, now) if sender and at_work and not row.gone_at else 0,
        uncertain=_uncertain(connection, sender) if sender and row.gone_at else 0,
    )


def _answered(connection: Connection, sender: Any, now: datetime) -> int:
    table = deliveries.c
    of_it = table.issue_id == sender.issue_id, table.sender == sender.id
    answered = select(func.count()).where(*of_it, table.state != State.SENDING, table.at > now - timedelta(minutes=1))
    return connection.execute(answered).scalar_one()


def _uncertain(connection: Connection, sender: Any) -> int:
    table = deliveries.c
    of_it = table.issue_id == sender.issue_id, table.sender == sender.id, table.state == State.UNCERTAIN
    return connection.execute(select(func.count()).where(*of_it)).scalar_one()
