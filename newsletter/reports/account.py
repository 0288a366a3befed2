"""The account of one issue, in numbers that add up. In: the send log. Out: a Transcript, or the log line by line.

candidates = frozen + excluded, and frozen = the sum of all states. If they do not add up, `account_of` raises instead
of returning wrong numbers. Only reads.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from newsletter import send_log
from newsletter.bounces import feedback
from newsletter.database.tables import Lifecycle, State, deliveries, exclusions, issues, senders
from newsletter.errors import AccountDoesNotBalance
from newsletter.issue import Issue
from newsletter.message import MessageIds
from newsletter.policy.answers import shown_for_many
from newsletter.runtime.clock import in_full, local_time, now
from subscribers.through import Through, through
from subscribers.unsubscribe_reason import UnsubscribeReasons, reasons_of

MOST_REPLIES = 10
OTHERS = "others"


@dataclass(frozen=True)
class Answer:
    """A relay's answer to one or more deliveries, without the addresses and identifiers that differ between them."""

    state: State
    code: int | None
    """Its three digits; None: the connection dropped without a reply, or these are several answers (`OTHERS`)."""
    reply: str
    number: int
    """How many deliveries had it."""


@dataclass(frozen=True)
class Echo:
    """One kind of feedback, such as a bounce, that came after the relay had accepted the mails."""

    kind: str
    """A value of `tables.FeedbackKind`."""
    words: str
    """What it means, in plain words."""
    number: int
    """How many deliveries had it."""


@dataclass(frozen=True)
class IssueAccount:
    """The account of one issue so far, in numbers that add up."""

    issue: int
    subject: str
    frozen_at: datetime
    candidates: int
    """Subscribers of the list, or of its segment, when its audience was frozen."""
    excluded: Counter[str]
    """How many of them were left out, by reason."""
    frozen: int
    """How many of them are its recipients; 0: its audience is not frozen yet."""
    states: Counter[State]
    answers: tuple[Answer, ...]
    seconds: float
    """From the first connection to the last reply, summed over all runs."""
    lifecycle: Lifecycle = Lifecycle.OPEN
    why: str = ""
    """Why it is paused, cancelled or postponed, in words, if there is a reason."""
    not_before: datetime | None = None
    """When `due` may send it at the earliest, because it is scheduled or postponed."""
    left: UnsubscribeReasons = field(default_factory=lambda: UnsubscribeReasons(Counter(), ()))
    """Why subscribers unsubscribed by its links, if they said so."""
    through: Through = field(default_factory=Through)
    """How many subscribers did what by its links."""
    heard: tuple[Echo, ...] = ()
    """The feedback about it, the most frequent first."""
    languages: Counter[str] = field(default_factory=Counter)
    """How many recipients get it in which languages ("cy", "cy+en"), where not all get the same mail."""
    only_because: str = ""
    """Why only one half of a post in two languages was sent; empty: that is not so."""

    def check(self) -> None:
        """Raise TranscriptDoesNotBalance unless all numbers add up."""
        excluded = self.excluded.total()
        if self.candidates != self.frozen + excluded:
            self._fail(f"{self.candidates} on the list, but {self.frozen} to email and {excluded} left out")
        if self.frozen != self.states.total():
            self._fail(f"{self.frozen} to email, but the states add up to {self.states.total()}")

    def as_json(self) -> dict[str, Any]:
        """Return the object that `send --json` and `report --json` print."""
        return {
            "issue": self.issue,
            "subject": self.subject,
            "standing": str(self.lifecycle),
            "why": self.why,
            "not_before": self.not_before.isoformat() if self.not_before else None,
            "candidates": self.candidates,
            "excluded": self.excluded.total(),
            "excluded_by_reason": dict(self.excluded),
            "frozen": self.frozen,
            **{str(state): self.states[state] for state in State},
            "answers": [asdict(answer) for answer in self.answers],
            "heard": [asdict(echo) for echo in self.heard],
            "left_because": dict(self.left.reasons),
            "left_saying": list(self.left.words),
            "through_its_links": self.through._asdict(),
            "seconds": round(self.seconds, 3),
            **({"languages": dict(self.languages)} if self.languages else {}),
            **({"only_because": self.only_because} if self.only_because else {}),
        }

    @property
    def is_scheduled(self) -> bool:
        """Whether its content is frozen, but not yet its audience."""
        return self.frozen == 0

    @property
    def is_unfinished(self) -> bool:
        """Whether some recipients are still to be tried, whatever the status of the issue is."""
        return any(self.states[state] for state in (State.QUEUED, State.SENDING, State.DEFERRED))

    def remark(self) -> str:
        """Say in words what holds the issue: a pause, a cancel, a wait, its scheduled time; empty: nothing."""
        if self.lifecycle is not Lifecycle.OPEN:
            return f"{self.lifecycle}: {self.why}" if self.why and self.why != self.lifecycle else str(self.lifecycle)
        if self.why and self.not_before and self.not_before > now():
            return f"waits until {local_time(self.not_before)}: {self.why}"
        return f"scheduled for {in_full(self.not_before)}" if self.not_before and self.is_scheduled else ""

    def _fail(self, why: str) -> None:
        raise AccountDoesNotBalance(number=self.issue, why=why)


@dataclass(frozen=True)
class LogEntry:
    """One line of the log: a delivery and its last answer."""

    issue: int
    address: str
    state: State
    code: int | None
    reply: str
    attempts: int
    message_id: str
    """Empty: the subscriber was erased."""
    at: datetime | None
    """When the last answer came; None: none came yet."""
    heard: str = ""
    """The latest feedback about this delivery, in plain words; empty: there is none, or it was not read."""
    language: str = ""
    """The languages of the mail: "cy", "cy+en"; empty: it was frozen before this was kept."""


