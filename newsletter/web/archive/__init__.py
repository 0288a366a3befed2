"""The public archive of sent issues. In: the issues. Out: entries, the newest first, and one issue.

An issue is shown once a relay has accepted it for at least one recipient, so no drafts and no scheduled issues. It is
not shown if its post says `archive: no`, or if it was for a part of the list and its post does not say `archive: yes`;
`show` can change that. A post that went out more than once is shown once.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from newsletter import merge
from newsletter.database.tables import State, deliveries, issues
from newsletter.errors import UnknownIssue
from newsletter.issue import MOST, Issue, read_issue

PAGE = 30
"""Entries on one page, and in the feed."""


@dataclass(frozen=True)
class ArchivedIssue:
    """An issue as the list shows it, with no recipient's name in its title."""

    number: int
    title: str
    opening: str
    language: str
    at: datetime


def archived_issues(connection: Connection, before: int = MOST) -> list[ArchivedIssue]:
    """Read a page of entries older than issue `before`."""
    table = issues.c
    words = [table.content[("email", name)].as_string() for name in ("title", "preheader", "language")]
    title = func.coalesce(func.nullif(words[0], ""), table.content[("email", "subject")].as_string())
    query = select(table.id, title, *words[1:], table.frozen_at).where(table.id < before, _is_shown())
    rows = connection.execute(query.order_by(table.id.desc()).limit(PAGE)).all()
    return [ArchivedIssue(row[0], merge.fill(row[1], {}), merge.fill(row[2], {}), row[3], row[4]) for row in rows]


def archived_issue(connection: Connection, number: int) -> Issue:
    """Read issue `number` if the archive shows it. Raises UnknownIssue if not."""
    if number > MOST or connection.scalar(select(issues.c.id).where(issues.c.id == number, _is_shown())) is None:
        raise UnknownIssue(number=number)
    return read_issue(connection, number)


def show(connection: Connection, number: int, listed: bool) -> None:
    """Show issue `number` in the archive from now on, or hide it (`listed` false). Raises UnknownIssue."""
    read_issue(connection, number)
    connection.execute(update(issues).where(issues.c.id == number).values(listed=listed))


def _is_shown() -> ColumnElement[bool]:
    twin = issues.alias()
    earlier = exists().where(
        twin.c.fingerprint == issues.c.fingerprint, twin.c.id < issues.c.id, twin.c.listed, _went_out(twin.c.id)
    )
    return issues.c.listed & _went_out(issues.c.id) & ~earlier


def _went_out(issue: ColumnElement[int]) -> ColumnElement[bool]:
    delivery = deliveries.alias()
    return exists().where(delivery.c.issue_id == issue, delivery.c.state == State.ACCEPTED)
