"""What needs the organiser: issues that are under way or waiting, what came back lately, requests held back.

In: a folder. Out: figures for a start page. Everything here only reads, and reads little: a start page is opened often.
"""

import os
import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, func, select

from newsletter import send_log
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading
from newsletter.database.tables import FeedbackKind, Lifecycle, State, events, senders
from newsletter.issue import Issue, read_issues
from newsletter.runtime.clock import now
from newsletter.send_log import workers
from subscribers import pending_mail
from subscribers.audience import Audience

LATELY = timedelta(days=14)
LAST_ISSUES = 5
"""So many of the newest issues are searched for recipients who are in doubt."""


@dataclass(frozen=True)
class BriefIssue:
    """An issue in a line of a list."""

    issue: Issue
    unfinished: bool
    """Whether recipients are still to be tried."""
    sent_now: bool
    """Whether a program sends it now."""
    uncertain: int | None = None
    """How many recipients are in doubt; None: not counted, as it is an old issue."""

    @property
    def status(self) -> str:
        """Its status in one word: scheduled, sending, paused, waiting, cancelled or done."""
        if self.issue.lifecycle is Lifecycle.CANCELLED:
            return "cancelled"
        if self.issue.is_scheduled:
            return "scheduled"
        if not self.unfinished:
            return "done"
        if self.issue.lifecycle is Lifecycle.PAUSED:
            return "paused"
        return "sending" if self.sent_now else "waiting"


@dataclass(frozen=True)
class Needs:
    """Figures for the start page."""

    issues: tuple[BriefIssue, ...]
    recipients: int
    """How many may be written to today."""
    came_back: Mapping[str, int]
    """Feedback in the last 14 days, by kind."""
    requests: pending_mail.Waiting


def needs(folder: ListFolder, counted: dict[int, Counter[State]] | None = None) -> Needs:
    """Read what needs the organiser. `counted` keeps the figures of finished issues from one call to the next."""
    with reading(folder.engine) as connection:
        found = brief_issues(connection, {} if counted is None else counted)
        since = select(events.c.kind, func.count()).where(events.c.at > now() - LATELY).group_by(events.c.kind)
        kinds = {FeedbackKind(kind).value: number for kind, number in connection.execute(since)}
        waiting = pending_mail.waiting(connection, now())
        return Needs(found, Audience(now()).count(connection), kinds, waiting)


def recipients(folder: ListFolder) -> int:
    """Count who may be written to today."""
    with reading(folder.engine) as connection:
        return Audience(now()).count(connection)


def all_issues(folder: ListFolder) -> tuple[BriefIssue, ...]:
    """List all issues, the newest first, without those in doubt."""
    with reading(folder.engine) as connection:
        return tuple(_brief(connection, issue) for issue in read_issues(connection))


def is_sent_now(folder: ListFolder, number: int) -> bool:
    """Say whether a program sends issue `number` now, or machines are at work that will."""
    with reading(folder.engine) as connection:
        return _is_sent_now(connection, number)


def brief_issues(connection: Connection, counted: dict[int, Counter[State]]) -> tuple[BriefIssue, ...]:
    """List all issues, the newest first; of the newest, count those in doubt."""
    found = []
    for place, issue in enumerate(read_issues(connection)):
        brief = _brief(connection, issue)
        if place < LAST_ISSUES and not issue.is_scheduled:
            tally = counted.get(issue.number)
            if tally is None or brief.unfinished or tally[State.UNCERTAIN]:
                tally = counted[issue.number] = send_log.tally(connection, issue.number)
            brief = BriefIssue(issue, brief.unfinished, brief.sent_now, tally[State.UNCERTAIN])
        found.append(brief)
    return tuple(found)


def _brief(connection: Connection, issue: Issue) -> BriefIssue:
    unfinished = send_log.is_unfinished(connection, issue.number)
    return BriefIssue(issue, unfinished, unfinished and _is_sent_now(connection, issue.number))


def _is_sent_now(connection: Connection, number: int) -> bool:
    present = select(senders.c.machine, senders.c.process).where(
        senders.c.issue_id == number, senders.c.gone_at.is_(None)
    )
    here = platform.node()
    if any(machine != here or _lives(process) for machine, process in connection.execute(present)):
        return True
    return workers.alive(connection) > 0


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