def account_of(connection: Connection, issue: Issue) -> IssueAccount:
    """Read the account of `issue`, and check that it adds up. Raises TranscriptDoesNotBalance."""
    came_back = feedback.tally(connection, issue.number)
    seconds = _seconds(connection, issue.number)
    account = IssueAccount(
        issue=issue.number,
        subject=issue.email.subject,
        frozen_at=issue.frozen_at,
        candidates=issue.candidates,
        excluded=_excluded(connection, issue.number),
        frozen=issue.frozen,
        states=send_log.tally(connection, issue.number),
        answers=_answers(connection, issue.number),
        seconds=seconds,
        lifecycle=issue.lifecycle,
        why=issue.why,
        not_before=issue.not_before,
        left=reasons_of(connection, issue.number),
        through=through(connection, issue.number),
        heard=tuple(Echo(kind, words, number) for kind, words, number in came_back),
        languages=_languages(connection, issue),
        only_because=issue.only_because,
    )
    account.check()
    return account


def _languages(connection: Connection, issue: Issue) -> Counter[str]:
    """Count the deliveries by the languages of their mail; none are counted where all have the same."""
    if not issue.email.variants:
        return Counter()
    table = deliveries.c
    counted = select(table.language, func.count()).where(table.issue_id == issue.number).group_by(table.language)
    return Counter(dict(connection.execute(counted).all()))


def _seconds(connection: Connection, issue: int) -> float:
    """Return how long it took: summed over all runs, or by machines that send at once, from the first to the last."""
    summed: float = connection.execute(select(issues.c.seconds).where(issues.c.id == issue)).scalar_one()
    began = select(func.min(senders.c.since)).where(senders.c.issue_id == issue, senders.c.slice.is_not(None))
    since = connection.execute(began).scalar()
    if since is None:
        return summed
    last = connection.execute(select(func.max(deliveries.c.at)).where(deliveries.c.issue_id == issue)).scalar()
    return summed + max((last - since).total_seconds(), 0.0) if last else summed


def log_entries(connection: Connection, issue: Issue, state: State | None, address: str | None) -> Iterator[LogEntry]:
    """Yield the log of `issue`, in the order in which its recipients were frozen, with the feedback. Streams the rows.

    `state` and `address` (normalised) narrow it down; None: any.
    """
    table = deliveries.c
    query = select(deliveries).where(table.issue_id == issue.number).order_by(table.id)
    if state is not None:
        query = query.where(table.state == state)
    if address is not None:
        query = query.where(table.address == address)
    came_back = {event.address: event.words for event in feedback.of_issue(connection, issue.number)}
    ids = MessageIds(issue)
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield _entry(ids, row, came_back.get(row.address, ""))


def answered_after(connection: Connection, issue: Issue, moment: datetime | None) -> Iterator[LogEntry]:
    """Yield the deliveries of `issue` whose last answer came after `moment` (None: at any time), the oldest first.

    Without feedback. Streams the rows.
    """
    table = deliveries.c
    query = select(deliveries).where(table.issue_id == issue.number, table.at.is_not(None))
    if moment is not None:
        query = query.where(table.at > moment)
    ids = MessageIds(issue)
    for row in connection.execute(query.order_by(table.at, table.id), execution_options={"yield_per": 1000}):
        yield _entry(ids, row)


def _entry(ids: MessageIds, row: Row[Any], came_back: str = "") -> LogEntry:
    return LogEntry(
        issue=row.issue_id,
        address=row.address,
        state=State(row.state),
        code=row.code,
        reply=row.reply or "",
        attempts=row.attempts,
        message_id=ids.of(row.subscriber_id) if row.subscriber_id > 0 else "",  # below 0: the subscriber was erased
        at=row.at,
        heard=came_back,
        language=row.language,
    )


def _excluded(connection: Connection, issue: int) -> Counter[str]:
    table = exclusions.c
    counted = select(table.reason, func.count()).where(table.issue_id == issue).group_by(table.reason)
    return Counter(dict(connection.execute(counted).all()))


def _answers(connection: Connection, issue: int) -> tuple[Answer, ...]:
    """Count the answers in the states of `_TELLING`, the most frequent first.

    Those that differ only in addresses and identifiers count as one. After the first MOST_REPLIES, the rest of each
    state is summed up as one answer, `OTHERS`.
    """
    table = deliveries.c
    counted = (
        select(table.state, table.code, table.reply, func.count())
        .where(table.issue_id == issue, table.state.in_(_TELLING))
        .where((table.state != State.QUEUED) | table.code.is_not(None))
        .group_by(table.state, table.code, table.reply)
        .execution_options(yield_per=1000)
    )
    alike = Counter[tuple[State, int | None, str]]()
    for state, code, reply, number in connection.execute(counted):
        alike[State(state), code, shown_for_many(reply or "")] += number
    answers = [Answer(*each, number) for each, number in sorted(alike.items(), key=_frequency)]
    others = Counter[State]()
    for answer in answers[MOST_REPLIES:]:
        others[answer.state] += answer.number
    rest = [Answer(state, None, OTHERS, others[state]) for state in State if others[state]]
    return (*answers[:MOST_REPLIES], *rest)


def _frequency(counted: tuple[tuple[State, int | None, str], int]) -> tuple[int, str, int, str]:
    """Sort by number, the largest first; equal ones always in the same order."""
    (state, code, reply), number = counted
    return -number, state, code or 0, reply


_TELLING = (State.QUEUED, State.DEFERRED, State.REFUSED, State.EXPIRED, State.UNCERTAIN, State.SKIPPED)
"""The states whose answers an organiser wants to read; of the queued deliveries only those that had an answer."""
