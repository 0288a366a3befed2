"""An approver answers: yes or no, to exactly what the request contains. In: who answers, and what. Commits nothing."""

from datetime import datetime

from sqlalchemy import Connection, select

from newsletter.database import deeds
from newsletter.database.oversight import releases
from newsletter.errors import ActionRefused
from newsletter.issue.approvers import Approver
from newsletter.issue.requests import ApprovalRequest, answer_request, has_begun, read_request

MOST_WORDS = 500


class OwnRequest(ActionRefused):
    """You asked for this approval yourself. Another approver must answer."""


class AnsweredTooLate(ActionRefused):
    """Request {number} can no longer be answered: the email was sent already."""


def answer_as(
    connection: Connection, number: int, approver: Approver | str, account: str, yes: bool, words: str, at: datetime
) -> ApprovalRequest:
    """Write down the answer of `approver` to request `number`, with its deed; return the request.

    `approver`: an approver in the settings, or else the account at a terminal. `account`: the account from which they
    answer; empty: from a page, by the link in their email. Raises UnknownApprovalRequest, OwnRequest and
    AnsweredTooLate.
    """
    request = read_request(connection, number)
    key, name = (approver, approver) if isinstance(approver, str) else (approver.key, approver.name)
    if yes and {key, account} & set(request.askers):
        raise OwnRequest
    used = connection.scalar(select(releases.c.issue_id).where(releases.c.request_id == number))
    if used is not None and has_begun(connection, used):
        raise AnsweredTooLate(number=number)
    said = deeds.without_addresses(" ".join(words.split())[:MOST_WORDS])
    answer_request(connection, request, key, name, yes, said, at)
    who = name if name == account else f"{name} at {account or 'the page in the email'}"
    about = {"hash": request.hash, **({"words": said} if said else {})}
    deeds.record(connection, who, "approve" if yes else "refuse", f"request {number}", at, about)
    return request
