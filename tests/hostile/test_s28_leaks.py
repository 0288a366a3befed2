"""S28: pages are not indexed, cached, framed, or named to the next site in a Referer."""

import pytest

from tests.conftest import Cast
from tests.public_pages import Mailbox

PATHS = [
    "/subscribe",
    "/u/{u}",
    "/u/{u}/undo",
    "/u/{u}/why",
    "/p/{u}",
    "/p/{u}/address",
    "/confirm/{r}",
    "/u/x",
    "/confirm/x",
    "/x",
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_to_itself(cast: Cast, mailbox: Mailbox, path: str, method: str) -> None:
    signer = mailbox.pages.signer
    url = mailbox.pages.url + path.format(u=signer.unsubscribe(cast.ada, 1), r=signer.request(1))
    headers = mailbox.pages.client.request(method, url).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers


def test_preferences_show_nothing_of_what_is_held(cast: Cast, mailbox: Mailbox) -> None:
    path = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}"
    shown = mailbox.pages.client.get(mailbox.pages.url + path).text
    shown += mailbox.post(path, first_name="Adelaide", language="en").text
    for secret in ("ada@example.org", "Ada", "Adelaide"):
        assert secret not in shown
