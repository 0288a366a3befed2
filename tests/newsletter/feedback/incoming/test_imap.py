"""The bounce mailbox on a real IMAP server: read, marked, moved; never deleted; never without verified TLS."""

import logging

import pytest

from newsletter.bounces.mailboxes.imap import ImapMailbox, MailboxSettings
from newsletter.errors import MailboxRefused, MailboxUnreachable
from tests.newsletter.feedback.incoming.dovecot import PASSWORD, Dovecot

REPORT = b"From: mailer-daemon\nSubject: it came back\n\nbody\n"
LETTER = b"From: ada@ada.example\nSubject: well done\n\nbody\n"


@pytest.fixture
def trusted(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Dovecot:
    """The same, its certificate trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificates))
    return dovecot


def at(server: Dovecot, password: str = PASSWORD, host: str = "localhost", processed: str = "") -> MailboxSettings:
    return MailboxSettings(host, server.port, server.username, password, "INBOX", processed)


def read(where: MailboxSettings, looking: bool = False) -> list[bytes]:
    """Read what is there to be read; what comes from a mail server is ours."""
    with ImapMailbox(where, looking) as mailbox:
        mails = [(mail, b"mailer-daemon" in mail.content) for mail in mailbox]
        for mail, ours in mails:
            mailbox.settled(mail, ours)
        assert len(mailbox) == len(mails)
    return [mail.content for mail, _ in mails]


def test_what_is_ours_is_moved_and_what_a_person_wrote_stays_unread(trusted: Dovecot) -> None:
    trusted.put("1.report", REPORT)
    trusted.put("2.letter", LETTER)
    assert len(read(at(trusted, processed="Processed"))) == 2
    assert len(trusted.mails(".Processed")) == 1
    (flags,) = trusted.mails().values()
    assert "S" not in flags
    assert read(at(trusted, processed="Processed")) == []
    trusted.put("3.report", REPORT)
    assert len(read(at(trusted, processed="Processed"))) == 1
    assert len(trusted.mails(".Processed")) == 2


def test_without_a_folder_everything_stays_and_is_read_once(trusted: Dovecot) -> None:
    for number in range(60):
        trusted.put(f"{number}.report", REPORT)
    assert len(read(at(trusted))) == 60
    assert read(at(trusted)) == []
    assert len(trusted.mails()) == 60


def test_a_rehearsal_marks_and_moves_nothing(trusted: Dovecot) -> None:
    trusted.put("1.report", REPORT)
    for _ in range(2):
        assert len(read(at(trusted, processed="Processed"), looking=True)) == 1
    (flags,) = trusted.mails().values()
    assert flags == ""
    assert not (trusted.maildir / ".Processed").exists()


def test_a_wrong_password_is_refused_and_stands_in_no_message_and_no_log(
    trusted: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MailboxRefused, match="refused the login") as refused:
        read(at(trusted, password="not-the-password"))
    assert "not-the-password" not in f"{refused.value!s} {refused.value!r} {caplog.text}"


def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot: Dovecot) -> None:
    with pytest.raises(MailboxRefused, match="certificate"):
        read(at(dovecot))


def test_a_certificate_for_another_name_is_refused(trusted: Dovecot) -> None:
    with pytest.raises(MailboxRefused, match="certificate"):
        read(at(trusted, host="127.0.0.1"))


def test_a_server_that_is_not_there_is_for_later(trusted: Dovecot) -> None:
    where = at(trusted)
    with pytest.raises(MailboxUnreachable, match="Run the same command again"):
        read(MailboxSettings("localhost", 9, where.username, where.password, "INBOX"))


def test_a_folder_that_is_not_there_is_said(trusted: Dovecot) -> None:
    with pytest.raises(MailboxUnreachable, match="Nowhere"):
        read(MailboxSettings("localhost", trusted.port, trusted.username, PASSWORD, "Nowhere"))
