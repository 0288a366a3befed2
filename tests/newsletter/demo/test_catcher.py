"""The demo's mail server behaves as servers do, and its inbox lets nothing run."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.demo import inbox
from newsletter.demo.catcher import Catcher
from newsletter.theme import template_folders
from newsletter.web.server import Listener
from tests.public_pages import http_client

MAIL = (
    b"From: news@example.org\r\nTo: <b>ada</b>@example.org\r\nSubject: =?utf-8?q?G=C5=B5yl_=3Cscript=3E?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Helo</p><script>alert(1)</script>\r\n"
)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with Catcher.running(tmp_path / "caught") as running:
        yield running


def test_it_keeps_mail_knows_somebody_not_and_greylists_once(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port) as client:
        client.sendmail("news@example.org", ["ada@example.org"], MAIL)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("news@example.org", ["gone@example.org"], MAIL)
        assert refused.value.recipients["gone@example.org"][0] == 550
        with pytest.raises(smtplib.SMTPRecipientsRefused) as later:
            client.sendmail("news@example.org", ["slow@example.org"], MAIL)
        assert later.value.recipients["slow@example.org"][0] == 451
        client.sendmail("news@example.org", ["slow@example.org"], MAIL)
    assert len(catcher.mails) == 2
    assert [file.read_bytes() for file in sorted(catcher.folder.iterdir())] == [MAIL, MAIL]


def test_the_inbox_shows_mails_and_runs_nothing(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port) as client:
        client.sendmail("news@example.org", ["ada@example.org"], MAIL)
    app = inbox.application(catcher, template_folders(None))
    with Listener.on("127.0.0.1", 0) as listener, listener.serving(app), http_client() as client_:
        pages = {path: client_.get(listener.address + path) for path in ("/", "/1", "/1/html", "/1/source", "/2")}
    assert [page.status_code for page in pages.values()] == [200, 200, 200, 200, 404]
    assert pages["/"].text.count("Gŵyl &lt;script&gt;") == 1
    assert "<script" not in pages["/"].text + pages["/1"].text
    assert 'sandbox="allow-popups"' in pages["/1"].text
    assert pages["/1/html"].headers["content-security-policy"].startswith("default-src 'none'")
    assert pages["/1/source"].headers["content-type"].startswith("text/plain")


def test_the_inbox_has_each_issue_once_with_its_time_and_first_words(catcher: Catcher) -> None:
    html = '<div class="preheader">The bus &amp; the bridge</div><p>Words</p>'
    mail = (
        "From: Pond <news@example.org>\r\nTo: {}\r\nSubject: Good news\r\nDate: Fri, 27 Nov 2026 14:05:00 +0000\r\n"
        f"Content-Type: text/html\r\n\r\n{html}\r\n"
    )
    with smtplib.SMTP("127.0.0.1", catcher.port) as client:
        for address in ("ada@example.org", "ben@example.org"):
            client.sendmail("news@example.org", [address], mail.format(address).encode())
    app = inbox.application(catcher, template_folders(None))
    with Listener.on("127.0.0.1", 0) as listener, listener.serving(app), http_client() as client_:
        page = client_.get(listener.address).text
    for once in (
        "Good news",
        "14:05</time>",
        "The bus &amp; the bridge",
        "2 readers",
        "ada@example.org",
        "ben@example",
    ):
        assert page.count(once) == 1, once
