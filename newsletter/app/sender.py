"""One run of an issue under its lock: begin it, send, and write down what stopped it. In: an issue. Out: a Run."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from sqlalchemy import Engine

from newsletter import send_log
from newsletter.app import approval_rule
from newsletter.database.engine import reading, writing
from newsletter.database.lock import sender_lock
from newsletter.delivery import Ending, RunPolicy, RunResult, Sender, Surroundings, lifecycle
from newsletter.delivery.throttle import TROUBLE_PASSES
from newsletter.errors import RelayRefused, RelaySpent
from newsletter.issue import Issue, freeze_audience, read_issue
from newsletter.message import MessageBuilder
from newsletter.message.dkim import dkim_signer
from newsletter.runtime.clock import now
from newsletter.send_log import Stretch, slices
from newsletter.settings import Settings
from newsletter.transport import Transport
from subscribers.tokens import LinkSigner

Signals = Callable[[Callable[[int], object]], AbstractContextManager[None]]
"""How a run is told to end: until its block ends, it calls the function it was given with the number of each signal."""


def no_signals(interrupt: Callable[[int], object]) -> AbstractContextManager[None]:
    """Pass no signal on."""
    return nullcontext()


def policy(settings: Settings, rate: float | None = None, limit: int = 0, wait: bool = False) -> RunPolicy:
    """Make the policy of a run from the settings and from what the command line says about this run."""
    return RunPolicy(
        rate=settings.rate_per_second if rate is None else rate,
        limit=limit,
        wait=wait,
        first_retry=settings.retry_seconds,
        shelf_life=timedelta(hours=settings.shelf_life_hours),
        daily_limit=settings.daily_limit,
        warm_up=settings.warm_up,
        warm_up_from=settings.warm_up_from,
    )


def builder(settings: Settings, issue: Issue) -> MessageBuilder:
    """Make the builder of the messages of `issue`. Raises SettingsError for a DKIM key that cannot be used."""
    signer = LinkSigner(settings.secret_keys, issue.letterhead.list_id)
    return MessageBuilder(issue, signer, settings.secret_key, dkim_signer(settings, issue.frozen_at))


def deliver_issue(
    engine: Engine,
    settings: Settings,
    issue: Issue,
    transport: Transport,
    how: RunPolicy,
    around: Surroundings,
    signals: Signals = no_signals,
) -> tuple[RunResult, int]:
    """Send `issue` as far as the policy allows; also return the signal that interrupted it, 0 for none.

    A scheduled issue is frozen for its audience first. After a SIGINT, SIGTERM or SIGHUP (from `signals`) the run
    finishes what is under way, and SIGINT also pauses the issue; a second signal aborts what is under way, except
    SIGHUP, which a closed terminal may send twice. Until the first wave of an issue is judged, nobody else gets it.
    Raises SenderBusy if the issue is being sent already, NotApproved, Refused if a scheduled issue has no recipient,
    and what the sender and the transport raise.
    """
    settings.require("secret_key")
    with sender_lock(engine, issue.number, now()) as holds_lock:
        begun = _begin(engine, settings, issue.number)
        part = _part(engine, begun)
        sender = Sender(engine, begun.number, builder(settings, begun), how, around, holds_lock, part)
        done = _run(engine, begun, sender, transport, around, signals)
        with writing(engine) as connection:
            slices.let_rest(connection, begun.number)
        return done


def deliver_slice(
    engine: Engine,
    settings: Settings,
    stretch: Stretch,
    transport: Transport,
    how: RunPolicy,
    around: Surroundings,
    signals: Signals,
    holds_lock: Callable[[], bool],
) -> RunResult:
    """Send the part of an issue that `stretch` names, under the number that it was enrolled with.

    Only for a worker that shares the issue's lock. Raises what the sender and the transport raise.
    """
    with reading(engine) as connection:
        issue = read_issue(connection, stretch.issue)
    sender = Sender(engine, issue.number, builder(settings, issue), how, around, holds_lock, stretch)
    return _run(engine, issue, sender, transport, around, signals)[0]


def _run(
    engine: Engine, issue: Issue, sender: Sender, transport: Transport, around: Surroundings, signals: Signals
) -> tuple[RunResult, int]:
    try:
        run, signalled = asyncio.run(_run_until_signalled(sender, transport, signals))
    except RelaySpent as error:
        with writing(engine) as connection:
            lifecycle.postpone(
                connection,
                issue.number,
                around.clock() + timedelta(seconds=TROUBLE_PASSES),
                f"the mail server: {error.particulars['why']}",
            )
        raise
    except RelayRefused as error:
        _hold(engine, issue, str(error))
        raise
    finally:
        sender.leave()
    _settle(engine, issue, run, signalled, around.clock())
    return run, signalled


def _begin(engine: Engine, settings: Settings, number: int) -> Issue:
    with writing(engine) as connection:
        issue = read_issue(connection, number)
        begun = freeze_audience(connection, issue, now()) if issue.is_scheduled else issue
        approval_rule.require(connection, settings, begun)
        return begun


def _part(engine: Engine, issue: Issue) -> Stretch | None:
    """Return the part of `issue` that may be sent now: its first wave, until that is judged; None: all of it."""
    if issue.canary is None:
        return None
    with reading(engine) as connection:
        return send_log.first_wave(connection, issue.number, issue.canary.first)


def _settle(engine: Engine, issue: Issue, run: RunResult, signalled: int, moment: datetime) -> None:
    """Pause or postpone an issue that a person or the relay has stopped, so that no timer starts it again too early."""
    if signalled == signal.SIGINT and run.ending is Ending.INTERRUPTED:
        _hold(engine, issue, "interrupted")
    elif run.ending is Ending.STOPPED and run.stopped_by:
        said = f"the mail server said: “{run.stopped_by.words}”"
        if run.stopped_by.for_now:
            until = moment + timedelta(seconds=run.stopped_by.judged.seconds)
            with writing(engine) as connection:
                lifecycle.postpone(connection, issue.number, until, said)
        else:
            _hold(engine, issue, said)


def _hold(engine: Engine, issue: Issue, why: str) -> None:
    with writing(engine) as connection:
        lifecycle.pause(connection, issue.number, why)


async def _run_until_signalled(sender: Sender, transport: Transport, signals: Signals) -> tuple[RunResult, int]:
    received: list[int] = []
    task = asyncio.ensure_future(sender.run(transport))

    def interrupt(number: int) -> None:
        received.append(number)
        sender.interrupt()
        if sum(each != signal.SIGHUP for each in received) > 1:
            task.cancel()

    loop = asyncio.get_running_loop()
    with signals(lambda number: loop.call_soon_threadsafe(interrupt, number)):
        try:
            return await task, (received or [0])[0]
        except asyncio.CancelledError:
            return sender.ended(), (received or [0])[0]
