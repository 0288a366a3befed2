"""Work on the database in, done in transactions that are neither many nor long; between two turns nothing is locked.

Each transaction makes SQLite write every page it touched, and a long list touches those of the addresses all over:
many small ones take several times as long as few. But as long as one is open nobody else writes: not a sending, not
somebody who unsubscribes. So one is kept for a second, and then everybody else has their turn.
"""

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from subscribers.imports.rehearsal import take_copies
from subscribers.tables import roomy

LONGEST = 1.0
"""After so many seconds a transaction is committed."""

OTHERS = 0.1
"""For so many seconds others have their turn: SQLite lets those who wait look at least so often."""

Transaction = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction, which is committed at the end of its block and undone if that raises."""

_Result = TypeVar("_Result")


class Turns:
    """Does work in transactions; a rehearsal does it in one, on copies, which leaves nothing."""

    def __init__(self, transaction: Transaction, rehearsal: bool = False) -> None:
        self._transaction, self._rehearsal = transaction, rehearsal
        self._open = ExitStack()
        self._connection: Connection | None = None
        self._begun = self._others = self._others_until = 0.0

    def __enter__(self) -> Self:
        # Because rows are made by the thousand and refer to nothing: to search them took a tenth of the time.
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
        """Do `work` now; it counts from the end of the turn."""
        connection = self._connection or self._begin()
        done = work(connection)
        if time.monotonic() - self._begun > LONGEST:
            self.end()
        return done

    @property
    def holds(self) -> bool:
        """Whether other programs may have to wait for this one now."""
        return self._connection is not None and not self._rehearsal

    def end(self) -> None:
        """Commit what was done, so that no other program waits; a rehearsal holds nothing and goes on."""
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
        gc.collect(0)  # of what has been made since; to search what was there before would take longer than the writing
        self._connection, self._others_until = None, time.monotonic() + self._others
