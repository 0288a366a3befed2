"""How a terminal follows an issue that machines send: it reads the send log once a second, and changes nothing."""

from collections import Counter
from dataclasses import dataclass

from newsletter import send_log
from newsletter.app import first_wave
from newsletter.app.run import (
    LEFT_TO_TRY,
    NOT_REACHED,
    Ended,
    MachinesAreGone,
    MachinesGoOn,
    RunWatch,
    UnderWay,
    ended,
)
from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading
from newsletter.database.tables import Lifecycle, State
from newsletter.delivery import Ending, RunResult
from newsletter.errors import ActionRefused
from newsletter.issue import Issue, read_issue
from newsletter.reports.progress import Progress
from newsletter.send_log import workers

LOOK_SECONDS = 1.0


def are_machines_at_work(workspace: Workspace) -> bool:
    """Say whether a worker was heard of lately, so that a terminal may leave the sending to it."""
    with reading(workspace.engine) as connection:
        return workers.alive(connection) > 0


def refuse_alone(workspace: Workspace, *options: tuple[str, bool]) -> None:
    """Raise ActionRefused if machines are at work and one of the `options` is given that only one run can keep."""
    given = [name for name, is_given in options if is_given]
    if given and are_machines_at_work(workspace):
        raise ActionRefused(why=_ALONE.format(option=given[0]))


def watch_machines(workspace: Workspace, issue: Issue, wait: bool, watch: RunWatch) -> Ended:
    """Follow `issue` until nothing is left to try; without `wait`, until each recipient was tried once.

    Also until it is paused or cancelled, or no machine is left. A KeyboardInterrupt ends only the watching.
    """
    progress = Progress()
    with watch.show(UnderWay(issue.number, issue.frozen or None, progress, None)) as shown:
        try:
            while True:
                seen = _look(workspace, issue.number, progress, wait)
                shown.answered()
                if seen.ending:
                    result = RunResult(seen.ending, Counter(), None, None)
                    return ended(workspace, issue.number, result)
                if not seen.machines:
                    watch.tell(MachinesAreGone(issue.number))
                    return ended(workspace, issue.number)
                watch.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            watch.tell(MachinesGoOn(issue.number))
            return ended(workspace, issue.number, interrupted=True)


@dataclass(frozen=True)
class _Seen:
    ending: Ending | None
    machines: int


def _look(workspace: Workspace, number: int, progress: Progress, wait: bool) -> _Seen:
    with reading(workspace.engine) as connection:
        issue = read_issue(connection, number)
        states = send_log.tally(connection, number)
        machines = workers.alive(connection)
        waits = first_wave.is_held(connection, issue)
    progress.done = sum(states[state] for state in (State.ACCEPTED, *NOT_REACHED))
    progress.waiting, progress.uncertain = states[State.DEFERRED], states[State.UNCERTAIN]
    return _Seen(_ending(issue, states, waits, wait), machines)


def _ending(issue: Issue, states: Counter[State], waits: bool, wait: bool) -> Ending | None:
    if issue.lifecycle is Lifecycle.CANCELLED:
        return Ending.CANCELLED
    if issue.is_scheduled or waits:
        return None
    if not any(states[state] for state in LEFT_TO_TRY):
        return Ending.DONE
    if issue.lifecycle is Lifecycle.PAUSED:
        return Ending.PAUSED
    once = not (states[State.QUEUED] or states[State.SENDING])
    return Ending.WAITING if once and not wait else None


_ALONE = (
    "Workers are sending (`newsletter status` shows them), and {option} is for one run on one terminal. Stop the "
    "workers first, or leave {option} out."
)
