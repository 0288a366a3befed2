"""What a mail to the bounce mailbox can be: only values. What follows from them is in `policy`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.bounces.parse.human import HumanAnswer


class Class(StrEnum):
    """What kind of cause a bounce has: the address, the recipient's server, or us."""

    HARD = "hard"
    """The address cannot be reached: no such mailbox, no such domain."""
    SOFT = "soft"
    """Trouble on the recipient's side that may pass: a full mailbox, a server that is down."""
    OURS = "ours"
    """Something about us: what we sent, from where, how often. It says nothing about the recipient."""


class BounceReason(StrEnum):
    """Why a mail came back; the value says it in plain words."""

    NO_SUCH_MAILBOX = "there is no such mailbox"
    NO_SUCH_DOMAIN = "their domain does not exist"
    TAKES_NO_MAIL = "their domain takes no mail"
    MOVED = "they have moved to another address"
    FULL = "their mailbox is full"
    DISABLED = "their mailbox is switched off"
    UNREACHABLE = "their mail server could not be reached"
    UNCLEAR = "their server would not take it"
    POLICY = "their server refuses us by its rules, or thinks that we are spam"
    CONTENT = "their server refuses what was in the mail"
    NOT_SENT = "your email service no longer sends to them, because an email came back"

    @property
    def class_(self) -> Class:
        return _CLASSES.get(self, Class.SOFT)


_CLASSES = {
    BounceReason.NO_SUCH_MAILBOX: Class.HARD,
    BounceReason.NO_SUCH_DOMAIN: Class.HARD,
    BounceReason.TAKES_NO_MAIL: Class.HARD,
    BounceReason.MOVED: Class.HARD,
    BounceReason.POLICY: Class.OURS,
    BounceReason.CONTENT: Class.OURS,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """The subscriber and the issue that a mail is about, by a signature of ours."""

    subscriber_id: int
    issue: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a bounce says about one address."""

    address: str
    """As the report writes it; it is only shown, and compared with an address that we know already."""
    reason: BounceReason
    status: str
    """The enhanced status code (RFC 3463), or ""."""
    diagnostic: str
    final: bool = True
    """Whether the server has given up; otherwise it is still trying."""
    coded: bool = True
    """Whether there is a code of any kind, and not only prose."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail came back, or is late (RFC 3464, or what its server writes instead)."""

    who: Identity | None
    reports: tuple[Report, ...]
    reporter: str
    """The server that wrote the report."""
    digest: str = ""
    """Equal for the same report, however often and by whichever way it comes."""
    at: datetime | None = None
    """When the report was written, as it states itself."""

    def about(self, address: str = "") -> Report:
        """Return the report about `address`; if none names it, the mildest, because the others may be aliases of it."""
        named = [report for report in self.reports if report.address.lower() == address.lower()]
        return min(named or self.reports, key=_severity)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report (RFC 5965): a recipient pressed "spam"."""

    who: Identity | None
    feedback_type: str
    reporter: str
    digest: str = ""
    at: datetime | None = None

    @property
    def by_reader(self) -> bool:
        """Whether a recipient complained; other reports are by machines about signatures, or take a complaint back."""
        return self.feedback_type not in ("not-spam", "auth-failure", "dmarc", "virus")


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A mail to the address in List-Unsubscribe (RFC 2369)."""

    who: Identity
    digest: str = ""
    at_service: str = ""
    """The mail service at which they unsubscribed instead, by its own link; empty: by mail."""


@dataclass(frozen=True, slots=True)
class AutoReply:
    """An automatic answer, such as that of an absent person (RFC 3834)."""

    who: Identity | None
    subject: str
    answer: HumanAnswer | None = None
    """If only its subject speaks for a machine: what it is if that is the subject of our own mail."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """None of these: most likely a mail that a person wrote."""

    who: Identity | None
    subject: str
    sender: str
    answer: HumanAnswer | None = None
    """Which mail it answers, if it says so."""


Feedback = Bounce | Complaint | Unsubscribe | AutoReply | Unknown
"""What a mail turned out to be."""


def _severity(report: Report) -> tuple[bool, int]:
    return report.final, (Class.OURS, Class.SOFT, Class.HARD).index(report.reason.class_)
