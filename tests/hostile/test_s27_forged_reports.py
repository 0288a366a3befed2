"""S27: forged or altered bounces and complaints suppress no address: without our signature none counts."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from newsletter.bounces.consequences import FeedbackResult, record_feedback
from newsletter.bounces.parse.kinds import Bounce, Complaint, Unsubscribe
from newsletter.bounces.parse.reader import FeedbackReader
from newsletter.database.engine import writing
from newsletter.database.tables import State, deliveries, issues
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner, ReturnPaths

KEY = "a secret key of the forgery tests, long enough"
LIST = "news.example.org"
MAILBOX = "bounces@example.org"
MAILS = Path(__file__).parents[1] / "newsletter" / "bounces" / "mails"
NAMES = ("no-such-user-postfix", "no-such-user-exim", "takes-no-mail", "complaint", "complaint-of-the-old-kind")
TEMPLATES = [*((MAILS / f"{name}.eml").read_bytes() for name in NAMES), (MAILS / "leaving-by-mail.eml").read_bytes()]
ATTACKER, VICTIM = 1, 2
Hear = Callable[[bytes], FeedbackResult]


@pytest.fixture
def hears(engine: Engine, noon: datetime) -> Iterator[Hear]:
    """Send issue 1 to attacker and victim; yield a function that processes a mail, all in one transaction."""
    reader = FeedbackReader([KEY], LIST)
    with writing(engine) as connection:
        people = [{"address": f"{name}@example.org", "consent": "confirmed", "joined_at": noon} for name in "av"]
        connection.execute(insert(subscribers), people)
        issue = {"post": "p", "fingerprint": "f", "frozen_at": noon, "content": {}, "candidates": 2, "frozen": 2}
        connection.execute(insert(issues), issue)
        row = {"issue_id": 1, "first_name": "", "last_name": "", "fields": {}, "state": State.ACCEPTED, "dotted": True}
        rows = [row | {"subscriber_id": n, "address": f"{name}@example.org"} for n, name in ((1, "a"), (2, "v"))]
        connection.execute(insert(deliveries), rows)
        yield lambda mail: record_feedback(connection, reader.read(mail), noon)


def signed(mail: bytes, subscriber: int, issue: int = 1, key: str = KEY, list_id: str = LIST) -> bytes:
    signer = LinkSigner([key], list_id)
    leaving = signer.unsubscribe_mail(MAILBOX, subscriber, issue).partition("subject=")[2]
    return with_tokens(
        mail, ReturnPaths(key, MAILBOX).of(subscriber, issue), signer.unsubscribe(subscriber, issue), leaving
    )


def with_tokens(mail: bytes, path: str, link: str, leaving: str) -> bytes:
    filled = mail.replace(b"@RETURN_PATH@", path.encode()).replace(b"@UNSUBSCRIBE@", link.encode())
    return filled.replace(b"@LEAVING@", leaving.encode()).replace(b"ada@ada.example", b"v@example.org")


def forgeries(chance: random.Random) -> Iterator[bytes]:
    """Yield mails that an attacker can make who knows everything except the key, and has got a mail of their own."""
    own = LinkSigner([KEY], LIST)
    path = ReturnPaths(KEY, MAILBOX).of(ATTACKER, 1)
    tokens = (path, own.unsubscribe(ATTACKER, 1), own.unsubscribe_mail(MAILBOX, ATTACKER, 1).partition("subject=")[2])
    while True:
        mail = chance.choice(TEMPLATES)
        match chance.randrange(6):
            case 0:  # another key
                yield signed(mail, VICTIM, key=f"a key of their own, which is no better {chance.random()}")
            case 1:  # another list of the same organiser
                yield signed(mail, VICTIM, list_id="other.example.org").replace(path_of(VICTIM), b"bounces@example.org")
            case 2:  # their own signature under the victim's number
                yield with_tokens(mail, *(renumbered(token) for token in tokens))
            case 3:  # a signature of the right shape
                yield with_tokens(mail, *(renumbered(guessed(token, chance)) for token in tokens))
            case 4:  # the victim's own, with one character of it changed
                yield with_tokens(mail, *(bent(token, chance) for token in theirs()))
            case _:  # none, and the victim's address wherever there is one
                yield with_tokens(mail, "v@example.org", "", "unsubscribe")


def path_of(subscriber: int) -> bytes:
    return ReturnPaths(KEY, MAILBOX).of(subscriber, 1).encode()


def theirs() -> tuple[str, str, str]:
    signer = LinkSigner([KEY], LIST)
    leaving = signer.unsubscribe_mail(MAILBOX, VICTIM, 1).partition("subject=")[2]
    return ReturnPaths(KEY, MAILBOX).of(VICTIM, 1), signer.unsubscribe(VICTIM, 1), leaving


def renumbered(token: str) -> str:
    return token.replace("+1-1-", "+2-1-").replace("1.1.", "2.1.").replace("be-1-1-", "be-2-1-")


def guessed(token: str, chance: random.Random) -> str:
    letters = [chance.choice("abcdefghijklmnopqrstuvwxyz234567") if letter.isalpha() else letter for letter in token]
    kept = token.partition("+" if "@" in token else "-" if "unsub" in token else ".")[0]
    return kept + "".join(letters)[len(kept) :]


def bent(token: str, chance: random.Random) -> str:
    """Change one character of the signature itself."""
    start = max(token.find("+1-1-"), token.find("+2-1-"), token.find("2.1."), token.find("-2-1-")) + 5
    end = token.find("@") if "@" in token else len(token)
    place = chance.randrange(start, end - 1)
    other = chance.choice([letter for letter in "abcdefghijkmnpqrstuvwxyz234567" if letter != token[place].lower()])
    return token[:place] + other + token[place + 1 :]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is tried is the signature
@pytest.mark.parametrize("number", [1_000, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_s27_no_number_of_forged_reports_suppresses_anybody(hears: Hear, number: int) -> None:
    kinds = set()
    for mail in islice(forgeries(random.Random(27)), number):
        result = hears(mail)
        assert (result.new, result.suppressed, result.withdrawn, result.address) == (False, False, False, ""), (
            mail.decode()
        )
        kinds.add(result.kind)
    assert {"bounce", "complaint", "auto-reply"} <= kinds


@pytest.mark.parametrize("template", TEMPLATES)
def test_s27_the_same_mails_with_our_signature_are_believed(hears: Hear, template: bytes) -> None:
    """This shows that the forged mails fail only because they lack our signature."""
    result = hears(signed(template, VICTIM))
    assert result.address == "v@example.org"
    assert result.suppressed or result.withdrawn


@pytest.mark.parametrize("template", TEMPLATES)
def test_s27_whoever_has_a_signature_of_their_own_can_stop_their_own_mail_only(hears: Hear, template: bytes) -> None:
    result = hears(signed(template, ATTACKER))
    assert result.address == "a@example.org"


def test_s27_a_report_that_bears_two_signatures_is_nobodys(hears: Hear) -> None:
    to = path_of(ATTACKER) + b", " + path_of(VICTIM)
    mail = b"From: MAILER-DAEMON@mx.example.net\nTo: %s\n\n550 5.1.1 user unknown\n" % to
    assert hears(mail.replace(b", " + path_of(VICTIM), b"")).suppressed
    assert hears(mail).address == ""


def test_s27_a_kind_is_made_of_each_template() -> None:
    kinds = {type(FeedbackReader([KEY], LIST).read(signed(mail, VICTIM))) for mail in TEMPLATES}
    assert kinds == {Bounce, Complaint, Unsubscribe}
