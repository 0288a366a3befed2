"""The jobs there are, and how often each is due. What each does is a method of `Duties`, by the same name.

Any worker may run any of them, and two may run the same at once: each looks into the database what is to be done, and
one of the two finds nothing.

send_slice  one slice of one issue
dispatch    settles the workers that died or hung, and puts slices that are due into the queue; also after each slice
due         begins scheduled issues, and judges first waves
owe         sends the mails that pages have promised
hear        reads the mailbox that bounces come back to
sweep       what should never be needed: slices that nobody made due again, jobs that nobody finished
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sqlalchemy import Engine

from newsletter.errors import NewsletterError
from newsletter.fleet.engine import Clockwork, Jobs
from newsletter.send_log.slices import Slice

STALLED = 120.0
"""An engine's worker that was silent for so many seconds no longer works at its jobs."""


class Duties(Protocol):
    """What jobs have done. Each method may wait, commits what it does, and raises DatabaseError."""

    def send_slice(self, issue: int, number: int, job: int | None) -> None:
        """Send a slice, if it is still to be sent."""

    def share_out(self, waiting: Counter[int]) -> Sequence[Slice]:
        """Say which slices to put into the queue; `waiting`: how many are in it, by issue."""
        ...

    def settle(self) -> None:
        """Settle the workers that are gone."""

    def due(self) -> None:
        """Begin scheduled issues, and judge first waves."""

    def owe(self) -> None:
        """Send the mails that pages have promised."""

    def hear(self) -> None:
        """Read the mailbox that bounces come back to, if there is one."""

    def sweep(self) -> None:
        """Mend what was not foreseen."""


class Fleet:
    """The jobs of one worker."""

    def __init__(self, engine: Engine, duties: Duties, told: Callable[[str], object] = lambda words: None) -> None:
        self._duties = duties
        self._told = told
        self._troubles: dict[str, str] = {}
        self.jobs = Jobs(engine, duties.send_slice, self.dispatch, self._clockwork())

    def _clockwork(self) -> Sequence[Clockwork]:
        duties = self._duties
        return (
            # One job, not two: each costs some milliseconds, on a machine that has nothing else to do.
            Clockwork("dispatch", "* * * * * */3", self._settle_and_dispatch),
            Clockwork("due", "* * * * * */10", self._in_a_thread(duties.due)),
            Clockwork("owe", "* * * * * */15", self._in_a_thread(duties.owe)),
            Clockwork("hear", "* * * * *", self._in_a_thread(duties.hear)),
            Clockwork("sweep", "* * * * *", self.sweep),
        )

    def _in_a_thread(self, work: Callable[[], None]) -> Callable[[], Awaitable[None]]:
        """Wrap a duty so that what goes wrong is told, once for each new reason; it is tried again later."""

        async def run() -> None:
            try:
                await asyncio.to_thread(work)
            except NewsletterError as trouble:
                if self._troubles.get(work.__name__) != str(trouble):
                    self._troubles[work.__name__] = str(trouble)
                    self._told(str(trouble))
            else:
                self._troubles.pop(work.__name__, None)

        return run

    async def _settle_and_dispatch(self) -> None:
        await self._in_a_thread(self._duties.settle)()
        await self.dispatch()

    async def dispatch(self) -> None:
        """Put slices that are due into the queue."""
        waiting = await self.jobs.waiting()
        await self.jobs.put(await asyncio.to_thread(self._duties.share_out, waiting))

    async def sweep(self) -> None:
        """Mend what was not foreseen, here and in the engine."""
        await self.jobs.forget_stalled(STALLED)
        await asyncio.to_thread(self._duties.sweep)
