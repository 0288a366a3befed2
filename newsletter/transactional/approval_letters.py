"""What approvers are told by mail: that they are asked, and what others answered. `Notices` builds the mails."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ApprovalQuestion:
    """Asks an approver to approve an email, which they get as well."""

    address: str
    language: str
    number: int
    asked_by: str
    subject: str
    sender: str
    people: int
    segment: str
    when: str
    """The time it is to be sent, in words; empty: when it is approved."""
    url: str
    """The page to answer on; empty: there are no pages, and they answer at a terminal."""
    hash: str
    head: str
    """Number and hash of the last deed."""


class NewsKind(StrEnum):
    """What approvers hear of."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHOUT = "without"
    """It is sent without approval."""


@dataclass(frozen=True, slots=True)
class ApprovalNews:
    """Tells an approver what became of a request, so that an answer in their name does not go unseen."""

    address: str
    language: str
    kind: NewsKind
    number: int
    """The number of the request; of an issue that is sent without approval, its own."""
    who: str
    subject: str
    words: str
    head: str
