"""The send log in, a transcript out: the readable account of one issue, whose numbers must add up.

candidates = frozen + excluded, and frozen = the sum of all states. Only reads. A transcript whose numbers do not add up
is never shown as if they did.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from newsletter import send_log
from newsletter.bounces import feedback
from newsletter.database.tables import Standing, State, deliveries, exclusions, issues
from newsletter.errors import TranscriptDoesNotBalance
from newsletter.issue import Issue
from newsletter.message import MessageIds
from newsletter.policy.answers import shown_for_many
from newsletter.runtime.clock import in_full, now, shown
from subscribers.through import Through, through
from subscribers.unsubscribe_reason import Parting, said_of

MOST_REPLIES = 10
OTHERS = "others"


@dataclass(frozen=True)
class Answer:
    """A relay's reply to one or more deliveries, without the parts that differ between them."""

    state: State
    code: int | None
    reply: str
    number: int


@dataclass(frozen=True)
class Echo:
    """One kind of feedback (as a bounce) after a relay accepted the mails, and how many deliveries had it."""

    kind: str
    words: str
    number: int


@dataclass(frozen=True)
class Transcript:
    """The result of one issue, in numbers that add up."""

    issue: int
    subject: str
    frozen_at: datetime
    candidates: int
    excluded: Counter[str]
    frozen: int
    states: Counter[State]
    answers: tuple[Answer, ...]
    seconds: float
    standing: Standing = Standing.OPEN
    why: str = ""
    not_before: datetime | None = None
    left: Parting = field(default_factory=lambda: Parting(Counter(), ()))
    """Why subscribers left by a link of this issue, if they said so."""
    through: Through = field(default_factory=Through)
    """What subscribers did by its links."""
    heard: tuple[Echo, ...] = ()

    def check(self) -> None:
        """Raise TranscriptDoesNotBalance unless all numbers add up."""
        excluded = self.excluded.total()
        if self.candidates != self.frozen + excluded:
            self._fail(f"{self.candidates} on the list, but {self.frozen} to email and {excluded} left out")
        if self.frozen != self.states.total():
            self._fail(f"{self.frozen} to email, but the states add up to {self.states.total()}")

    def as_json(self) -> dict[str, Any]:
        """The object that `send --json` and `report --json` print."""
        return {
            "issue": self.issue,
            "subject": self.subject,
            "standing": str(self.standing),
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
        }

    @property
    def is_scheduled(self) -> bool:
        """Whether its content is frozen, but not yet its audience."""
        return self.frozen == 0

    @property
    def is_unfinished(self) -> bool:
        """Whether there are recipients still to try."""
        return any(self.states[state] for state in (State.QUEUED, State.SENDING, State.DEFERRED))

    def remark(self) -> str:
        """Say in words why sending does not go on; empty: nothing holds it."""
        if self.standing is not Standing.OPEN:
            return f"{self.standing}: {self.why}" if self.why and self.why != self.standing else str(self.standing)
        if self.why and self.not_before and self.not_before > now():
            return f"waits until {shown(self.not_before)}: {self.why}"
        return f"scheduled for {in_full(self.not_before)}" if self.not_before and self.is_scheduled else ""

    def _fail(self, why: str) -> None:
        raise TranscriptDoesNotBalance(number=self.issue, why=why)


@dataclass(frozen=True)
class Entry:
    """One line of the log: a delivery and its last answer."""

    issue: int
    address: str
    state: State
    code: int | None
    reply: str
    attempts: int
    message_id: str
    at: datetime | None
    heard: str = ""
    """The latest feedback about it since, in plain words."""


def transcript(connection: Connection, issue: Issue) -> Transcript:
    """Read the account of `issue`, and check that it adds up. Raises TranscriptDoesNotBalance."""
    came_back = feedback.tally(connection, issue.number)
    seconds = connection.execute(select(issues.c.seconds).where(issues.c.id == issue.number)).scalar_one()
    account = Transcript(
        issue=issue.number,
        subject=issue.email.subject,
        frozen_at=issue.frozen_at,
        candidates=issue.candidates,
        excluded=_excluded(connection, issue.number),
        frozen=issue.frozen,
        states=send_log.tally(connection, issue.number),
        answers=_answers(connection, issue.number),
        seconds=seconds,
        standing=issue.standing,
        why=issue.why,
        not_before=issue.not_before,
        left=said_of(connection, issue.number),
        through=through(connection, issue.number),
        heard=tuple(Echo(kind, words, number) for kind, words, number in came_back),
    )
    account.check()
    return account


def entries(connection: Connection, issue: Issue, state: State | None, address: str | None) -> Iterator[Entry]:
    """Yield the log of `issue` in the order of freezing: all of it, or only one state or address. Streams the rows."""
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


def answered_after(connection: Connection, issue: Issue, moment: datetime | None) -> Iterator[Entry]:
    """Yield the deliveries of `issue` with an answer after `moment` (None: any answer), in the order of the answers."""
    table = deliveries.c
    query = select(deliveries).where(table.issue_id == issue.number, table.at.is_not(None))
    if moment is not None:
        query = query.where(table.at > moment)
    ids = MessageIds(issue)
    for row in connection.execute(query.order_by(table.at, table.id), execution_options={"yield_per": 1000}):
        yield _entry(ids, row)


def _entry(ids: MessageIds, row: Row[Any], came_back: str = "") -> Entry:
    return Entry(
        issue=row.issue_id,
        address=row.address,
        state=State(row.state),
        code=row.code,
        reply=row.reply or "",
        attempts=row.attempts,
        message_id=ids.of(row.subscriber_id) if row.subscriber_id > 0 else "",  # erased: it has no subscriber
        at=row.at,
        heard=came_back,
    )


def _excluded(connection: Connection, issue: int) -> Counter[str]:
    table = exclusions.c
    counted = select(table.reason, func.count()).where(table.issue_id == issue).group_by(table.reason)
    return Counter(dict(connection.execute(counted).all()))


def _answers(connection: Connection, issue: int) -> tuple[Answer, ...]:
    """Count the answers; those that differ only in addresses and identifiers count as one, rare ones as "others"."""
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
    (state, code, reply), number = counted
    return -number, state, code or 0, reply


_TELLING = (State.QUEUED, State.DEFERRED, State.REFUSED, State.EXPIRED, State.UNCERTAIN, State.SKIPPED)
"""The states whose answers an organiser wants to read; queued deliveries only if they were put back with an answer."""
