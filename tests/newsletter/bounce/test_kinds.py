"""One mail of each kind that comes to a bounce mailbox, in mails/, and what it must be taken for."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from newsletter.bounces.parse.kinds import (
    AutoReply,
    Bounce,
    Class,
    Complaint,
    Identity,
    News,
    Reason,
    Unknown,
    Unsubscribe,
)
from newsletter.bounces.parse.reader import Reader
from tests.newsletter.bounce.conftest import ADA, MAILS


@dataclass(frozen=True)
class Case:
    name: str
    reason: Reason
    final: bool = True


BOUNCES = [
    Case("no-such-user-postfix", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-exim", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-exim-in-prose", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-opensmtpd", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-qmail", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-gmail", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-exchange", Reason.NO_SUCH_MAILBOX),
    Case("no-such-user-amazon", Reason.NO_SUCH_MAILBOX),
    Case("undrawn-boundary", Reason.NO_SUCH_MAILBOX),
    Case("no-such-domain-sendmail", Reason.NO_SUCH_DOMAIN),
    Case("takes-no-mail", Reason.TAKES_NO_MAIL),
    Case("full", Reason.FULL),
    Case("full-though-it-says-5.1.1", Reason.FULL),
    Case("switched-off-carrier", Reason.DISABLED),
    Case("late", Reason.UNREACHABLE, final=False),
    Case("given-up", Reason.UNREACHABLE),
    Case("temporary-user-unknown", Reason.UNREACHABLE),
    Case("refused-after-data", Reason.UNCLEAR),
    Case("spam", Reason.POLICY),
    Case("dmarc", Reason.POLICY),
    Case("blocklisted-with-5.1.1", Reason.POLICY),
    Case("too-big", Reason.CONTENT),
]
COMPLAINTS = {
    "complaint": True,
    "complaint-of-the-old-kind": True,
    "complaint-taken-back": False,
    "complaint-by-a-machine": False,
}
OTHERS: dict[str, type[News]] = {
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
    case: Case, reader: Reader, mail: Callable[[str], bytes]
) -> None:
    news = reader.read(mail(case.name))
    assert isinstance(news, Bounce)
    assert news.who == Identity(*ADA)
    report = news.about("ada@ada.example")
    assert (report.reason, report.final) == (case.reason, case.final)


@pytest.mark.parametrize(("name", "by_reader"), COMPLAINTS.items())
def test_a_complaint_is_attributed_by_the_original_it_encloses(
    name: str, by_reader: bool, reader: Reader, mail: Callable[[str], bytes]
) -> None:
    news = reader.read(mail(name))
    assert isinstance(news, Complaint)
    assert news.who == Identity(*ADA)
    assert news.by_reader is by_reader


@pytest.mark.parametrize(("name", "kind"), OTHERS.items())
def test_whatever_else_comes_is_no_bounce_whatever_it_quotes(
    name: str, kind: type[News], reader: Reader, mail: Callable[[str], bytes]
) -> None:
    assert isinstance(reader.read(mail(name)), kind)


def test_of_several_addresses_that_nobody_knows_the_mildest_is_believed(
    reader: Reader, mail: Callable[[str], bytes]
) -> None:
    news = reader.read(mail(ALIAS))
    assert isinstance(news, Bounce)
    assert news.about("ada@ada.example").reason is Reason.FULL
    assert news.about("gone@other.example").reason.class_ is Class.HARD


def test_there_is_a_case_for_every_mail() -> None:
    assert {file.stem for file in MAILS.glob("*.eml")} == {
        *(case.name for case in BOUNCES),
        *COMPLAINTS,
        *OTHERS,
        ALIAS,
    }
