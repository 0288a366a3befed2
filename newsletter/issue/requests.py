"""The records of approval: what was asked, what was answered, and which issue was released by it. Callers commit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select

from newsletter.database.oversight import approval_requests, approvals, releases
from newsletter.database.tables import State, deliveries
from newsletter.errors import NewsletterError
from newsletter.issue.approval import Content, hash_of
from newsletter.policy.approval import ApprovalAnswer, ApprovalCount, count_answers


class UnknownApprovalRequest(NewsletterError):
    """Nobody was asked to approve anything under the number {number}. `newsletter approve` lists what waits."""


@dataclass(frozen=True)
class ApprovalRequest:
    """What approvers were asked about: under which number, what, and to how many people it would have gone."""

    number: int
    post: str
    content: Content
    hash: str
    people: int
    asked_by: str
    """The account that asked, such as mill-1/ada."""
    asker: str
    """If the person who asked is an approver, their key; otherwise empty."""
    at: datetime
    is_used: bool
    """Whether an issue was released by it; then no other can be."""

    @property
    def subject(self) -> str:
        return str(self.content["mail"]["subject"])

    @property
    def askers(self) -> tuple[str, ...]:
        """The keys whose yes does not count."""
        return (self.asked_by, *([self.asker] if self.asker else []))


@dataclass(frozen=True)
class Release:
    """Why an issue may begin: by a request, or without approval because of `why`."""

    request: int | None
    why: str


def keep_request(
    connection: Connection, post: str, content: Content, people: int, asked_by: str, asker: str, at: datetime
) -> ApprovalRequest:
    """Write down what approvers are asked about."""
    row = {
        "post": post,
        "hash": hash_of(content),
        "content": content,
        "people": people,
        "asked_by": asked_by,
        "asker": asker,
        "at": at,
    }
    number = connection.execute(insert(approval_requests).returning(approval_requests.c.id), row).scalar_one()
    return read_request(connection, number)


def read_request(connection: Connection, number: int) -> ApprovalRequest:
    """Read a request. Its hash is computed from its content. Raises UnknownApprovalRequest."""
    wanted = _requests().where(approval_requests.c.id == number)
    row = connection.execute(wanted).first() if 0 < number < 2**31 else None
    if row is None:
        raise UnknownApprovalRequest(number=number)
    return _request(row)


def requests_of(connection: Connection, post: str) -> list[ApprovalRequest]:
    """List the requests about a post, the newest first."""
    return [_request(row) for row in connection.execute(_requests().where(approval_requests.c.post == post))]


def open_requests(connection: Connection) -> list[ApprovalRequest]:
    """List the requests that released no issue, the newest first."""
    return [each for each in map(_request, connection.execute(_requests())) if not each.is_used]


def answer_request(
    connection: Connection, request: ApprovalRequest, approver: str, name: str, yes: bool, words: str, at: datetime
) -> None:
    """Write down an answer, about exactly what the request contains now."""
    row = {"request_id": request.number, "approver": approver, "name": name, "yes": yes, "words": words}
    connection.execute(insert(approvals), row | {"hash": request.hash, "at": at})


def count_for(connection: Connection, request: ApprovalRequest, approvers: Collection[str]) -> ApprovalCount:
    """Count the answers to a request; `approvers`: the keys of those who may answer now."""
    rows = connection.execute(
        select(approvals).where(approvals.c.request_id == request.number).order_by(approvals.c.id)
    )
    answers: Iterable[ApprovalAnswer] = [
        ApprovalAnswer(row.approver, row.name, row.yes, row.hash, row.words) for row in rows
    ]
    return count_answers(answers, request.hash, request.askers, approvers)


def release(connection: Connection, issue: int, request: int | None, why: str, at: datetime) -> None:
    """Write down why `issue` may begin."""
    connection.execute(insert(releases), {"issue_id": issue, "request_id": request, "why": why, "at": at})


def release_of(connection: Connection, issue: int) -> Release | None:
    """Return why `issue` may begin, as it was said last; None: nothing was said."""
    wanted = select(releases).where(releases.c.issue_id == issue).order_by(releases.c.id.desc()).limit(1)
    row = connection.execute(wanted).first()
    return Release(row.request_id, row.why) if row else None


def has_begun(connection: Connection, issue: int) -> bool:
    """Say whether any recipient of `issue` was tried, so that the mail may be in the world."""
    untried = deliveries.c.state.in_((State.QUEUED, State.SKIPPED)) & (deliveries.c.attempts == 0)
    return bool(connection.execute(select(exists().where(deliveries.c.issue_id == issue, ~untried))).scalar())


def _requests() -> Any:
    used = exists().where(releases.c.request_id == approval_requests.c.id).label("used")
    return select(approval_requests, used).order_by(approval_requests.c.id.desc())


def _request(row: Row[Any]) -> ApprovalRequest:
    # The hash is not read: a row that was changed by hand must not keep its approvals.
    return ApprovalRequest(
        number=row.id,
        post=row.post,
        content=row.content,
        hash=hash_of(row.content),
        people=row.people,
        asked_by=row.asked_by,
        asker=row.asker,
        at=row.at,
        is_used=bool(row.used),
    )
