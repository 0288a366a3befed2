"""S6: a POST that another site's page makes a browser send leaves at most a request that the mailbox must confirm."""

import pytest

from tests.conftest import Cast
from tests.public_pages import Mailbox

ELSEWHERE = {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"}


def test_a_cross_site_post_subscribes_nobody(cast: Cast, mailbox: Mailbox) -> None:
    before = mailbox.pages.everything()
    for address in ("cleo@example.org", "new@example.org", "ben@example.org"):
        form = {"email": address, "consent": "confirmed", "first_name": "X"}
        mailbox.pages.client.post(f"{mailbox.pages.url}/subscribe", data=form, headers=ELSEWHERE)
    mailbox.mails(3)
    assert mailbox.pages.everything() == before


@pytest.mark.parametrize(
    "path", ["/subscribe", "/u/{}", "/u/{}/undo", "/u/{}/why", "/p/{}", "/p/{}/address", "/confirm/{}"]
)
def test_no_answer_sets_a_cookie_or_lets_another_site_read_it(cast: Cast, mailbox: Mailbox, path: str) -> None:
    signer = mailbox.pages.signer
    token = signer.request(1) if "confirm" in path else signer.unsubscribe(cast.ada, 1)
    url = mailbox.pages.url + path.format(token)
    for method in ("GET", "POST"):
        answer = mailbox.pages.client.request(method, url, data={"email": "x@example.org"}, headers=ELSEWHERE)
        assert "set-cookie" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert not mailbox.pages.client.cookies


def test_a_cookie_that_comes_along_changes_nothing(cast: Cast, mailbox: Mailbox) -> None:
    headers = {"Cookie": "session=admin; subscriber=1"}
    answer = mailbox.pages.client.post(f"{mailbox.pages.url}/u/nonsense", headers=headers)
    assert answer.status_code == 404
