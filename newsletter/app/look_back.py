"""What has become of the issues: status, log, account. Everything here only reads."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from newsletter import send_log
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading
from newsletter.database.tables import State
from newsletter.fleet.machines import Machine, machines
from newsletter.issue import Issue, read_issue, read_issues
from newsletter.reports.account import IssueAccount, LogEntry, account_of, answered_after, log_entries
from newsletter.reports.progress import Speed, refusals, speed
from newsletter.runtime.clock import now
from subscribers import pending_mail
from subscribers.address import normalise

FOLLOW_SECONDS = 1.0
MOST_NAMES = 10


@dataclass(frozen=True)
class IssueStatus:
    """How one issue stands: its account, the refused by reason, and how fast it goes just now."""

    account: IssueAccount
    refused: Counter[str]
    speed: Speed


@dataclass(frozen=True)
class Status:
    """How issues stand, the newest first, how many mails about subscriptions wait, and which machines are at work."""

    issues: tuple[IssueStatus, ...]
    pending: pending_mail.Waiting
    machines: tuple[Machine, ...] = ()


@dataclass(frozen=True)
class Log:
    """An issue and its deliveries, read from the database as they are asked for."""

    issue: Issue
    entries: Iterator[LogEntry]


@dataclass(frozen=True)
class FirstRecipients:
    """The first recipients of an issue who are in `state`, and whether there are more."""

    issue: int
    state: State
    first: tuple[LogEntry, ...]
    has_more: bool


def status(folder: ListFolder, number: int | None = None) -> Status:
    """Read how all issues stand, or only issue `number`. Raises UnknownIssue."""
    with reading(folder.engine) as connection:
        issues = read_issues(connection) if number is None else [read_issue(connection, number)]
        accounts = [account_of(connection, issue) for issue in issues]
        return Status(
            tuple(
                IssueStatus(each, refusals(connection, each.issue), speed(connection, each.issue, now()))
                for each in accounts
            ),
            pending_mail.waiting(connection, now()),
            tuple(machines(connection)),
        )


def find_issue(folder: ListFolder, number: int | None = None) -> Issue:
    """Read issue `number`, or the newest. Raises UnknownIssue."""
    with reading(folder.engine) as connection:
        return read_issue(connection, number)


def account(folder: ListFolder, number: int | None = None) -> IssueAccount:
    """Read the account of issue `number`, or of the newest. Raises UnknownIssue or TranscriptDoesNotBalance."""
    with reading(folder.engine) as connection:
        return account_of(connection, read_issue(connection, number))


@contextmanager
def log(
    folder: ListFolder, number: int | None = None, state: State | None = None, address: str | None = None
) -> Iterator[Log]:
    """Open the log of issue `number`, or of the newest: all of it, or only one state or address.

    The entries can be read until the block ends. Raises UnknownIssue or BadAddress.
    """
    wanted = None if address is None else normalise(address)
    with reading(folder.engine) as connection:
        issue = read_issue(connection, number)
        yield Log(issue, log_entries(connection, issue, state, wanted))


def follow(
    folder: ListFolder,
    number: int | None = None,
    state: State | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Log:
    """Follow issue `number`, or the newest: each answer as it comes, until every delivery is finished."""
    issue = find_issue(folder, number)
    return Log(issue, _followed(folder, issue, state, sleep))


def first_in(folder: ListFolder, number: int, state: State) -> FirstRecipients:
    """Read the first ten recipients of issue `number` who are in `state`. Raises UnknownIssue."""
    with reading(folder.engine) as connection:
        return names_of(connection, number, state)


def names_of(connection: Connection, issue: int, state: State) -> FirstRecipients:
    """Read the first ten recipients of `issue` who are in `state`."""
    found = tuple(islice(log_entries(connection, read_issue(connection, issue), state, None), MOST_NAMES + 1))
    return FirstRecipients(issue, state, found[:MOST_NAMES], len(found) > MOST_NAMES)


def _followed(
    folder: ListFolder, issue: Issue, state: State | None, sleep: Callable[[float], object]
) -> Iterator[LogEntry]:
    seen: datetime | None = None
    while True:
        with reading(folder.engine) as connection:
            over = not send_log.is_unfinished(connection, issue.number)
            for entry in answered_after(connection, issue, seen):
                seen = entry.at
                if state in (None, entry.state):
                    yield entry
        if over:
            return
        sleep(FOLLOW_SECONDS)
