"""Groups small writes of many threads into as few transactions as possible. In: an engine. Out: blocks that write.

While other threads wait for their turn, the transaction stays open for them. The last thread commits for all, and no
thread goes on before that. A block that fails is undone alone, back to where it began.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from newsletter.database.engine import translated

MOST = 60
"""The most blocks in one transaction: while it is open, no other program may write to SQLite."""


class GroupCommit:
    """Lets threads take turns in writing, and commits for several of them at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write within the block; what it wrote is durable when the block has ended. Raises DatabaseError."""
        self._wait(1)
        with self._turn:
            self._wait(-1)
            group = self._group = self._group or _Group(self._engine)
            try:
                with translated(self._engine), group.block():
                    yield group.connection
            finally:
                group.blocks += 1
                if not self._waiting or group.takes_no_more:
                    self._group = None
                    group.commit()
        group.settled()

    def _wait(self, more: int) -> None:
        with self._counting:
            self._waiting += more


class _Group:
    """One transaction of several blocks, and how it ended."""

    def __init__(self, engine: Engine) -> None:
        self.blocks = 0
        self._engine = engine
        self._done = threading.Event()
        self._trouble: Exception | None = None
        with translated(engine):
            self.connection = engine.connect()
            try:
                self._transaction = self.connection.begin()
            except BaseException:
                self.connection.close()
                raise

    @property
    def takes_no_more(self) -> bool:
        return self.blocks >= MOST or self._trouble is not None

    @contextmanager
    def block(self) -> Iterator[None]:
        # As plain SQL: SQLAlchemy would build a new statement for each savepoint, which takes longer than the write.
        self._say("SAVEPOINT block")
        try:
            yield
            self._say("RELEASE SAVEPOINT block")
        except BaseException:
            self._undo_block()
            raise

    def _undo_block(self) -> None:
        try:
            with translated(self._engine):
                self._say("ROLLBACK TO SAVEPOINT block")
                self._say("RELEASE SAVEPOINT block")
        except Exception as lost:  # noqa: BLE001  # `settled` raises it in every thread of this transaction
            # A full disk undoes the whole transaction; committing what is left would look like success.
            self._trouble = lost

    def _say(self, words: str) -> None:
        self.connection.exec_driver_sql(words)

    def commit(self) -> None:
        try:
            with translated(self._engine), self.connection, self._transaction:
                if self._trouble:
                    self._transaction.rollback()
        except Exception as trouble:  # noqa: BLE001  # `settled` raises it in every thread of this transaction
            self._trouble = trouble
        finally:
            self._done.set()

    def settled(self) -> None:
        self._done.wait()
        if self._trouble:
            raise self._trouble
