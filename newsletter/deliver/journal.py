"""The one writer of the send log while an issue is being sent.

"About to dot" and results come in from all connections and leave in as few transactions as the disk allows: while one
commit waits for the disk, the next group gathers. A result travels with the next group; losing it in a crash makes
its delivery uncertain, never accepted and never sent again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection, Engine

from newsletter import failpoint, send_log
from newsletter.clock import Clock
from newsletter.database import Writer
from newsletter.errors import ClaimLost, DatabaseError
from newsletter.send_log import Result

MOST_UNWRITTEN = 1000
"""So many results are written without waiting for a dot to travel with."""

LONGEST_UNWRITTEN = 1.0
"""Seconds; no result waits longer for company, so that what a crash makes uncertain is not yet answered or just so."""

QUIET_TURNS = 2
"""A group is complete when so many turns of the loop brought no further dot; a reply takes two to become one."""


class Journal:
    """Gathers what is to be written, and writes it in groups."""

    def __init__(self, engine: Engine, shelf_life: timedelta, clock: Clock) -> None:
        self.sender = 0
        """Whose claims it writes of."""
        self._barred = False
        self._writer = Writer(engine)
        self._shelf_life = shelf_life
        self._clock = clock
        self._dots: list[tuple[int, asyncio.Future[None]]] = []
        self._results: list[Result] = []
        self._scheduled = False
        self._since = 0.0
        """When the first of the results came, by the loop's clock."""
        self._overdue: asyncio.TimerHandle | None = None
        self._running: asyncio.AbstractEventLoop | None = None

    def dot(self, delivery: int) -> asyncio.Future[None]:
        """Promise: done once it is durable that the final dot of `delivery` may have left. Raises DatabaseError."""
        durable: asyncio.Future[None] = self._loop.create_future()
        if self._barred:
            return durable
        self._dots.append((delivery, durable))
        if not self._scheduled:
            self._scheduled = True
            self._flush_when_quiet(0, 0)
        return durable

    def result(self, result: Result) -> None:
        """Take a result; it is written with the next group."""
        if not self._results:
            self._since = self._loop.time()
        self._results.append(result)
        if len(self._results) >= MOST_UNWRITTEN:
            self.flush()
        elif self._overdue is None:
            self._overdue = self._loop.call_at(self._since + LONGEST_UNWRITTEN, self._flush_overdue)

    def bar(self) -> None:
        """Let no further dot leave: those who wait for theirs wait until they are cancelled. Results are written."""
        self._barred = True
        self._dots.clear()

    def flush(self) -> None:
        """Write everything gathered, in one transaction. Raises DatabaseError, and then no dot may leave.

        Raises ClaimLost where the sender was taken for dead; what it heard late has been written down by then.
        """
        if self._dots or self._results:
            place = "dotted" if self._dots else "recorded"
            failpoint.reached(f"before {place}")
            with self._writer.writing() as connection:
                ours = self._write(connection)
                failpoint.reached(f"uncommitted {place}")
            failpoint.reached(place)
            if not ours:
                self._results.clear()
                raise ClaimLost
            self._written()

    def close(self) -> None:
        """Let go of the database; what is gathered and not flushed is not written."""
        if self._overdue:
            self._overdue.cancel()
        self._writer.close()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        # Kept, because to ask for it costs a call of the system.
        self._running = self._running or asyncio.get_running_loop()
        return self._running

    def _flush_overdue(self) -> None:
        """Because one timer that looks again costs less than one for each group."""
        self._overdue = None
        due = self._since + LONGEST_UNWRITTEN
        if self._results and self._loop.time() < due:
            self._overdue = self._loop.call_at(due, self._flush_overdue)
        else:
            with suppress(DatabaseError):  # kept, and written with the next group; or said when that fails, too
                self.flush()

    def _flush_when_quiet(self, gathered: int, quiet: int) -> None:
        """Because a commit costs more than a few turns of the loop: whoever comes meanwhile shares it."""
        quiet = 0 if len(self._dots) > gathered else quiet + 1
        if quiet >= QUIET_TURNS:
            self._flush_group()
        else:
            self._loop.call_soon(self._flush_when_quiet, len(self._dots), quiet)

    def _flush_group(self) -> None:
        self._scheduled = False
        try:
            self.flush()
        except Exception as error:  # noqa: BLE001  # it is for those who wait for their dots, or they wait for ever
            for _, durable in self._dots:
                if not durable.done():
                    durable.set_exception(error)
            self._dots.clear()

    def _write(self, connection: Connection) -> bool:
        """Say whether it is our sender's to write; else only what it heard late is written, and no dot may leave."""
        now = self._clock()
        changed = send_log.record(connection, self.sender, self._results, now, self._shelf_life)
        if changed < len(self._results) and send_log.is_gone(connection, self.sender):
            send_log.learn_late(connection, self.sender, self._results, now)
            return False
        send_log.mark_dotted(connection, self.sender, self._waiting())
        return True

    def _waiting(self) -> Sequence[int]:
        # Because a connection that was cancelled meanwhile sends no dot.
        return [delivery for delivery, durable in self._dots if not durable.cancelled()]

    def _written(self) -> None:
        for _, durable in self._dots:
            if not durable.done():
                durable.set_result(None)
        self._dots.clear()
        self._results.clear()
