"""The one door to procrastinate: its tables in a schema of their own, its queue, and its clockwork.

Its schema may be dropped at any time: workers make it anew when they begin, and everything in it can be found out again
from the send log. So an upgrade of the engine drops the schema.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import text

from newsletter.database.engine import translated, writing
from newsletter.runtime.extras import MissingExtra
from newsletter.send_log.slices import Slice

SCHEMA = "jobs"
SENDING, HOUSE = "send", "house"
"""The queues: slices in one, all other work in the other, which slices would otherwise keep waiting."""
HOUSE_AT_ONCE = 4
POLL_SECONDS = 1.0
"""Seconds between two looks for other work; slices are told of by the database at once."""
_MAKING = 0x6A6F6273
"""The key of the advisory lock under which the schema is made; in letters, "jobs"."""


@dataclass(frozen=True)
class Clockwork:
    """A job that is due again and again: `cron` has a sixth field for seconds."""

    name: str
    cron: str
    work: Callable[[], Awaitable[None]]


def require() -> None:
    """Raise MissingExtra unless the engine is installed."""
    try:
        version("procrastinate")
    except ModuleNotFoundError:
        raise MissingExtra(purpose="send from several machines", extra="machines") from None


def make_schema(database: Database, afresh: bool = False) -> bool:
    """Make the engine's tables unless they are there; say whether that is possible. Commits. Raises DatabaseError.

    `afresh`: make them anew if they belong to another version of the engine; workers that run then end, and are started
    again. It is not possible on SQLite, or where the engine is not installed.
    """
    try:
        known = version("procrastinate")
    except ModuleNotFoundError:
        return False
    if database.dialect.name != "postgresql":
        return False
    from procrastinate.schema import SchemaManager  # here, because only machines need it

    with writing(database) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
        comment = text("SELECT obj_description(to_regnamespace(:name), 'pg_namespace')")
        made_by = connection.execute(comment, {"name": SCHEMA}).scalar()
        table = connection.execute(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.procrastinate_jobs"}).scalar()
        if table and (made_by == known or not afresh):
            return True
        driver: Any = connection.connection.driver_connection
        driver.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        driver.execute(f"CREATE SCHEMA {SCHEMA}")
        driver.execute(f"SET LOCAL search_path = {SCHEMA}")
        driver.execute(SchemaManager.get_schema())
        driver.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{known}'")
    return True


class Jobs:
    """The queue of this process, and the two workers of the engine that take jobs from it."""

    def __init__(
        self,
        database: Database,
        send: Callable[[int, int, int | None], Any],
        sent: Callable[[], Awaitable[None]],
        house: Iterable[Clockwork],
    ) -> None:
        """`send` is called for each slice, with the issue, its number and the job, in a thread; then `sent`."""
        from procrastinate import App, JobContext, PsycopgConnector

        for name in ("procrastinate", "psycopg.pool"):
            # Without a log, their errors would be tracebacks on the terminal; what matters is said by us.
            logging.getLogger(name).addHandler(logging.NullHandler())
        connector = PsycopgConnector(kwargs=_connection_arguments(database), min_size=1, max_size=2)
        self._slices, self._house = App(connector=connector), App(connector=connector)

        @self._slices.task(name="send_slice", queue=SENDING, pass_context=True)
        async def send_slice(context: JobContext, issue: int, number: int) -> None:
            await asyncio.to_thread(send, issue, number, context.job.id)
            await sent()

        self._send_slice = send_slice
        for each in house:
            self._repeat(each)

    def _repeat(self, job: Clockwork) -> None:
        @self._house.periodic(cron=job.cron)
        @self._house.task(name=job.name, queue=HOUSE, queueing_lock=job.name)
        async def run(timestamp: int) -> None:
            await job.work()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Have connections for the queue until the block ends."""
        async with self._slices.open_async():
            yield

    async def work(self) -> None:
        """Take jobs until cancelled; then finish those under way. Returns by itself if the engine lost the database."""
        how: dict[str, Any] = {"install_signal_handlers": False, "delete_jobs": "always"}
        slices = self._slices.run_worker_async(queues=[SENDING], concurrency=1, name="slices", **how)
        house = self._house.run_worker_async(
            queues=[HOUSE],
            concurrency=HOUSE_AT_ONCE,
            name="house",
            listen_notify=False,
            fetch_job_polling_interval=POLL_SECONDS,
            **how,
        )
        tasks = [asyncio.create_task(slices), asyncio.create_task(house)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def waiting(self) -> Counter[int]:
        """Count the slices in the queue that no worker has taken, by issue."""
        jobs = await self._slices.job_manager.list_jobs_async(status="todo", task="send_slice")
        return Counter(int(job.task_kwargs["issue"]) for job in jobs)  # type: ignore[arg-type]

    async def put(self, slices: Iterable[Slice]) -> None:
        """Put slices into the queue, unless they are in it."""
        from procrastinate.exceptions import AlreadyEnqueued

        for each in slices:
            lock = f"i{each.issue}-s{each.number}"
            with suppress(AlreadyEnqueued):
                job = self._send_slice.configure(queueing_lock=lock, priority=each.priority)
                await job.defer_async(issue=each.issue, number=each.number)

    async def forget_stalled(self, after: float) -> None:
        """Delete the jobs that workers of the engine had begun when they fell silent, `after` seconds ago."""
        from procrastinate.jobs import Status

        for app in (self._slices, self._house):
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=after):
                if job.id is not None:
                    await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            await app.job_manager.prune_stalled_workers(after)
            break  # both see all jobs


def _connection_arguments(database: Database) -> dict[str, Any]:
    with translated(database):
        _, given = database.dialect.create_connect_args(database.url)
    options = f"{given.get('options', '')} -c search_path={SCHEMA}"
    return {**given, "options": options.strip()}
