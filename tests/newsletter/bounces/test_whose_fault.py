"""What is about us suppresses nobody and is no strike, whatever the code; and what answers for a person or a list."""

import pytest

from newsletter.bounces.parse.kinds import AutoReply, Bounce, BounceReason, Class, Unknown
from newsletter.bounces.parse.reader import FeedbackReader
from newsletter.bounces.strikes import is_strike, suppresses

ABOUT_US = (
    ("5.1.1", "553 5.1.1 see http://dnsbl.example.net/why?ip=192.0.2.1"),
    ("5.1.1", "550 5.1.1 <ada@example.org>: https://www.example.net/lookup/192.0.2.1"),
    ("5.1.0", "550 5.1.0 Rejected, for more information please visit https://blocklist.example.net/q?192.0.2.1"),
    ("4.0.0", "554 Blocked - see https://lists.example.net/lookup.cgi?ip=192.0.2.1"),
    ("5.1.1", "550 5.1.1 Your IP address is listed at bl.example.net"),
    ("5.0.0", "550 host network not allowed"),
    ("5.0.0", "550 ip frequency limited"),
    ("5.4.6", "550 5.4.6 Unusual sending activity detected"),
    ("5.1.1", "550 5.1.1 The from address does not match a verified sender"),
    ("5.1.1", "550 5.1.1 Relaying denied for unknown user"),
    ("5.1.1", "550 5.1.1 Return-Path user unknown"),
    ("5.0.0", "550 Envelope sender mailbox unavailable"),
    ("5.0.0", "550 Unknown local part of the sender"),
    ("5.0.0", "550 5.0.0 your domain doesnt exist"),
    ("5.2.0", "550 5.2.0 Mail rejete. OFR_506 [506]"),
)
ABOUT_THEM = (
    (
        "5.1.1",
        "550 5.1.1 <ada@example.org>: unknown user, see https://help.example.net/bl",
        BounceReason.NO_SUCH_MAILBOX,
    ),
    ("5.1.1", "550 5.1.1 User doesnt exist, returned to sender", BounceReason.NO_SUCH_MAILBOX),
    ("5.1.1", "550 5.1.1 Unknown user; please inform the sender", BounceReason.NO_SUCH_MAILBOX),
    ("5.4.4", "550 5.4.4 Host not found, try again", BounceReason.NO_SUCH_DOMAIN),
)
AWAY = {
    "en": "Out of the office: good news",
    "cy": "Ateb awtomatig: newyddion da",
    "de": "Nicht im Büro bis Montag",
    "fr": "Absence du bureau",
    "es": "Fuera de la oficina",
    "it": "Risposta automatica: notizie",
    "nl": "Afwezig tot maandag",
    "pt": "Resposta automática: boas notícias",
    "pt holidays": "Férias até segunda",
    "sv": "Autosvar: goda nyheter",
    "sv away": "Frånvarande till måndag",
    "no": "Fraværsmelding",
    "no reply": "Automatisk svar: gode nyheter",
    "fi": "Automaattinen vastaus: hyviä uutisia",
    "fi away": "Poissa toimistosta",
    "cs": "Automatická odpověď: dobré zprávy",
    "cs away": "Mimo kancelář",
    "pl": "Automatyczna odpowiedź: dobre wieści",
    "pl away": "Nieobecność w biurze",
    "ru": "Автоматический ответ: новости",
    "ru short": "Автоответ",
    "zh": "自动回复：好消息",
    "zh traditional": "自動回覆：好消息",
    "ja": "自動返信: お知らせ",
}
BY_ITS_HEADERS = (
    "Auto-Submitted: auto-replied (vacation)",
    "Auto-Submitted: auto-generated; owner-token=x",
    "Precedence: bulk",
    "X-Auto-Response-Suppress: All",
)
CARRIER = (
    ("As their mailbox is full", BounceReason.FULL),
    ("As the remote domain doesnt exist", BounceReason.NO_SUCH_DOMAIN),
    ("Due to the following SMTP relay error", BounceReason.UNCLEAR),
)
FROM_A_LIST = (
    ("Not member article from news@example.org (choir ML)", "Hi, you are not a member of choir ML."),
    ("Loop Alert: Duplicated Message-ID (choir ML)", "Duplicated Message-ID in <choir@example.net>."),
    ("reject mail: user unknown in this list (choir ML)", "The mail is rejected, no such user here."),
)


