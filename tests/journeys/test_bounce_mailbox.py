"""A bounce mailbox on a real IMAP server, from the command line: read, told, put away, and the password nowhere."""

from collections.abc import Iterator

import pytest

from tests.journeys.conftest import Mailboxes, Organiser
from tests.newsletter.feedback.incoming import dovecot
from tests.newsletter.feedback.incoming.dovecot import PASSWORD, Dovecot

REPORT = b"""\
From: MAILER-DAEMON@mx.example.net
To: news@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <1@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: message/delivery-status

Final-Recipient: rfc822; somebody@example.net
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--cut
Content-Type: message/rfc822

%s
--cut--
"""
LETTER = b"From: Eve <eve@example.org>\nTo: news@example.org\nSubject: Well done\n\nLet us meet.\n"


@pytest.fixture
def mailbox() -> Iterator[Dovecot]:
    if why := dovecot.missing():
        pytest.skip(why)
    with dovecot.running() as server:
        yield server


def test_what_came_back_is_read_told_and_put_away_and_what_a_person_wrote_is_not(
    ready: Organiser, mailboxes: Mailboxes, mailbox: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(mailbox.certificates))
    ready.settings |= {
        "SMTP_PORT": str(mailboxes.port),
        "BOUNCES_HOST": f"localhost:{mailbox.port}",
        "BOUNCES_USERNAME": mailbox.username,
        "BOUNCES_PASSWORD": PASSWORD,
        "BOUNCES_PROCESSED_FOLDER": "Processed",
    }
    assert ready.types("send", "post.md", "--yes").code == 0
    original = mailboxes.mails[0]
    mailbox.put("1.report", REPORT % original.as_bytes())
    mailbox.put("2.letter", LETTER)

    rehearsed = ready.types("bounces", "process", "--dry-run")
    assert (rehearsed.code, "Nothing was recorded or moved." in rehearsed.err) == (0, True)
    done = ready.types("bounces", "process")
    assert (done.code, done.out) == (
        0,
        f"{original['To'].addresses[0].addr_spec}: there is no such mailbox. We will not email them again\n",
    )
    assert (
        "2 emails read: 1 bounced, 1 something else (left where it was), 1 added to your do-not-email list." in done.err
    )
    assert (len(mailbox.mails()), len(mailbox.mails(".Processed"))) == (1, 1)
    assert "0 emails read" in ready.types("bounces", "process").err

    wrong = ready.types("bounces", "process", BOUNCES_PASSWORD="a-wrong-password")
    assert (wrong.code, len(wrong.errors)) == (4, 1)
    said = "".join(ended.out + ended.err for ended in (rehearsed, done, wrong))
    assert PASSWORD not in said
    assert "a-wrong-password" not in said


def test_without_a_mailbox_it_says_which_setting_is_missing(ready: Organiser) -> None:
    ended = ready.types("bounces", "process")
    assert (ended.code, len(ended.errors)) == (4, 1)
    assert "NEWSLETTER_BOUNCES_HOST" in ended.err
