"""A worker: one process that sends slices of whatever issue is due, beside others like it on any machine.

Its own event loop takes jobs, beats, and looks whether to end. A slice is sent in a thread with an event loop of its
own, so that a slow commit never stops the heart.
"""

import asyncio
import platform
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from signal import SIGTERM

from newsletter.app.duties import WorkerDuties
from newsletter.app.sender import Signals, no_signals
from newsletter.app.workspace import Workspace
from newsletter.database.engine import limit_idle_transactions
from newsletter.errors import ClaimLost, DatabaseError, SettingsError, WorkerLost
from newsletter.fleet import engine as jobs
from newsletter.fleet.machines import Presence
from newsletter.fleet.tasks import Fleet
from newsletter.settings import variable

BEAT_SECONDS = 2.0
LOOK_SECONDS = 0.5


class Until(Enum):
    """When a worker ends by itself."""

    STOPPED = auto()
    """Never: when it is told to."""
    DRAINED = auto()
    """When nothing is due."""
    ONCE = auto()
    """After one slice, or when nothing is due."""


def run_worker(
    workspace: Workspace,
    until: Until = Until.STOPPED,
    told: Callable[[str], object] = lambda words: None,
    signals: Signals = no_signals,
) -> int:
    """Be a worker; return the signal that ended it, 0 for none. A slice that is being sent is left in good order.

    Raises SettingsError on SQLite, and MissingExtra without the engine of machines. Raises WorkerLost, LockLost or
    ClaimLost if others may have taken over what this one held, or if the database was away for too long; begin again.
    """
    if workspace.engine.dialect.name != "postgresql":
        raise SettingsError(
            setting=variable("database_url"),
            why="is not the address of a PostgreSQL, which `newsletter worker` needs. Without it, `newsletter send` "
            "sends by itself",
        )
    jobs.require()
    workspace.settings.require("secret_key")
    jobs.make_schema(workspace.engine)
    limit_idle_transactions(workspace.engine, workspace.settings.hung_seconds / 2)
    name = workspace.settings.machine or platform.node()
    with Presence.of(workspace.engine, name) as presence:
        duties = WorkerDuties(workspace, presence, told)
        told("At work. Ctrl-C ends it.")
        signal = asyncio.run(_Shift(workspace, duties, presence, until, told).run(signals))
    if duties.lost:
        raise duties.lost
    return signal


class _Shift:
    """The event loop of one worker."""

    def __init__(
        self,
        workspace: Workspace,
        duties: WorkerDuties,
        presence: Presence,
        until: Until,
        told: Callable[[str], object],
    ) -> None:
        self._workspace = workspace
        self._duties = duties
        self._presence = presence
        self._until = until
        self._fleet = Fleet(workspace.engine, duties, told)
        self._stop = asyncio.Event()
        self._signal = 0

    async def run(self, signals: Signals) -> int:
        loop = asyncio.get_running_loop()
        with signals(lambda number: loop.call_soon_threadsafe(self._end, number)):
            async with self._fleet.jobs.opened():
                await self._fleet.dispatch()
                side = [asyncio.create_task(each) for each in (self._beat(), self._look())]
                working = asyncio.create_task(self._fleet.jobs.work())
                stopped = asyncio.create_task(self._stop.wait())
                await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    self._duties.lost = self._duties.lost or WorkerLost()
                self._duties.end(self._signal or SIGTERM)
                for task in (working, stopped, *side):
                    task.cancel()
                await asyncio.gather(working, stopped, *side, return_exceptions=True)
        return self._signal

    def _end(self, signal: int) -> None:
        self._signal = self._signal or signal
        self._duties.end(SIGTERM)  # not the signal itself: a Ctrl-C at a worker must not pause the issue
        self._stop.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await asyncio.to_thread(self._presence.beat)
                await asyncio.to_thread(self._duties.end_turn)
            except ClaimLost as lost:
                self._duties.lost = lost
            except DatabaseError:
                if not await asyncio.to_thread(self._presence.is_held):
                    self._duties.lost = self._duties.lost or WorkerLost()

    async def _look(self) -> None:
        while not self._stop.is_set():
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(DatabaseError):
                if self._duties.lost or await self._is_done():
                    self._stop.set()

    async def _is_done(self) -> bool:
        if self._until is Until.STOPPED or self._duties.is_at_work:
            return False
        if self._until is Until.ONCE and self._duties.done:
            return True
        waiting = await self._fleet.jobs.waiting()
        return not waiting and not await asyncio.to_thread(self._duties.share_out, waiting)
