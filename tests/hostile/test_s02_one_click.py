"""S2: a one-click POST (RFC 8058), whatever its body: 200, no redirect, no cookie, and one unsubscribe."""

import pytest
from sqlalchemy import Engine, func, select

from newsletter.database.engine import reading
from subscribers.tables import consents
from tests.conftest import Cast
from tests.public_pages import Pages

MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    b'--b\r\nContent-Disposition: form-data; name="x"; filename="y"\r\nContent-Type: text/plain\r\n\r\nz\r\n--b--\r\n'
)
FORM = "application/x-www-form-urlencoded"

BODIES = {
    "urlencoded": (FORM, b"List-Unsubscribe=One-Click"),
    "urlencoded with a charset": (f"{FORM}; charset=UTF-8", b"List-Unsubscribe=One-Click"),
    "a charset nobody knows": (f"{FORM}; charset=x-klingon", b"List-Unsubscribe=One-Click"),
    "a type in capitals": (FORM.upper(), b"List-Unsubscribe=One-Click"),
    "multipart": ("multipart/form-data; boundary=b", MULTIPART),
    "multipart without its boundary": ("multipart/form-data", MULTIPART),
    "multipart cut short": ("multipart/form-data; boundary=b", MULTIPART[:40]),
    "extra fields": (FORM, b"a=1&List-Unsubscribe=One-Click&List-Unsubscribe=One-Click&b=%00%ff"),
    "many fields": (FORM, b"&".join(b"a%d=1" % number for number in range(500)) + b"&List-Unsubscribe=One-Click"),
    "another case": (FORM, b"list-unsubscribe=one-click"),
    "not a form": ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
    "no form at all": (FORM, b"\xff\xfe\x00%%%=&&&=;"),
    "no type": ("", b"List-Unsubscribe=One-Click"),
    "nothing": ("", b""),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_one_click_post_unsubscribes_once(engine: Engine, cast: Cast, pages: Pages, body: tuple[str, bytes]) -> None:
    kind, content = body
    headers = {"Content-Type": kind} if kind else {}
    for _ in range(2):
        answer = pages.client.post(pages.link(cast.ada), content=content, headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.text) == (200, "You are unsubscribed.\n")
        assert answer.headers["content-type"].startswith("text/plain")
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers
    assert pages.consent(cast.ada) == "withdrawn"
    assert [pages.consent(other) for other in (cast.ben, cast.dot)] == ["pending", "confirmed"]
    with reading(engine) as connection:
        count = select(func.count()).where(consents.c.subscriber_id == cast.ada, consents.c.source == "one-click")
        assert connection.scalar(count) == 1


def test_a_post_needs_no_cookie_no_origin_and_no_referer(cast: Cast, pages: Pages) -> None:
    headers = {"Origin": "https://evil.example", "Cookie": "session=1", "Referer": "https://mail.example/", "DNT": "1"}
    assert pages.client.post(pages.link(cast.ada), headers=headers).status_code == 200
    assert pages.consent(cast.ada) == "withdrawn"


def test_a_forged_one_click_post_changes_nothing(cast: Cast, pages: Pages) -> None:
    before = pages.everything()
    answer = pages.client.post(f"{pages.url}/u/{cast.ada}.1.{'A' * 43}", content=b"List-Unsubscribe=One-Click")
    assert answer.status_code == 404
    assert pages.everything() == before
