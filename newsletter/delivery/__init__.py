"""Claim, hand over, record: one run of one frozen issue. docs/delivery.md tells the promise and its reasons.

outbox     what the transport draws from: claims recipients, builds their mails, judges the answers
policy     what an organiser decides about a run, and what the run is given: clock, chance, progress
lifecycle  scheduled, open, paused, cancelled: what any terminal says, and a running sender reads
throttle   how much to ask of one relay, from what it answers
budget     how many messages may still go out today
journal    the only writer of the send log: as few transactions as the disk allows
collector  how Python's garbage collector behaves during a run
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine

from newsletter import send_log
from newsletter.database.engine import reading, writing, written
from newsletter.database.tables import Leaving, Lifecycle, State
from newsletter.delivery.collector import collecting_rarely
from newsletter.delivery.journal import Journal
from newsletter.delivery.lifecycle import go_on, lifecycle_of, pause_all, postpone
from newsletter.delivery.outbox import IssueOutbox
from newsletter.delivery.policy import RunPolicy, Surroundings
from newsletter.errors import AwayFromHome, ClaimLost, DatabaseError, LockLost
from newsletter.message import MessageBuilder
from newsletter.policy.pace import LONGEST_RETRY
from newsletter.policy.verdict import Stop
from newsletter.runtime import failpoint
from newsletter.runtime.logs import event
from newsletter.send_log import Stretch, home
from newsletter.transport import Transport

__all__ = ["Ending", "RunPolicy", "RunResult", "Sender", "Surroundings"]

_log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
"""Seconds between two checks whether the issue was paused or cancelled, and whether it is still this sender's."""

LAST_ANSWERS = 10.0
"""For how many seconds a sender that has lost its issue still waits for the answers to dots that have left."""


class Ending(StrEnum):
    """Why a run came to its end."""

    DONE = "nobody is left to try"
    WAITING = "some are left for a later run"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped by an answer of the relay"
    PAUSED = "paused from elsewhere"
    CANCELLED = "cancelled from elsewhere"


@dataclass(frozen=True)
class RunResult:
    """How a run ended, how many deliveries came to each state, and when the next deferred delivery is due."""

    ending: Ending
    counts: Counter[State]
    stopped_by: Stop | None
    next_retry: datetime | None

    def as_facts(self) -> dict[str, Any]:
        """Return it for the log, without anything about a recipient."""
        counts = {str(state): number for state, number in self.counts.items() if number}
        said = self.stopped_by.words if self.stopped_by else None
        return {"ending": str(self.ending), **counts, "said": said, "next_retry": self.next_retry}


