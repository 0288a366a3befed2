"""The one writer of the send log while an issue is being sent.

"About to dot" and results come in from all connections and leave in as few transactions as the disk allows: while one
commit waits for the disk, the next group gathers. A result travels with the next group; losing it in a crash makes
its delivery uncertain, never accepted and never sent again.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection, Engine

from newsletter import failpoint, send_log
from newsletter.clock import Clock
from newsletter.database import Writer
from newsletter.errors import ClaimLost, DatabaseError
from newsletter.send_log import Result
from newsletter.transport import Leave

MOST_UNWRITTEN = 1000
"""So many results are written without waiting for a dot to travel with."""

LONGEST_UNWRITTEN = 1.0
"""Seconds; no result waits longer for company, so that what a crash makes uncertain is not yet answered or just so."""

LONGEST_GATHERING = 0.001
"""Seconds a group waits for company, once a turn of the loop has brought it no further dot."""


class Journal:
    """Gathers what is to be written, and writes it in groups."""

    def __init__(self, engine: Engine, shelf_life: timedelta, clock: Clock) -> None:
        self.sender = 0
        """Whose claims it writes of."""
        self._barred = False
        self._writer = Writer(engine)
        self._shelf_life = shelf_life
        self._clock = clock
        self.dotted: set[int] = set()
        """Deliveries whose dot may have left, and whose answer has not come."""
        self._dots: list[tuple[int, Leave]] = []
        self._results: list[Result] = []
        self._gathering: asyncio.Handle | None = None
        """The next look at the group, or its end; None: nobody has asked for a dot."""
        self._in_company = False
        """Whether it is its end, which comes sooner where the group is large enough by then."""
        self._since = 0.0
        """When the first of the results came, by the loop's clock."""
        self._overdue: asyncio.TimerHandle | None = None
        self._running: asyncio.AbstractEventLoop | None = None

    def dot(self, delivery: int, leave: Leave) -> None:
        """Give `leave` once it is durable that the final dot of `delivery` may have left.

        Where that cannot be written down, refuse it with DatabaseError, or ClaimLost.
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
        """Let no further dot leave: those who wait for theirs wait until they are cancelled. Results are written."""
        self._barred = True
        self._dots.clear()

    def flush(self) -> None:
        """Write everything gathered, in one transaction. Raises DatabaseError, and then no dot may leave.

        Raises ClaimLost where the sender was taken for dead; what it heard late has been written down by then.
        """
        if leaves := self._written():
            # Not now, because who flushes is in the middle of something, and leave leads to more.
            self._loop.call_soon(_give, leaves)

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

    @property
    def _is_large(self) -> bool:
        """Whether the group holds half of the dots that can be in it: the others are on their way."""
        return len(self._dots) >= len(self.dotted)

    def _gather(self, gathered: int) -> None:
        """Because a commit costs more than a few turns of the loop: whoever comes meanwhile shares it."""
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
            return  # because they went with something else; results wait for the next
        try:
            leaves = self._written()
        except Exception as error:  # noqa: BLE001  # it is for those who wait for their dots, or they wait for ever
            leaves, self._dots = self._dots, []
            for _, leave in leaves:
                leave.refused(error)
        else:
            _give(leaves)

    def _written(self) -> list[tuple[int, Leave]]:
        """Write everything gathered; return the dots that may leave now, and who waits for that."""
        if not (self._dots or self._results):
            return []
        place = "dotted" if self._dots else "recorded"
        failpoint.reached(f"before {place}")
        with self._writer.writing() as connection:
            ours = self._write(connection)
            failpoint.reached(f"uncommitted {place}")
        failpoint.reached(place)
        if not ours:
            self._results.clear()
            raise ClaimLost
        dots = [(delivery, leave) for delivery, leave in self._dots if not leave.withdrawn]
        self.dotted.update(delivery for delivery, _ in dots)
        self._dots, self._results = [], []
        return dots

    def _write(self, connection: Connection) -> bool:
        """Say whether it is our sender's to write; else only what it heard late is written, and no dot may leave."""
        now = self._clock()
        changed = send_log.record(connection, self.sender, self._results, now, self._shelf_life)
        if changed < len(self._results) and send_log.is_gone(connection, self.sender):
            send_log.learn_late(connection, self.sender, self._results, now)
            return False
        send_log.mark_dotted(connection, self.sender, self._waiting())
        return True

    def _waiting(self) -> list[int]:
        # Because a connection that was cancelled meanwhile sends no dot.
        return [delivery for delivery, leave in self._dots if not leave.withdrawn]


def _give(leaves: list[tuple[int, Leave]]) -> None:
    for _, leave in leaves:
        if not leave.withdrawn:
            leave.given()
