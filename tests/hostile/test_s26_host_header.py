"""S26: links are built only from the configured address, whatever the Host header of a request says."""

from urllib.parse import urlsplit

import pytest

from tests.conftest import Cast
from tests.public_pages import Mailbox

POISON = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Original-URL": "https://evil.example/"},
]


@pytest.mark.parametrize("headers", POISON, ids=lambda headers: next(iter(headers)))
def test_a_mail_leads_to_us(mailbox: Mailbox, headers: dict[str, str]) -> None:
    form = {"email": "eve@example.org"}
    mailbox.pages.client.post(f"{mailbox.pages.url}/subscribe", data=form, headers=headers)
    assert urlsplit(mailbox.link()).netloc == urlsplit(mailbox.pages.url).netloc
    assert "evil" not in mailbox.mails(1)[0].as_string()


@pytest.mark.parametrize("headers", POISON, ids=lambda headers: next(iter(headers)))
@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/", "/u/{}", "/u/{}/", "/p/{}", "/archive/", "/nonsense"])
def test_no_page_repeats_the_host(cast: Cast, mailbox: Mailbox, path: str, headers: dict[str, str]) -> None:
    url = mailbox.pages.url + path.format(mailbox.pages.signer.unsubscribe(cast.ada, 1))
    for method in ("GET", "POST"):
        answer = mailbox.pages.client.request(method, url, headers=headers)
        assert "evil" not in answer.text + str(answer.headers)
