"""One mail of each kind that comes to a bounce mailbox, in mails/, and what it must be taken for."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from newsletter.bounces.parse.kinds import (
    AutoReply,
    Bounce,
    BounceReason,
    Class,
    Complaint,
    Feedback,
    Identity,
    Unknown,
    Unsubscribe,
)
from newsletter.bounces.parse.reader import FeedbackReader
from tests.newsletter.bounces.conftest import ADA, MAILS


@dataclass(frozen=True)
class Case:
    name: str
    reason: BounceReason
    final: bool = True


BOUNCES = [
    Case("no-such-user-postfix", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-exim", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-exim-in-prose", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-opensmtpd", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-qmail", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-gmail", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-exchange", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-user-amazon", BounceReason.NO_SUCH_MAILBOX),
    Case("undrawn-boundary", BounceReason.NO_SUCH_MAILBOX),
    Case("no-such-domain-sendmail", BounceReason.NO_SUCH_DOMAIN),
    Case("takes-no-mail", BounceReason.TAKES_NO_MAIL),
    Case("full", BounceReason.FULL),
    Case("full-though-it-says-5.1.1", BounceReason.FULL),
    Case("switched-off-carrier", BounceReason.DISABLED),
    Case("late", BounceReason.UNREACHABLE, final=False),
    Case("given-up", BounceReason.UNREACHABLE),
    Case("temporary-user-unknown", BounceReason.UNREACHABLE),
    Case("refused-after-data", BounceReason.UNCLEAR),
    Case("spam", BounceReason.POLICY),
    Case("dmarc", BounceReason.POLICY),
    Case("blocklisted-with-5.1.1", BounceReason.POLICY),
    Case("too-big", BounceReason.CONTENT),
]
COMPLAINTS = {
    "complaint": True,
    "complaint-of-the-old-kind": True,
    "complaint-taken-back": False,
    "complaint-by-a-machine": False,
}
OTHERS: dict[str, type[Feedback]] = {
    "away": AutoReply,
    "away-vacation": AutoReply,
    "away-in-welsh": AutoReply,
    "a-person": Unknown,
    "a-person-about-a-bounce": Unknown,
    "leaving-by-mail": Unsubscribe,
    "leaving-without-a-token": Unknown,
    "leaving-mail-that-bounced": Bounce,
    "away-while-leaving": AutoReply,
    "went-through": AutoReply,
}
ALIAS = "an-alias-of-two"


@pytest.mark.parametrize("case", BOUNCES, ids=lambda case: case.name)
def test_a_bounce_is_attributed_by_our_signature_and_says_why(
    case: Case, reader: FeedbackReader, mail: Callable[[str], bytes]
) -> None:
    news = reader.read(mail(case.name))
    assert isinstance(news, Bounce)
    assert news.who == Identity(*ADA)
    report = news.about("ada@ada.example")
    assert (report.reason, report.final) == (case.reason, case.final)


@pytest.mark.parametrize(("name", "by_reader"), COMPLAINTS.items())
def test_a_complaint_is_attributed_by_the_original_it_encloses(
    name: str, by_reader: bool, reader: FeedbackReader, mail: Callable[[str], bytes]
) -> None:
    news = reader.read(mail(name))
    assert isinstance(news, Complaint)
    assert news.who == Identity(*ADA)
    assert news.by_reader is by_reader


@pytest.mark.parametrize(("name", "kind"), OTHERS.items())
def test_whatever_else_comes_is_no_bounce_whatever_it_quotes(
    name: str, kind: type[Feedback], reader: FeedbackReader, mail: Callable[[str], bytes]
) -> None:
    assert isinstance(reader.read(mail(name)), kind)


def test_of_several_addresses_that_nobody_knows_the_mildest_is_believed(
    reader: FeedbackReader, mail: Callable[[str], bytes]
) -> None:
    news = reader.read(mail(ALIAS))
    assert isinstance(news, Bounce)
    assert news.about("ada@ada.example").reason is BounceReason.FULL
    assert news.about("gone@other.example").reason.class_ is Class.HARD


def test_there_is_a_case_for_every_mail() -> None:
    assert {file.stem for file in MAILS.glob("*.eml")} == {
        *(case.name for case in BOUNCES),
        *COMPLAINTS,
        *OTHERS,
        ALIAS,
    }
