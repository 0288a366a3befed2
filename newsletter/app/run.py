"""One run of an issue, as its caller follows it. In: an issue and a policy. Out: how the run ended.

Every use case that sends comes through here, so each has the same account at its end and the same callbacks meanwhile.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from newsletter.app.look_back import FirstRecipients, names_of
from newsletter.app.sender import Signals, deliver_issue, no_signals
from newsletter.app.workspace import Workspace
from newsletter.bounces.settling import Settlement
from newsletter.database.engine import reading
from newsletter.database.tables import State
from newsletter.delivery import Ending, RunPolicy, RunResult, Surroundings
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.issue import Issue, read_issue
from newsletter.policy.canary import Canary
from newsletter.policy.reply import Reply
from newsletter.reports.account import IssueAccount, account_of
from newsletter.reports.progress import Progress
from newsletter.transport import Standstill, Transport

LEFT_TO_TRY = (State.QUEUED, State.DEFERRED, State.SENDING)
NOT_REACHED = (State.REFUSED, State.EXPIRED, State.UNCERTAIN)


class RunOutcome(Enum):
    """What the end of a run means to its caller."""

    DONE = auto()
    """Every recipient was written to."""
    SOME_NOT_REACHED = auto()
    """No recipient is left to try; some were refused, given up or are uncertain."""
    CANCELLED = auto()
    LATER = auto()
    """Some recipients are left for a later run: it waits, is paused, or the relay takes no more for now."""
    NOT_ALLOWED = auto()
    """The relay takes no such mail from us until something is put right."""
    INTERRUPTED = auto()
    """A signal ended the run."""


@dataclass(frozen=True)
class Ended:
    """How the sending of an issue ended, for now or for good."""

    account: IssueAccount
    uncertain: FirstRecipients
    run: RunResult | None
    """None: the relay failed (`failure`), or the issue was held between a canary and the other recipients."""
    signal: int = 0
    """The signal that interrupted it; 0: none."""
    failure: RelayUnreachable | RelayRefused | None = None
    """The error that ended it. It is here, not raised, so that the account comes with it."""
    interrupted: bool = False

    @property
    def outcome(self) -> RunOutcome:
        if self.signal or self.interrupted:
            return RunOutcome.INTERRUPTED
        if self.run is None:
            return RunOutcome.NOT_ALLOWED if isinstance(self.failure, RelayRefused) else RunOutcome.LATER
        match self.run.ending:
            case Ending.STOPPED if not (self.run.stopped_by and self.run.stopped_by.for_now):
                return RunOutcome.NOT_ALLOWED
            case Ending.CANCELLED:
                return RunOutcome.CANCELLED
            case Ending.DONE:
                lost = any(self.account.states[state] for state in NOT_REACHED)
                return RunOutcome.SOME_NOT_REACHED if lost else RunOutcome.DONE
        return RunOutcome.LATER


@dataclass(frozen=True)
class UnderWay:
    """A run that has begun, for a progress bar: it may be asked for its figures at any time, from any thread."""

    issue: int
    total: int | None
    """How many recipients this run may try; None: not known yet."""
    progress: Progress
    transport: Transport | None
    """Where it goes; None: machines send it, and this program only watches."""


class ProgressListener(Protocol):
    """Is told how a run goes on; it must return at once."""

    def answered(self) -> None:
        """Take note that the relay has answered: the figures of `UnderWay.progress` have changed."""

    def rests(self, rest: Standstill) -> None:
        """Take note that the run leaves the relay alone for a while."""


@dataclass(frozen=True)
class Reopened:
    """An issue goes on: what was decided about so many uncertain, and how many refused are queued again, by answer."""

    issue: int
    uncertain: int
    settlement: Settlement
    refused: Counter[str]


@dataclass(frozen=True)
class FirstAreWritten:
    """The first few have been written to; the others wait until it is clear how the first took it."""

    canary: Canary


@dataclass(frozen=True)
class FirstObject:
    """What became of the first few speaks against the others; the issue was paused."""

    issue: int
    why: str


@dataclass(frozen=True)
class HeldMeanwhile:
    """Another program paused, cancelled or resumed the issue while it waited for the first few."""

    issue: int


@dataclass(frozen=True)
class MachinesGoOn:
    """The caller watches no longer; machines go on sending the issue."""

    issue: int


@dataclass(frozen=True)
class MachinesAreGone:
    """No worker was heard of lately, so nothing sends the issue; it goes on when one begins."""

    issue: int


RunNews = Reopened | FirstAreWritten | FirstObject | HeldMeanwhile | MachinesGoOn | MachinesAreGone


class _Unseen:
    def answered(self) -> None:
        pass

    def rests(self, rest: Standstill) -> None:
        pass


@contextmanager
def _unseen(under_way: UnderWay) -> Iterator[ProgressListener]:
    yield _Unseen()


def _untold(news: RunNews) -> None:
    pass


@dataclass(frozen=True)
class RunWatch:
    """How the caller follows a run; by default it is not followed."""

    show: Callable[[UnderWay], AbstractContextManager[ProgressListener]] = _unseen
    tell: Callable[[RunNews], object] = _untold
    sleep: Callable[[float], object] = time.sleep
    """How to wait between a canary and the others; a KeyboardInterrupt ends the waiting, and pauses the issue."""
    signals: Signals = no_signals
    """How the run is told of signals; by default of none, as in a worker, whose signals are not about one run."""


UNWATCHED = RunWatch()


def left_to_try(account: IssueAccount) -> int:
    """Count the recipients of an issue who are still to be tried."""
    return sum(account.states[state] for state in LEFT_TO_TRY)


def run_issue(workspace: Workspace, issue: Issue, transport: Transport, policy: RunPolicy, watch: RunWatch) -> Ended:
    """Send `issue` as far as `policy` allows. Raises SenderBusy, and Refused if a scheduled one has no recipient."""
    with reading(workspace.engine) as connection:
        before = account_of(connection, issue)
    left = left_to_try(before) or None  # a scheduled issue has no recipients before its time
    most = [left, policy.limit, issue.canary.first if issue.canary else 0]
    total = min(filter(None, most), default=None) if left else None
    so_far = Progress(waiting=before.states[State.DEFERRED])
    with watch.show(UnderWay(issue.number, total, so_far, transport)) as shown:

        def progress(state: State, reply: Reply, tries: int) -> None:
            so_far.answered(state, reply, tries)
            shown.answered()

        around = Surroundings(progress=progress, rests=shown.rests, limits=workspace.limits)
        try:
            run, signal = deliver_issue(
                workspace.engine, workspace.settings, issue, transport, policy, around, watch.signals
            )
        except (RelayUnreachable, RelayRefused) as error:
            return ended(workspace, issue.number, failure=error)
    return ended(workspace, issue.number, run, signal)


def ended(
    workspace: Workspace,
    issue: int,
    run: RunResult | None = None,
    signal: int = 0,
    failure: RelayUnreachable | RelayRefused | None = None,
    interrupted: bool = False,
) -> Ended:
    """Add to the end of a run the account of its issue, and the first of those who are uncertain."""
    with reading(workspace.engine) as connection:
        account = account_of(connection, read_issue(connection, issue))  # a scheduled one has begun meanwhile
        uncertain = names_of(connection, issue, State.UNCERTAIN)
    return Ended(account, uncertain, run, signal, failure, interrupted)
