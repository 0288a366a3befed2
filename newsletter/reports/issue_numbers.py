"""The numbers of issues, read for many at once: who got them, what came back, by domain, over time. Only reads.

Of many issues, no delivery is read that ended well: the accepted are those of the frozen audience that are in no other
state. Everything here counts deliveries, and those of people who were erased go on counting.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select, text

from newsletter.bounces.feedback import feedback_in_words
from newsletter.bounces.hooks.event import EventKind
from newsletter.bounces.parse.kinds import Complaint
from newsletter.database.tables import (
    ENDED_BADLY,
    FeedbackKind,
    State,
    deliveries,
    events,
    hook_events,
    issues,
    senders,
    waits_as,
)
from newsletter.runtime.clock import now
from subscribers.through import through_each

table = deliveries.c
_UNREACHED = (State.REFUSED, State.EXPIRED)


@dataclass(frozen=True)
class IssueNumbers:
    """One issue in numbers."""

    issue: int
    subject: str
    began_at: datetime
    accepted: int
    not_reached: int
    """Refused or given up."""
    uncertain: int
    came_back: int
    """How many bounced after they were accepted."""
    unsubscribed: int
    """By its links, or by mail."""
    complained: int
    """How many recipients reported it as spam."""


@dataclass(frozen=True)
class DomainNumbers:
    """The recipients of one issue at one domain."""

    domain: str
    """Empty: of erased people."""
    recipients: int
    accepted: int
    not_reached: int
    came_back: int


@dataclass(frozen=True)
class SendingPace:
    """How an issue went out: how many were accepted in each step of time, and in which steps nothing was sent."""

    began_at: datetime
    step: timedelta
    accepted: tuple[int, ...]
    at_work: tuple[bool, ...]
    """Whether a sender was at it in that step."""


def issue_numbers(
    connection: Connection, numbers: Sequence[int] | None = None, since: datetime | None = None
) -> list[IssueNumbers]:
    """Read all issues that have begun, or those with these `numbers`, or since a moment, by number."""
    subject = issues.c.content["email"]["subject"].as_string()
    query = select(issues.c.id, subject.label("subject"), issues.c.frozen_at, issues.c.frozen).where(
        issues.c.frozen > 0
    )
    query = query if numbers is None else query.where(issues.c.id.in_(numbers))
    query = query if since is None else query.where(issues.c.frozen_at >= since)
    found = connection.execute(query.order_by(issues.c.id)).all()
    states = _states(connection)
    back = feedback_by_issue(connection)
    left = through_each(connection, [row.id for row in found])
    return [
        IssueNumbers(
            issue=row.id,
            subject=row.subject,
            began_at=row.frozen_at,
            accepted=row.frozen - sum(states[row.id, state] for state in State),
            not_reached=sum(states[row.id, state] for state in _UNREACHED),
            uncertain=states[row.id, State.UNCERTAIN],
            came_back=back[row.id, FeedbackKind.BOUNCE],
            unsubscribed=left[row.id].unsubscribed,
            complained=back[row.id, FeedbackKind.COMPLAINT],
        )
        for row in found
    ]


def _states(connection: Connection) -> Counter[tuple[int, State]]:
    """Count the deliveries of every issue by state, except the accepted, each state from its own small index."""
    ended = select(table.issue_id, table.state, func.count()).where(text(ENDED_BADLY))
    counted = Counter[tuple[int, State]]()
    for issue, state, number in connection.execute(ended.group_by(table.issue_id, table.state)):
        counted[issue, State(state)] = number
    for state in (State.QUEUED, State.SENDING, State.DEFERRED):
        open_ = select(table.issue_id, func.count()).where(waits_as(state)).group_by(table.issue_id)
        for issue, number in connection.execute(open_):
            counted[issue, state] = number
    return counted


def feedback_by_issue(connection: Connection) -> Counter[tuple[int, FeedbackKind]]:
    """Count the deliveries with feedback by issue and kind; of complaints, only recipients' own."""
    joined = select(table.issue_id, events.c.kind, func.count(events.c.delivery_id.distinct()))
    query = joined.join(deliveries, table.id == events.c.delivery_id).where(_is_by_reader())
    rows = connection.execute(query.group_by(table.issue_id, events.c.kind))
    return Counter({(issue, FeedbackKind(kind)): number for issue, kind, number in rows})


def _is_by_reader() -> ColumnElement[bool]:
    machines = [
        word for word in ("not-spam", "auth-failure", "dmarc", "virus") if not Complaint(None, word, "").by_reader
    ]
    return (events.c.kind != FeedbackKind.COMPLAINT) | events.c.reason.not_in(machines)


