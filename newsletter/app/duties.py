"""What a worker does, job by job: the use cases behind `newsletter.fleet.tasks`. Each finds out what is due itself.

All times are by the database's clock, because the clocks of machines differ.
"""

import asyncio
import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from sqlalchemy import select

from newsletter.app import approval_rule, bounces, first_wave
from newsletter.app.approval_rule import NotApproved
from newsletter.app.notes import send_notes
from newsletter.app.sender import deliver_slice, policy
from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Leaving, Lifecycle, issues
from newsletter.delivery import RunResult, Surroundings, lifecycle
from newsletter.errors import (
    ActionRefused,
    AwayFromHome,
    ClaimLost,
    DatabaseError,
    LockLost,
    NewsletterError,
    OtherFormat,
    WorkerLost,
)
from newsletter.fleet.machines import Presence
from newsletter.issue import MESSAGE_FORMAT, freeze_audience, read_issue
from newsletter.message.dkim import dkim_signer
from newsletter.runtime.clock import Clock, now, steady
from newsletter.runtime.logs import event
from newsletter.send_log import Stretch, home, slices
from newsletter.send_log import senders as send_log_senders
from newsletter.send_log import workers as crew
from newsletter.send_log.slices import Slice
from newsletter.transactional import Questions
from newsletter.transactional.notice import Notices
from subscribers import pending_mail
from subscribers.tokens import LinkSigner

_log = logging.getLogger(__name__)

IN_THE_QUEUE = 2
"""So many slices of an issue are in the queue for each worker; another issue never waits for more than these."""
TURN_SECONDS = 60.0
"""After so many seconds a worker leaves a slice, if another issue waits; it is due again at once."""
PUT_OFF = 60.0
"""Seconds until an issue is tried again after an error, such as a relay that cannot be reached."""

Interrupt = Callable[[int], object]