class Sender:
    """Sends one issue, or a `stretch` of it, as far as the policy allows; only for the holder of the issue's lock.

    Those who send stretches of one issue share its lock. `holds_lock` says whether the lock is still held; it is asked
    once a second, in another thread, because the answer may take long.
    """

    def __init__(
        self,
        engine: Engine,
        issue: int,
        builder: MessageBuilder,
        policy: RunPolicy,
        around: Surroundings | None = None,
        holds_lock: Callable[[], bool] | None = None,
        stretch: Stretch | None = None,
    ) -> None:
        self._engine = engine
        self._issue = issue
        self._stretch = stretch
        self._policy = policy
        self._around = around or Surroundings()
        self._holds_lock = holds_lock
        self._number = stretch.sender if stretch else 0
        self._has_left = False
        self._lost: LockLost | ClaimLost | None = None
        self._interrupted = False
        self._lifecycle = Lifecycle.OPEN
        self._transport: Transport | None = None
        self._rests_until: datetime | None = None
        self._journal = Journal(engine, policy.shelf_life, self._around.clock)
        self._outbox = IssueOutbox(engine, issue, builder, policy, self._around, self._journal, stretch)

    def interrupt(self) -> None:
        """Try no further recipient; what is under way is finished and written down."""
        self._interrupted = True
        self._outbox.stop()

    async def run(self, transport: Transport) -> RunResult:
        """Send until no recipient is left, the policy's limits are reached, or something stops the run.

        Whatever happens is in the send log. Raises what the transport raises (RelayUnreachable, RelayRefused),
        DatabaseError, and LockLost or ClaimLost where the issue belongs to another sender now, or may. Raises
        AwayFromHome if the log last sent in another database; then every issue is paused.
        """
        try:
            return await self._run(transport)
        except AwayFromHome:
            with writing(self._engine) as connection:
                pause_all(connection, home.WHY)
            raise

    async def _run(self, transport: Transport) -> RunResult:
        if not self._number:
            now = self._around.clock()
            self._number, _ = written(self._engine, lambda connection: send_log.enrol(connection, self._issue, now))
        event(_log, "run begun", issue=self._issue, sender=self._number)
        self._outbox.begin(self._number)
        failpoint.reached("recovered")
        self._transport = transport
        why = Leaving.ERROR
        try:
            self._look()
            with collecting_rarely():
                await self._transmit_while_it_is_ours(transport)
            why = Leaving.DONE
        finally:
            try:
                self._outbox.close()
            finally:
                self._leave(why)
        ended = self.ended()
        event(_log, "run ended", issue=self._issue, sender=self._number, **ended.as_facts())
        return ended

    def ended(self) -> RunResult:
        """Say how the run ended."""
        due = self._next_due()
        with reading(self._engine) as connection:
            unfinished = send_log.is_unfinished(connection, self._issue, self._stretch)
        if self._outbox.stopped_by:
            ending = Ending.STOPPED
        elif self._lifecycle is Lifecycle.CANCELLED:
            ending = Ending.CANCELLED
        elif not unfinished:
            ending = Ending.DONE
        elif self._lifecycle is Lifecycle.PAUSED:
            ending = Ending.PAUSED
        else:
            ending = Ending.INTERRUPTED if self._interrupted else Ending.WAITING
        return RunResult(ending, self._outbox.counts, self._outbox.stopped_by, due)

    async def _transmit_while_it_is_ours(self, transport: Transport) -> None:
        sending = asyncio.create_task(self._transmit(transport))
        watch = asyncio.create_task(self._watch(sending))
        try:
            await sending
        except asyncio.CancelledError:
            if not self._lost:
                raise
        finally:
            watch.cancel()
        if self._lost:
            raise self._lost

    async def _transmit(self, transport: Transport) -> None:
        while True:
            if self._outbox.has_some():  # do not connect to a relay for nothing
                await transport.transmit(self._outbox)
            self._journal.flush()
            self._outbox.settle_doubt()
            due = self._next_due()
            if self._outbox.stopping or not self._policy.wait or due is None:
                return
            await self._outbox.rest(min((due - self._around.clock()).total_seconds(), LONGEST_RETRY))
            self._outbox.begin_another_round()

    async def _watch(self, sending: asyncio.Task[None]) -> None:
        while not self._lost:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(DatabaseError):  # the next look may succeed; the journal raises if the log cannot be written
                self._look()
                self._tell_rest()
            if self._holds_lock and not await asyncio.to_thread(self._holds_lock):
                self._lost = self._lost or LockLost(number=self._issue)
        await self._give_up(sending)

    def _tell_rest(self) -> None:
        """Write down, for other terminals, until when and why the relay is left alone; clear that when it is over."""
        rest = self._transport.standstill if self._transport else None
        if rest is None or rest.seconds < WATCH_SECONDS:
            if self._rests_until and self._rests_until <= self._around.clock():
                self._rests_until = None
                with writing(self._engine) as connection:
                    go_on(connection, self._issue)
            return
        until = self._around.clock() + timedelta(seconds=rest.seconds)
        if self._rests_until is None or abs(until - self._rests_until) > timedelta(seconds=WATCH_SECONDS):
            self._rests_until = until
            self._around.rests(rest)
            event(_log, "mail server left alone", issue=self._issue, seconds=round(rest.seconds), said=rest.words)
            with writing(self._engine) as connection:
                postpone(connection, self._issue, until, f"the mail server said: “{rest.words}”")

    def _look(self) -> None:
        self._around.limits.look()
        with reading(self._engine) as connection:
            self._lifecycle = lifecycle_of(connection, self._issue)
            if send_log.is_gone(connection, self._number):
                self._lost = ClaimLost()
        if self._lifecycle is not Lifecycle.OPEN:
            self._outbox.stop()

    async def _give_up(self, sending: asyncio.Task[None]) -> None:
        """Let no further dot leave, wait a while for the answers to dots that have left, and end the run."""
        self._outbox.stop()
        self._journal.bar()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_ANSWERS):
                while self._outbox.has_unanswered_dots:  # noqa: ASYNC110  # the outbox has no event to wait for
                    await asyncio.sleep(0.05)
        sending.cancel()

    def leave(self) -> None:
        """Settle what is still claimed if `run` could not, because the event loop was interrupted."""
        if self._number and not self._has_left:
            self._leave(Leaving.ERROR)

    def _leave(self, why: Leaving) -> None:
        """Settle what is still claimed, and skip it if the issue was cancelled.

        The command that cancelled the issue could not skip these deliveries, because this sender held them.
        """
        now = self._around.clock()

        def settle(connection: Connection) -> None:
            send_log.leave(connection, self._issue, self._number, why, now)
            if lifecycle_of(connection, self._issue) is Lifecycle.CANCELLED:
                self._lifecycle = Lifecycle.CANCELLED
                send_log.skip_rest(connection, self._issue, now, self._stretch)
            alone = not (self._stretch and self._stretch.sender)  # the times of those who send at once do not add up
            if self._outbox.seconds and alone:
                send_log.add_seconds(connection, self._issue, self._outbox.seconds)

        try:
            written(self._engine, settle)
            self._has_left = True
        finally:
            self._journal.close()
            self._around.limits.close()

    def _next_due(self) -> datetime | None:
        """Return when the daily limit allows more, or else when the next retry is due.

        The limit comes first: a retry that is due earlier does not end a used-up day.
        """
        with reading(self._engine) as connection:
            return self._outbox.reopens_at or send_log.next_retry(connection, self._issue, self._stretch)
