"""A run of an issue as the organiser asked for it: to all at once, or to the first few and then to the others."""

from dataclasses import dataclass, replace
from datetime import timedelta

from newsletter.app import first_wave, watching
from newsletter.app.here import send_here
from newsletter.app.run import (
    Ended,
    FirstAreWritten,
    FirstObject,
    HeldMeanwhile,
    RunWatch,
    ended,
    left_to_try,
    run_issue,
)
from newsletter.app.sender import policy
from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading, writing
from newsletter.delivery import Ending, RunPolicy, lifecycle
from newsletter.issue import Issue
from newsletter.runtime.clock import now
from newsletter.transport import Transport

LOOK_SECONDS = 1.0
"""While it waits between the first few and the others: seconds between two looks at the issue's status."""
LEAST_SECONDS = 60.0
"""Seconds for which `due` leaves out an issue whose first few are being sent; more if the canary waits longer."""


@dataclass(frozen=True)
class ThisRun:
    """What the organiser chooses for one run; everything else is as in the settings."""

    rate: float | None = None
    """Messages a second; None: as the settings say."""
    limit: int = 0
    """The most recipients to try in this run; 0: all."""
    wait: bool = False
    """Whether the run waits for retries and limits until no recipient is left to try."""
    here: bool = False
    """Whether this program sends, too, where workers do."""

    def refuse_beside_machines(self, workspace: Workspace, to_folder: bool) -> None:
        """Raise ActionRefused if machines are at work, which know nothing of what is chosen here for one run."""
        own = ("--rate", self.rate is not None), ("--limit", bool(self.limit)), ("--folder", to_folder)
        watching.refuse_alone(workspace, *own)

    def policy(self, workspace: Workspace) -> RunPolicy:
        """Combine this with the settings into the policy of the run."""
        return policy(workspace.settings, self.rate, self.limit, self.wait)


AS_SET = ThisRun()


def run_in_waves(workspace: Workspace, issue: Issue, transport: Transport, this_run: ThisRun, watch: RunWatch) -> Ended:
    """Send `issue` here, or follow the machines that do; with a canary to the first few, and later to the others."""
    if watching.are_machines_at_work(workspace):
        follow = send_here if this_run.here else watching.watch_machines
        return follow(workspace, issue, this_run.wait, watch)
    how = _first_some if issue.canary else run_issue
    return how(workspace, issue, transport, this_run.policy(workspace), watch)


def _first_some(workspace: Workspace, issue: Issue, transport: Transport, how: RunPolicy, watch: RunWatch) -> Ended:
    """Send to the first few, wait, then send to the others; pause if refusals, bounces or complaints speak against it.

    The issue is paused while it waits: if this process dies then, the others get nothing until `resume`. If it dies
    before, whatever goes on with the issue stops after the first few, too.
    """
    canary = issue.canary
    assert canary is not None
    _leave_alone(workspace, issue, canary.seconds)
    first = run_issue(workspace, issue, transport, replace(how, wait=False), watch)
    if first.signal or first.run is None or first.run.ending not in (Ending.WAITING, Ending.DONE):
        return first
    with writing(workspace.engine) as connection:
        done = first_wave.hold(connection, issue, now())
    if done.verdict is first_wave.WaveVerdict.NOT_YET:  # as when a daily limit came first, or another program's pause
        some_are_left = first.run.ending is Ending.DONE and left_to_try(first.account)
        return replace(first, run=None) if some_are_left else first
    watch.tell(FirstAreWritten(canary))
    try:
        goes_on = (
            _goes_on(done, watch)
            and _waited(workspace, issue, canary.seconds, watch)
            and _goes_on(_judged(workspace, issue), watch)
        )
    except KeyboardInterrupt:
        with writing(workspace.engine) as connection:
            first_wave.interrupt(connection, issue)
        return ended(workspace, issue.number, interrupted=True)
    return run_issue(workspace, issue, transport, how, watch) if goes_on else ended(workspace, issue.number)


def _leave_alone(workspace: Workspace, issue: Issue, seconds: float) -> None:
    """Postpone the issue, so that `due` does not send to the others before `_first_some` has paused it."""
    with writing(workspace.engine) as connection:
        lifecycle.postpone(connection, issue.number, now() + timedelta(seconds=max(seconds, LEAST_SECONDS)))


def _waited(workspace: Workspace, issue: Issue, seconds: float, watch: RunWatch) -> bool:
    """Wait `seconds`; return False at the next look if another program has paused, resumed or cancelled the issue."""
    left = seconds
    while left > 0:
        watch.sleep(min(left, LOOK_SECONDS))
        left -= LOOK_SECONDS
        with reading(workspace.engine) as connection:
            if not first_wave.is_held(connection, issue):
                watch.tell(HeldMeanwhile(issue.number))
                return False
    return True


def _judged(workspace: Workspace, issue: Issue) -> first_wave.WaveJudged:
    with writing(workspace.engine) as connection:
        return first_wave.judge(connection, issue)


def _goes_on(judged: first_wave.WaveJudged, watch: RunWatch) -> bool:
    """Say whether the others may get it, or may after the wait; tell why not."""
    match judged.verdict:
        case first_wave.WaveVerdict.OBJECTS:
            watch.tell(FirstObject(judged.issue, judged.why))
        case first_wave.WaveVerdict.NOT_YET:
            watch.tell(HeldMeanwhile(judged.issue))
        case _:
            return True
    return False