class WorkerDuties:
    """Implements newsletter.fleet.tasks.Duties for one worker. `told` gets a line about each thing done."""

    def __init__(self, workspace: Workspace, presence: Presence, told: Callable[[str], object]) -> None:
        self._workspace = workspace
        self._engine = workspace.engine
        self._presence = presence
        self._told = told
        self._transport = workspace.transport(shared=True)
        self._clock = database_clock(workspace)
        self._left_alone: set[int] = set()
        self._allowed: set[int] = set()
        self._ends: Interrupt | None = None
        self._ending = threading.Lock()
        self._stopping = 0
        self._issue = 0
        self._since = 0.0
        self.done = 0
        """How many slices it has sent, or found nothing to do in."""
        self.lost: LockLost | ClaimLost | WorkerLost | None = None
        """Why the worker must end: others may have taken over its work."""

    # Called by the worker

    @property
    def is_at_work(self) -> bool:
        """Whether it sends a slice now."""
        return self._issue != 0

    def end(self, signal: int) -> None:
        """End the slice that is being sent, as `signal` says, and begin no other."""
        self._stopping = signal
        self._interrupt(signal)

    def end_turn(self) -> None:
        """Leave the slice that is being sent, if it takes long and another issue waits."""
        if self._issue and monotonic() - self._since > TURN_SECONDS:
            with reading(self._engine) as connection:
                others = [each for each in slices.due(connection, self._clock()) if each.issue != self._issue]
            if others:
                self._interrupt(0)

    # Called by the jobs

    def send_slice(self, issue: int, number: int, job: int | None) -> None:
        """Send a slice, if it is still to be sent and no other sender is at it."""
        if self._stopping or self.lost:
            return
        self._clock = database_clock(self._workspace)
        try:
            with self._presence.sharing(issue) as shared:
                if shared and not self._is_left_alone(issue) and self._is_allowed(issue):
                    self._send(issue, number, job)
        except AwayFromHome as away:
            with writing(self._engine) as connection:
                lifecycle.pause_all(connection, home.WHY)
            self._told(str(away))
        except (LockLost, ClaimLost) as lost:
            self.lost = lost
        except DatabaseError:
            raise
        except NewsletterError as trouble:
            self._put_off(issue, trouble)
        except Exception:  # noqa: BLE001  # one slice must not stop the worker, nor fail unseen
            _log.exception("Issue %s, slice %s", issue, number)
            self._told(f"Issue {issue}, slice {number}: an error of this program; it is tried again in a minute.")
        finally:
            self._issue = 0
            self.done += 1

    def share_out(self, waiting: Counter[int]) -> Sequence[Slice]:
        """Say which slices to put into the queue: of each issue a few for each worker, in turns."""
        with writing(self._engine) as connection:
            moment = crew.clock(connection)
            for issue in slices.uncut(connection):
                slices.cut(connection, issue, self._workspace.settings.slice, moment)
            due = [each for each in slices.due(connection, moment) if each.issue not in self._left_alone]
            window = IN_THE_QUEUE * max(crew.alive(connection), 1) if due else 0
        of_issue: dict[int, list[Slice]] = defaultdict(list)
        for each in due:
            if len(of_issue[each.issue]) < window - waiting[each.issue]:
                of_issue[each.issue].append(each)
        turns = [(-each.priority, turn, each) for found in of_issue.values() for turn, each in enumerate(found)]
        return [each for _, _, each in sorted(turns, key=lambda turn: (*turn[:2], turn[2].issue))]

    def settle(self) -> None:
        """Settle what workers and programs held that are gone; their slices come first now."""
        with writing(self._engine) as connection:
            gone = crew.settle_gone(connection, self._workspace.settings.hung_seconds)
            crew.settle_dead_terminals(connection)
        for each in gone:
            event(_log, "worker gone", worker=each.worker, why=str(each.why), uncertain=each.uncertain)
            self._told(f"{each.machine} · {each.process} {each.why}: {each.uncertain:,} uncertain")

    def due(self) -> None:
        """Begin scheduled issues whose time has come, and hold or judge first waves."""
        moment = self._clock()
        with reading(self._engine) as connection:
            scheduled = lifecycle.scheduled(connection, moment)
        for issue in scheduled:
            try:
                self._begin(issue, moment)
            except DatabaseError:
                raise
            except NewsletterError as trouble:  # the issues behind it must not wait
                self._put_off(issue, trouble)
        for judged in first_wave.look(self._engine, moment):
            event(_log, "first wave", issue=judged.issue, verdict=judged.verdict.name, why=judged.why)

    def owe(self) -> None:
        """Send the mails that pages have promised, such as the question whether to subscribe; and the organiser's."""
        settings = self._workspace.settings
        send_notes(self._workspace)
        with reading(self._engine) as connection:
            is_any_due = pending_mail.is_any_due(connection, now())
        if is_any_due and settings.base_url:
            signer = LinkSigner(settings.secret_keys, settings.list_name)
            notices = Notices(settings, self._workspace.templates, partial(dkim_signer, settings))
            ways = partial(reading, self._engine), partial(writing, self._engine)
            asyncio.run(Questions(notices, self._workspace.transport(), signer, *ways, now).send_all_due())

    def hear(self) -> None:
        """Read the mailbox that bounces come back to, if there is one in the settings."""
        if self._workspace.settings.bounces_host:
            with bounces.mailbox(self._workspace) as source:
                bounces.process(self._workspace, source, lambda mail, hearing: None)

    def sweep(self) -> None:
        """Make slices due again in which something waits, and settle claims of senders that are gone."""
        with writing(self._engine) as connection:
            moment = crew.clock(connection)
            slices.look_again(connection, moment)
            send_log_senders.settle_left_behind(connection, moment)

    # Within

    def _is_left_alone(self, issue: int) -> bool:
        """Say whether only another version builds the emails of `issue`; its slices stay due for that one."""
        with reading(self._engine) as connection:
            known = read_issue(connection, issue).message_format == MESSAGE_FORMAT
        if not known and issue not in self._left_alone:
            self._left_alone.add(issue)
            self._told(str(OtherFormat(number=issue)))
        return not known

    def _is_allowed(self, issue: int) -> bool:
        """Say whether `issue` may begin, or has begun; pause it if it is not approved."""
        if issue not in self._allowed:
            try:
                with reading(self._engine) as connection:
                    approval_rule.require(connection, self._workspace.settings, read_issue(connection, issue))
            except NotApproved as why:
                self._hold(issue, why)
                return False
            self._allowed.add(issue)
        return True

    def _hold(self, issue: int, why: NotApproved) -> None:
        with writing(self._engine) as connection:
            lifecycle.pause(connection, issue, "it is not approved")
        self._told(f"Issue {issue} is paused. {why}")

    def _send(self, issue: int, number: int, job: int | None) -> None:
        with writing(self._engine) as connection:
            stretch = crew.begin_slice(connection, self._presence.worker, issue, number, job, self._clock())
        if stretch is None:
            return
        self._issue, self._since = issue, monotonic()
        result = None
        not_before: datetime | None = self._clock() + timedelta(seconds=PUT_OFF)  # unless it ends well
        try:
            result = self._deliver(stretch)
            not_before = result.next_retry
        except (LockLost, ClaimLost, AwayFromHome):
            not_before = None
            raise
        finally:
            with writing(self._engine) as connection:
                # It has left already, unless an error came before its run began.
                send_log_senders.leave(connection, issue, stretch.sender, Leaving.ERROR, self._clock())
                slices.close(connection, stretch, number, self._clock(), not_before)
        if result:
            counts = " · ".join(f"{count:,} {state}" for state, count in result.counts.items() if count)
            self._told(f"Issue {issue}, slice {number}: {counts or 'nothing to do'}")

    def _deliver(self, stretch: Stretch) -> RunResult:
        return deliver_slice(
            self._engine,
            self._workspace.settings,
            stretch,
            self._transport,
            policy(self._workspace.settings),
            Surroundings(clock=self._clock, limits=self._workspace.limits),
            self._signals,
            self._presence.is_held,
        )

    def _put_off(self, issue: int, trouble: NewsletterError) -> None:
        """Have no worker try `issue` for a while; why is shown by `status` until then."""
        with writing(self._engine) as connection:
            lifecycle.postpone(connection, issue, self._clock() + timedelta(seconds=PUT_OFF), str(trouble))
        self._told(f"Issue {issue} waits: {trouble}")

    def _begin(self, number: int, moment: datetime) -> None:
        try:
            with writing(self._engine) as connection:
                connection.execute(select(issues.c.id).where(issues.c.id == number).with_for_update())
                issue = read_issue(connection, number)
                if issue.is_scheduled and issue.lifecycle is Lifecycle.OPEN:  # else another worker was quicker
                    begun = freeze_audience(connection, issue, moment)
                    approval_rule.require(connection, self._workspace.settings, begun)
                    slices.cut(connection, number, self._workspace.settings.slice, moment)
        except NotApproved as why:
            self._hold(number, why)
        except ActionRefused as refusal:
            with writing(self._engine) as connection:
                lifecycle.cancel(connection, number, moment)
            self._told(f"Issue {number} is cancelled: {refusal}")

    @contextmanager
    def _signals(self, interrupt: Interrupt) -> Iterator[None]:
        """Let `end` and `end_turn` reach the run, from other threads, until the block ends."""
        with self._ending:
            self._ends = interrupt
        if self._stopping:
            interrupt(self._stopping)
        try:
            yield
        finally:
            with self._ending:
                self._ends = None

    def _interrupt(self, signal: int) -> None:
        with self._ending, suppress(RuntimeError):  # its event loop may be closed already
            if self._ends:
                self._ends(signal)


def database_clock(workspace: Workspace) -> Clock:
    """Make a clock that goes as the database's, whatever this machine's clock shows."""
    with reading(workspace.engine) as connection:
        return steady(crew.clock(connection))
