"""What a mail to the bounce mailbox can be: values, and no more. What is to be done about them is not said here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Class(StrEnum):
    """Whose matter it is that a mail came back."""

    HARD = "hard"
    """Nobody can be reached there: no such mailbox, no such domain."""
    SOFT = "soft"
    """Something on their side that may pass: a full mailbox, a server that is down."""
    OURS = "ours"
    """Something about us: what we sent, from where, how often. It says nothing about the person."""


class Reason(StrEnum):
    """Why a mail came back, as a person would say it."""

    NO_SUCH_MAILBOX = "there is no such mailbox"
    NO_SUCH_DOMAIN = "their domain does not exist"
    TAKES_NO_MAIL = "their domain takes no mail"
    MOVED = "they have moved to another address"
    FULL = "their mailbox is full"
    DISABLED = "their mailbox is switched off"
    UNREACHABLE = "their mail server could not be reached"
    UNCLEAR = "their server would not take it"
    POLICY = "their server refuses us by its rules, or takes us for spam"
    CONTENT = "their server refuses what was in the mail"

    @property
    def class_(self) -> Class:
        return _CLASSES.get(self, Class.SOFT)


_CLASSES = {
    Reason.NO_SUCH_MAILBOX: Class.HARD,
    Reason.NO_SUCH_DOMAIN: Class.HARD,
    Reason.TAKES_NO_MAIL: Class.HARD,
    Reason.MOVED: Class.HARD,
    Reason.POLICY: Class.OURS,
    Reason.CONTENT: Class.OURS,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose mail it was, by a signature of ours: a reader and an issue."""

    subscriber_id: int
    issue: int


@dataclass(frozen=True, slots=True)
class Report:
    """What is said about one address."""

    address: str
    """As the report has it; only ever shown, and compared with an address we know already."""
    reason: Reason
    status: str
    """The enhanced status code (RFC 3463), where there is one."""
    diagnostic: str
    final: bool = True
    """Whether they have given up; otherwise it is still being tried."""
    coded: bool = True
    """Whether it rests on a code of any kind, and not on prose alone."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail came back, or is late (RFC 3464, or whatever its server writes instead)."""

    who: Identity | None
    reports: tuple[Report, ...]
    reporter: str
    """Which server says it."""
    digest: str = ""
    """The same for the same report, however often and by whatever way it comes."""
    at: datetime | None = None
    """When it was written, by its own account."""

    def about(self, address: str = "") -> Report:
        """What is said about `address`; of several addresses of which it is none, the mildest: they may be aliases."""
        named = [report for report in self.reports if report.address.lower() == address.lower()]
        return min(named or self.reports, key=_severity)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report (RFC 5965): a reader pressed "spam"."""

    who: Identity | None
    feedback_type: str
    reporter: str
    digest: str = ""
    at: datetime | None = None

    @property
    def by_reader(self) -> bool:
        """Whether a reader said it; some are written by machines about signatures, and some take it back."""
        return self.feedback_type not in ("not-spam", "auth-failure", "dmarc", "virus")


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A mail to the address in List-Unsubscribe (RFC 2369)."""

    who: Identity
    digest: str = ""


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A machine's answer for an absent person (RFC 3834)."""

    who: Identity | None
    subject: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """None of these: a person's own words, most likely."""

    who: Identity | None
    subject: str
    sender: str


News = Bounce | Complaint | Unsubscribe | AutoReply | Unknown
"""What a mail turned out to be."""


def _severity(report: Report) -> tuple[bool, int]:
    return report.final, (Class.OURS, Class.SOFT, Class.HARD).index(report.reason.class_)
