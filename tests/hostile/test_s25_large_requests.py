"""S25: forms above 8 KB are refused, whatever length they claim, and change nothing."""

from collections.abc import Iterator

import pytest

from tests.conftest import Cast
from tests.public_pages import Mailbox, Pages


def endless(size: int) -> Iterator[bytes]:
    """Yield a body in pieces, which is sent without a Content-Length."""
    yield b"List-Unsubscribe=One-Click&x="
    for _ in range(size // 1024):
        yield b"x" * 1024


@pytest.mark.parametrize("path", ["", "/undo"])
def test_a_form_above_the_cap_is_refused_and_changes_nothing(cast: Cast, pages: Pages, path: str) -> None:
    before = pages.everything()
    whole = pages.client.post(pages.link(cast.ada) + path, content=b"x" * 10_000_000)
    pieces = pages.client.post(pages.link(cast.ada) + path, content=endless(200_000))
    assert (whole.status_code, pieces.status_code) == (413, 413)
    assert pages.everything() == before


def test_a_form_just_below_the_cap_is_read(cast: Cast, pages: Pages) -> None:
    assert pages.client.post(pages.link(cast.ada), content=b"x" * 8192).status_code == 200
    assert pages.consent(cast.ada) == "withdrawn"


@pytest.mark.parametrize("path", ["/subscribe", "/p/{u}", "/p/{u}/address", "/confirm/{r}"])
def test_no_other_form_takes_more(cast: Cast, mailbox: Mailbox, path: str) -> None:
    signer = mailbox.pages.signer
    url = mailbox.pages.url + path.format(u=signer.unsubscribe(cast.ada, 1), r=signer.request(1))
    before = mailbox.pages.everything()
    for content in (b"x" * 10_000_000, endless(200_000)):
        assert mailbox.pages.client.post(url, content=content).status_code == 413
    assert mailbox.pages.everything() == before


def test_a_form_of_many_fields_says_nothing(mailbox: Mailbox) -> None:
    form = "&".join(["email=eve@example.org", *(f"x{n}=1" for n in range(100))])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = mailbox.pages.client.post(f"{mailbox.pages.url}/subscribe", content=form, headers=headers)
    assert answer.status_code == 422
