"""Does work on the database in few and short transactions, and holds no lock between two of them.

At each commit SQLite writes every page that the transaction touched, and a long list touches pages all over the index
of addresses: many small transactions take several times as long as few. But while one is open no other program can
write: no sending process, no page that unsubscribes. So a transaction is kept for a second, and then others get a turn.
"""

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from subscribers.imports.rehearsal import take_copies
from subscribers.statements import roomy

LONGEST = 1.0
"""A transaction is committed after this many seconds."""

OTHERS = 0.1
"""How long other programs have their turn, in seconds: a program that waits for SQLite tries at least that often."""

OpenTransaction = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction, which is committed at the end of its block, or rolled back if the block raises."""

_Result = TypeVar("_Result")


class Turns:
    """Does work in transactions; a rehearsal does it in a single one, on copies, and leaves nothing."""

    def __init__(self, transaction: OpenTransaction, rehearsal: bool = False) -> None:
        self._transaction, self._rehearsal = transaction, rehearsal
        self._open = ExitStack()
        self._connection: Connection | None = None
        self._begun = self._others = self._others_until = 0.0

    def __enter__(self) -> Self:
        # Thousands of rows are made, without reference cycles: searching them for cycles took a tenth of the time.
        gc.disable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gc.enable()
        if kind is None:
            self._close()
        else:
            self._open.__exit__(kind, error, trace)

    def take(self, work: Callable[[Connection], _Result]) -> _Result:
        """Do `work` now; it is committed at the end of the turn."""
        connection = self._connection or self._begin()
        done = work(connection)
        if time.monotonic() - self._begun > LONGEST:
            self.end()
        return done

    @property
    def holds(self) -> bool:
        """Whether a transaction is open that other programs may have to wait for."""
        return self._connection is not None and not self._rehearsal

    def end(self) -> None:
        """Commit what was done, so that no other program waits; a rehearsal blocks no program and goes on."""
        if self.holds:
            self._close()

    def _begin(self) -> Connection:
        time.sleep(max(0.0, self._others_until - time.monotonic()))
        connection = self._open.enter_context(self._transaction())
        if connection.dialect.name == "sqlite":
            self._others = OTHERS
        if self._rehearsal:
            self._open.callback(connection.begin_nested().rollback)
            take_copies(connection)
        else:
            self._open.enter_context(roomy(connection))
        self._connection, self._begun = connection, time.monotonic()
        return connection

    def _close(self) -> None:
        self._open.close()
        gc.collect(0)  # the youngest objects only: searching the older ones would take longer than the writing
        self._connection, self._others_until = None, time.monotonic() + self._others