def feedback_kinds(connection: Connection, numbers: Sequence[int]) -> Counter[tuple[FeedbackKind, str]]:
    """Count what came back about these issues by kind and meaning in words; a delivery counts once for each meaning."""
    what = table.issue_id, events.c.kind, events.c.reason
    joined = select(*what, func.count(events.c.delivery_id.distinct()))
    # Of all issues: with a condition on the issue, SQLite would begin with all of its deliveries, not with the events.
    query = joined.join(deliveries, table.id == events.c.delivery_id).group_by(*what)
    wanted, counted = set(numbers), Counter[tuple[FeedbackKind, str]]()
    for issue, kind, reason, number in connection.execute(query):
        if issue in wanted:
            counted[FeedbackKind(kind), feedback_in_words(kind, reason)] += number
    return counted


def domains(connection: Connection, issue: int) -> list[DomainNumbers]:
    """Count the deliveries of one issue by the domain of the address, the largest first. It reads all of them."""
    domain = _domain(connection)
    query = select(domain.label("domain"), table.state, func.count()).where(table.issue_id == issue)
    counted = Counter[tuple[str, str]]()
    for name, state, number in connection.execute(query.group_by(domain, table.state)):
        counted[name, state] = number
    bounced = select(domain.label("domain"), func.count(table.id.distinct())).join(
        events, events.c.delivery_id == table.id
    )
    bounced = bounced.where(table.issue_id == issue, events.c.kind == FeedbackKind.BOUNCE).group_by(domain)
    back = Counter(dict(connection.execute(bounced).all()))
    names = {name for name, _ in counted}
    found = [
        DomainNumbers(
            name,
            sum(counted[name, state] for state in State),
            counted[name, State.ACCEPTED],
            sum(counted[name, state] for state in _UNREACHED),
            back[name],
        )
        for name in names
    ]
    return sorted(found, key=lambda each: (-each.recipients, each.domain))


def _domain(connection: Connection) -> ColumnElement[str]:
    """Return the domain of a delivery's address, in SQL; empty for an erased one, which has no @."""
    if connection.dialect.name != "sqlite":
        return func.split_part(table.address, "@", literal_column("2"))
    at = func.instr(table.address, "@")
    return case((at == 0, ""), else_=func.substr(table.address, at + 1))


MOST_STEPS = 40
_STEPS = [timedelta(minutes=each) for each in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 10080)]


def pace(connection: Connection, issue: int) -> SendingPace | None:
    """Count the accepted of one issue in steps of time, at most MOST_STEPS; None: nothing was accepted."""
    accepted = (table.issue_id == issue) & (table.state == State.ACCEPTED) & table.at.is_not(None)
    minute = _minute(connection)
    query = select(func.min(table.at), func.count()).where(accepted).group_by(minute)
    found: list[tuple[datetime, int]] = sorted((row[0], row[1]) for row in connection.execute(query))
    if not found:
        return None
    first, last = found[0][0].replace(second=0, microsecond=0), found[-1][0]
    step = next((each for each in _STEPS if (last - first) / each < MOST_STEPS), (last - first) / (MOST_STEPS - 1))
    counts = [0] * (int((last - first) / step) + 1)
    for at, number in found:
        counts[int((at - first) / step)] += number
    return SendingPace(first, step, tuple(counts), _at_work(connection, issue, first, step, len(counts)))


def _minute(connection: Connection) -> ColumnElement[Any]:
    if connection.dialect.name != "sqlite":
        return func.date_trunc("minute", table.at)
    return func.strftime("%Y-%m-%d %H:%M", table.at)


def _at_work(connection: Connection, issue: int, first: datetime, step: timedelta, steps: int) -> tuple[bool, ...]:
    runs = connection.execute(select(senders.c.since, senders.c.gone_at).where(senders.c.issue_id == issue)).all()
    if not runs:  # it was sent before senders were recorded
        return (True,) * steps
    until = now()
    starts = [first + place * step for place in range(steps)]
    return tuple(any(since < start + step and (gone or until) >= start for since, gone in runs) for start in starts)


def is_watched_by_service(connection: Connection) -> bool:
    """Say whether a mail service has reported opens or clicks: then it watches, though we keep nothing of that."""
    name = func.lower(hook_events.c.name)
    watching = hook_events.c.what == EventKind.IGNORED.value, name.contains("open") | name.contains("click")
    return connection.execute(select(hook_events.c.service).where(*watching).limit(1)).first() is not None
