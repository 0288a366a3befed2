"""A terminal that sends an issue itself, as one sender among the workers that are at it, too."""

import platform
import threading
from collections import Counter
from contextlib import suppress
from signal import SIGTERM

from newsletter.app.duties import WorkerDuties
from newsletter.app.run import Ended, RunWatch
from newsletter.app.watching import watch_machines
from newsletter.app.workspace import Workspace
from newsletter.errors import DatabaseError, NewsletterError
from newsletter.fleet.machines import Presence
from newsletter.issue import Issue

BEAT_SECONDS = 2.0


def send_here(workspace: Workspace, issue: Issue, wait: bool, watch: RunWatch) -> Ended:
    """Send slices of `issue` here until it is done, and follow it meanwhile; the workers go on with it, too.

    A KeyboardInterrupt finishes what is under way here. Raises what keeps this machine from sending, such as ClaimLost.
    """
    name = workspace.settings.machine or platform.node()
    with Presence.of(workspace.engine, name, issue.number) as presence:
        shift = _Shift(WorkerDuties(workspace, presence, lambda words: None), presence, issue.number)
        with shift:
            done = watch_machines(workspace, issue, wait, watch)
        if shift.trouble:
            raise shift.trouble
        return done


class _Shift:
    """Two threads until the block ends: one sends, the other says that this process lives."""

    def __init__(self, duties: WorkerDuties, presence: Presence, issue: int) -> None:
        self.trouble: NewsletterError | None = None
        self._duties = duties
        self._presence = presence
        self._issue = issue
        self._over = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._send, self._beat)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._duties.end(SIGTERM)
        for thread in self._threads:
            thread.join()
        self.trouble = self.trouble or self._duties.lost

    def _send(self) -> None:
        try:
            while not self._over.is_set() and not self._duties.lost:
                due = [each for each in self._duties.share_out(Counter()) if each.issue == self._issue]
                for each in due[:1]:
                    self._duties.send_slice(each.issue, each.number, None)
                if not due:
                    self._over.wait(BEAT_SECONDS)
        except NewsletterError as trouble:
            self.trouble = trouble

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            with suppress(DatabaseError):  # the next claim raises what matters
                self._presence.beat()