@pytest.fixture
def reader() -> FeedbackReader:
    return FeedbackReader(["a secret key of these tests, long enough"], "news.example.org")


def report(status: str, said: str) -> bytes:
    about = f"Final-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: {status}\r\n"
    return (
        "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\r\n\r\n--cut\r\n\r\n'
        f"<ada@example.org>: {said}\r\n\r\n--cut\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.net\r\n\r\n{about}Diagnostic-Code: smtp; {said}\r\n\r\n--cut--\r\n"
    ).encode()


def test_what_is_about_us_suppresses_nobody_and_is_no_strike(reader: FeedbackReader) -> None:
    for status, said in ABOUT_US:
        news = reader.read(report(status, said))
        assert isinstance(news, Bounce), said
        told = news.about("ada@example.org")
        assert told.reason.class_ is Class.OURS, (said, told.reason)
        assert not suppresses(told), said
        assert not is_strike(told), said


def test_what_is_about_them_is_still_about_them(reader: FeedbackReader) -> None:
    for status, said, reason in ABOUT_THEM:
        news = reader.read(report(status, said))
        assert isinstance(news, Bounce), said
        assert news.about("ada@example.org").reason is reason, said


def test_whoever_is_away_is_away_in_every_language(reader: FeedbackReader) -> None:
    for language, subject in AWAY.items():
        mail = f"From: Ada <ada@example.org>\r\nSubject: {subject}\r\n\r\nSee you.\r\n".encode()
        assert isinstance(reader.read(mail), AutoReply), language


def test_a_machine_that_says_so_in_a_header_is_believed_whatever_its_subject(reader: FeedbackReader) -> None:
    for field in BY_ITS_HEADERS:
        mail = f"From: Ada <ada@example.org>\r\nSubject: Good news\r\n{field}\r\n\r\nThanks.\r\n".encode()
        assert isinstance(reader.read(mail), AutoReply), field
    for field in ("Auto-Submitted: no", "Precedence: first-class", "X-Loop: x"):
        mail = f"From: Ada <ada@example.org>\r\nSubject: Good news\r\n{field}\r\n\r\nThanks.\r\n".encode()
        assert isinstance(reader.read(mail), Unknown), field


def test_a_carriers_report_in_prose_is_read(reader: FeedbackReader) -> None:
    for said, reason in CARRIER:
        for begins in ("sent on", "attempted to be delivered on"):
            mail = (
                "From: no-reply@carrier.example\r\nSubject: Good news\r\n\r\n"
                f"Your mail {begins}: Thu, 29 Apr 2027 11:04:47 +0900\r\n\r\n"
                f"Could not be delivered to: <ada@example.org>\r\n{said}\r\n"
            )
            news = reader.read(mail.encode())
            assert isinstance(news, Bounce), said
            told = news.about("ada@example.org")
            assert (told.address, told.reason) == ("ada@example.org", reason)
            assert not suppresses(told)


def test_what_the_software_of_a_mailing_list_refuses_is_about_no_subscriber(reader: FeedbackReader) -> None:
    head = "From: choir-admin@example.net\r\nMessage-Id: <202704292334.FMLAAB12345.choir@example.net>\r\n"
    for subject, said in FROM_A_LIST:
        mail = (
            f"{head}X-MLServer: fml [fml 4.0]\r\nSubject: {subject}\r\n\r\n{said}\r\n\r\nOriginal mail as follows:\r\n"
        )
        news = reader.read(mail.encode())
        assert isinstance(news, Bounce), subject
        assert not any(suppresses(told) or is_strike(told) for told in news.reports), subject
    command = (
        f"{head}X-MLServer: fml [fml 4.0]\r\nSubject: fml Command Status report\r\n\r\nThe command help is known.\r\n"
    )
    assert isinstance(reader.read(command.encode()), AutoReply)
