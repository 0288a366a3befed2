"""The only writer of the send log while an issue is being sent.

Requests for leave to dot, and results, come in from all connections; they are written in as few transactions as the
disk allows. While one commit waits for the disk, the next group gathers. A result is written with the next group; if a
crash loses it, its delivery becomes uncertain: not accepted, and not sent again.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection, Engine

from newsletter import send_log
from newsletter.database.engine import Writer
from newsletter.errors import ClaimLost, DatabaseError
from newsletter.runtime import failpoint
from newsletter.runtime.clock import Clock
from newsletter.send_log import Result, home
from newsletter.transport import Leave

MOST_UNWRITTEN = 1000
"""At so many results they are written at once, without waiting for a dot to be written with them."""

LONGEST_UNWRITTEN = 1.0
"""Seconds that a result waits for others at most, so a crash makes uncertain only mails that had no answer yet, or got
it within the last second."""

LONGEST_GATHERING = 0.001
"""Seconds that a group still waits for more dots, once a turn of the event loop has brought none."""


class Journal:
    """Gathers what is to be written, and writes it in groups."""

    def __init__(self, engine: Engine, shelf_life: timedelta, clock: Clock) -> None:
        self.sender = 0
        """The number of the sender whose claims this journal writes about."""
        self._barred = False
        self._writer = Writer(engine)
        self._shelf_life = shelf_life
        self._clock = clock
        self.dotted: set[int] = set()
        """Deliveries whose dot may have left and whose answer has not come."""
        self._dots: list[tuple[int, Leave]] = []
        self._unsure: set[int] = set()
        """Deliveries among `_dots` that were in a transaction that failed, or was said to have failed."""
        self._results: list[Result] = []
        self._gathering: asyncio.Handle | None = None
        """The scheduled next look at the group, or its scheduled flush; None: no dot is waiting."""
        self._in_company = False
        """Whether `_gathering` is the flush; it comes sooner if the group grows large enough before."""
        self._since = 0.0
        """When the first of the unwritten results came, by the loop's clock."""
        self._overdue: asyncio.TimerHandle | None = None
        self._running: asyncio.AbstractEventLoop | None = None

    def dot(self, delivery: int, leave: Leave) -> None:
        """Give `leave` once it is durably recorded that the final dot of `delivery` may have left.

        If that cannot be written down, refuse `leave` with DatabaseError or ClaimLost.
        """
        if self._barred:
            return
        self._dots.append((delivery, leave))
        if self._gathering is None:
            self._gathering = self._loop.call_soon(self._gather, 1)
        elif self._in_company and self._is_large:
            self._flush_at_once()

    def result(self, result: Result) -> None:
        """Take a result; it is written with the next group."""
        if not self._results:
            self._since = self._loop.time()
        self.dotted.discard(result.delivery)
        self._results.append(result)
        if len(self._results) >= MOST_UNWRITTEN:
            self.flush()
        elif self._overdue is None:
            self._overdue = self._loop.call_at(self._since + LONGEST_UNWRITTEN, self._flush_overdue)

    def bar(self) -> None:
        """Let no further dot leave; a task waiting for leave waits until it is cancelled. Results are still written."""
        self._barred = True
        self._dots.clear()

    def flush(self) -> None:
        """Write everything gathered, in one transaction. Raises DatabaseError, and then no dot may leave.

        Raises ClaimLost if the sender was taken for dead; acceptances among its late results are committed by then.
        """
        if leaves := self._written():
            # In the next turn of the loop: the caller is in the middle of something, and leave starts further work.
            self._loop.call_soon(_give, leaves)

    def close(self) -> None:
        """Close the database connection; what is gathered and not flushed is not written."""
        if self._overdue:
            self._overdue.cancel()
        self._writer.close()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        # Kept, because each get_running_loop() costs a system call.
        self._running = self._running or asyncio.get_running_loop()
        return self._running

    def _flush_overdue(self) -> None:
        """Flush if the oldest result has waited long enough; else look again later.

        One timer that looks again costs less than one timer for each group.
        """
        self._overdue = None
        due = self._since + LONGEST_UNWRITTEN
        if self._results and self._loop.time() < due:
            self._overdue = self._loop.call_at(due, self._flush_overdue)
        else:
            with suppress(DatabaseError):  # the results are kept for the next group; if that fails too, it raises
                self.flush()

    @property
    def _is_large(self) -> bool:
        """Whether the group holds at least half of all open dots; the others have left and are unanswered."""
        return len(self._dots) >= len(self.dotted)

    def _gather(self, gathered: int) -> None:
        """Flush the group when it has stopped growing; `gathered`: how many dots it had at the last look.

        A commit costs more than a few turns of the event loop, so dots that come meanwhile share it.
        """
        if len(self._dots) > gathered:
            self._gathering = self._loop.call_soon(self._gather, len(self._dots))
        elif self._is_large:
            self._flush_group()
        else:
            self._in_company = True
            self._gathering = self._loop.call_later(LONGEST_GATHERING, self._flush_group)

    def _flush_at_once(self) -> None:
        if self._gathering:
            self._gathering.cancel()
        self._in_company = False
        self._gathering = self._loop.call_soon(self._gather, len(self._dots))

    def _flush_group(self) -> None:
        self._gathering, self._in_company = None, False
        if not self._dots:
            return  # the dots were written by another flush; results wait for the next group
        try:
            leaves = self._written()
        except Exception as error:  # noqa: BLE001  # pass it to the connections that wait; else they wait for ever
            leaves, self._dots = self._dots, []
            for _, leave in leaves:
                leave.refused(error)
        else:
            _give(leaves)

    def _written(self) -> list[tuple[int, Leave]]:
        """Write everything gathered; return the dots that may leave now, each with its Leave."""
        if not (self._dots or self._results):
            return []
        place = "dotted" if self._dots else "recorded"
        failpoint.reached(f"before {place}")
        try:
            with self._writer.writing() as connection:
                ours = self._write(connection)
                failpoint.reached(f"uncommitted {place}")
        except DatabaseError:
            # It may be committed all the same, if only the database's answer was lost.
            self._unsure.update(delivery for delivery, _ in self._dots)
            raise
        failpoint.reached(place)
        if not ours:
            self._results.clear()
            raise ClaimLost
        dots = [(delivery, leave) for delivery, leave in self._dots if not leave.withdrawn]
        self.dotted.update(delivery for delivery, _ in dots)
        self._dots, self._results = [], []
        self._unsure.clear()
        return dots

    def _write(self, connection: Connection) -> bool:
        """Write results and dots; say whether our sender still holds its claims.

        If it does not, only acceptances that came late are written, and no dot may leave. Raises AwayFromHome, and then
        no dot may leave either.
        """
        if self._dots:
            home.require_same(connection)
        now = self._clock()
        changed = send_log.record(connection, self.sender, self._results, now, self._shelf_life)
        if changed < len(self._results) and send_log.is_gone(connection, self.sender):
            send_log.learn_late(connection, self.sender, self._results, now)
            return False
        send_log.mark_dotted(connection, self.sender, self._waiting(), self._unsure)
        return True

    def _waiting(self) -> list[int]:
        # A connection that was cancelled meanwhile sends no dot.
        return [delivery for delivery, leave in self._dots if not leave.withdrawn]


def _give(leaves: list[tuple[int, Leave]]) -> None:
    for _, leave in leaves:
        if not leave.withdrawn:
            leave.given()
