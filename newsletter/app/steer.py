"""Issues steered from another terminal, or from a timer: pause, cancel, send what is due."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from newsletter.app import deeds, first_wave
from newsletter.app.approval_rule import NotApproved
from newsletter.app.list_folder import ListFolder
from newsletter.app.run import UNWATCHED, Ended, RunWatch, run_issue
from newsletter.app.sender import policy
from newsletter.app.watching import are_machines_at_work
from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading, writing
from newsletter.database.tables import Lifecycle, State
from newsletter.delivery import lifecycle
from newsletter.errors import ActionRefused, OtherFormat, SenderBusy
from newsletter.issue import Issue, read_issue
from newsletter.runtime.clock import now


@dataclass(frozen=True)
class Cancelled:
    """A cancelled issue: how many recipients are skipped, and how many a sender that died may have written to."""

    issue: int
    skipped: int
    uncertain: int


@dataclass(frozen=True)
class CalledOff:
    """A scheduled issue that could not begin, as when nobody wants it; it was cancelled."""

    issue: int
    refusal: ActionRefused


@dataclass(frozen=True)
class LeftAlone:
    """An issue that this version cannot send, and another machine may; or one that is not approved, and is paused."""

    issue: int
    why: OtherFormat | NotApproved


def pause(folder: ListFolder, number: int | None = None) -> int:
    """Pause issue `number`, or the newest; return its number. A running sender ends within a second or so. Commits.

    Raises UnknownIssue, and Refused if it was cancelled.
    """
    with writing(folder.engine) as connection:
        issue = read_issue(connection, number)
        if lifecycle.lifecycle_of(connection, issue.number) is Lifecycle.CANCELLED:
            raise ActionRefused(why=f"Issue {issue.number} is cancelled already.")
        lifecycle.pause(connection, issue.number, "paused by hand")
        deeds.note(connection, folder, "pause", f"issue {issue.number}")
    return issue.number


def cancel(folder: ListFolder, number: int) -> Cancelled:
    """Cancel issue `number` for good: those still to be tried are skipped. Raises UnknownIssue. Commits.

    A running sender finishes what is under way. The number is required, so that no other issue is cancelled than the
    one the organiser has looked at.
    """
    with writing(folder.engine) as connection:
        read_issue(connection, number)
        skipped = lifecycle.cancel(connection, number, now())
        deeds.note(connection, folder, "cancel", f"issue {number}", {"skipped": skipped})
    settled = lifecycle.settle_what_a_crash_left(folder.engine, number, now())
    return Cancelled(number, skipped + settled[State.SKIPPED], settled[State.UNCERTAIN])


def send_due(workspace: Workspace, watch: RunWatch = UNWATCHED) -> Iterator[Ended | CalledOff | LeftAlone]:
    """Send what is due, an issue at a time: scheduled ones, retries, and what a crash left behind.

    An issue that another sender is at work on is left to it; and all is left to machines, where some are at work.
    """
    if are_machines_at_work(workspace):
        return
    with reading(workspace.engine) as connection:
        issues = [read_issue(connection, number) for number in lifecycle.due(connection, now())]
    for issue in issues:
        with suppress(SenderBusy):
            yield _send_one(workspace, issue, watch)


def _send_one(workspace: Workspace, issue: Issue, watch: RunWatch) -> Ended | CalledOff | LeftAlone:
    try:
        done = run_issue(workspace, issue, workspace.transport(shared=True), policy(workspace.settings), watch)
    except OtherFormat as why:
        return LeftAlone(issue.number, why)
    except NotApproved as why:
        with writing(workspace.engine) as connection:
            lifecycle.pause(connection, issue.number, "it is not approved")
        return LeftAlone(issue.number, why)
    except ActionRefused as refusal:
        with writing(workspace.engine) as connection:
            lifecycle.cancel(connection, issue.number, now())
        return CalledOff(issue.number, refusal)
    if issue.canary:  # the program that began it died while it sent to the first few
        with writing(workspace.engine) as connection:
            first_wave.hold(connection, issue, now())
    return done
