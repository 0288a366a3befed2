"""A send that needs nobody to watch it: a process of its own, which ends when no recipient is left to try.

What its caller decided is committed before it begins (`send.record`, `send.schedule`, `send.reopen_issue`). It sends
only what is open: a pause or a cancel that comes before it begins holds. What stops it is written down with the issue,
because nobody sees what it prints.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from newsletter.app.in_waves import AS_SET, run_in_waves
from newsletter.app.list_folder import ListFolder
from newsletter.app.look_back import find_issue
from newsletter.app.run import Ended, RunOutcome, RunWatch
from newsletter.app.workspace import Workspace
from newsletter.database.engine import writing
from newsletter.database.tables import Lifecycle
from newsletter.delivery import lifecycle
from newsletter.errors import NewsletterError, RelayUnreachable, SenderBusy
from newsletter.issue import Issue
from newsletter.runtime import signals
from newsletter.runtime.clock import now

AGAIN = timedelta(minutes=1)
"""How long to wait before the relay is tried again, if it cannot be reached."""
MOST_TRIES = 60
"""After so many tries the issue is paused: the organiser must look."""
LOOK_SECONDS = 5.0
MODULE = "newsletter.desk.sender"


def begin_sender(folder: ListFolder, number: int) -> None:
    """Start a process that sends issue `number`, and goes on when this one ends."""
    words = [sys.executable, "-m", MODULE, str(number)]
    nothing = subprocess.DEVNULL
    child = subprocess.Popen(  # noqa: S603  # our own words
        words, cwd=folder.folder, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    )
    threading.Thread(target=child.wait, daemon=True).start()  # else the system would keep it as a dead process


def carry_on(workspace: Workspace, number: int, sleep: Callable[[float], object] = time.sleep) -> Ended | None:
    """Send issue `number` until no recipient is left to try; wait for its time before, if it is scheduled.

    Returns None if it is not to be sent: paused, cancelled, or sent by another program. What stops it is written down
    with the issue. Raises UnknownIssue and DatabaseError.
    """
    watch = RunWatch(signals=signals.handled_by)
    for _ in range(MOST_TRIES):
        issue = _when_it_is_time(workspace, number, sleep)
        if issue is None:
            return None
        try:
            done = run_in_waves(workspace, issue, workspace.transport(shared=True), replace(AS_SET, wait=True), watch)
        except SenderBusy:
            return None
        except NewsletterError as trouble:
            _pause(workspace, number, trouble)
            return None
        if done.failure is None or done.outcome is RunOutcome.INTERRUPTED:
            return done
        if not isinstance(done.failure, RelayUnreachable):
            _pause(workspace, number, done.failure)
            return done
        _postpone(workspace, number, done.failure)
        sleep(AGAIN.total_seconds())
    _pause(workspace, number, RelayUnreachable(relay=workspace.settings.smtp_host, why="it did not answer for an hour"))
    return None


def _when_it_is_time(workspace: Workspace, number: int, sleep: Callable[[float], object]) -> Issue | None:
    """Wait until an issue may be sent; None: it may not, because it is paused or cancelled."""
    while True:
        issue = find_issue(workspace, number)
        if issue.lifecycle is not Lifecycle.OPEN:
            return None
        if not issue.is_scheduled or issue.not_before is None or issue.not_before <= now():
            return issue  # of another issue that time says when `due` may take it up
        sleep(min(LOOK_SECONDS, max((issue.not_before - now()).total_seconds(), 0.0)))


def _postpone(workspace: Workspace, number: int, trouble: NewsletterError) -> None:
    with writing(workspace.engine) as connection:
        lifecycle.postpone(connection, number, now() + AGAIN, str(trouble))


def _pause(workspace: Workspace, number: int, trouble: NewsletterError) -> None:
    with suppress(NewsletterError), writing(workspace.engine) as connection:
        lifecycle.pause(connection, number, str(trouble))
