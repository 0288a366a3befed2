"""Links and return paths that only we can have made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import BadAddress, BadLink
from subscribers.tokens import LinkSigner, read_return_path, return_path

KEY, OLD, OTHER = "new key " * 5, "old key " * 5, "other key " * 4
IDS = st.integers(0, 10**15)


@given(IDS, IDS)
def test_a_token_says_what_was_signed(subscriber_id: int, issue_id: int) -> None:
    signer = LinkSigner([KEY, OLD], "news.example.org")
    assert signer.read_unsubscribe(signer.unsubscribe(subscriber_id, issue_id)) == (subscriber_id, issue_id)
    assert signer.read_web(signer.web(issue_id)) == issue_id


def test_links_are_short_enough_for_one_header_line() -> None:
    token = LinkSigner([KEY], "news.example.org").unsubscribe(9_999_999, 999)
    assert len(f"List-Unsubscribe: <https://news.example.org/u/{token}>") < 120


def test_old_mail_works_after_the_key_has_changed() -> None:
    token = LinkSigner([OLD], "news.example.org").unsubscribe(12, 3)
    rotated = LinkSigner([KEY, OLD], "news.example.org")
    assert rotated.read_unsubscribe(token) == (12, 3)
    assert rotated.unsubscribe(12, 3) == LinkSigner([KEY], "news.example.org").unsubscribe(12, 3) != token


def test_a_link_of_one_kind_is_refused_as_another() -> None:
    signer = LinkSigner([KEY], "news.example.org")
    with pytest.raises(BadLink):
        signer.read_web(signer.unsubscribe(12, 3))
    with pytest.raises(BadLink):
        signer.read_unsubscribe(f"12.{signer.web(3)}")


def test_the_same_words_are_signed_differently_for_each_purpose() -> None:
    signer = LinkSigner([KEY], "news.example.org")
    assert signer._web.sign("12.3") != signer._unsubscribe.sign("12.3")


def test_no_key_signs_nothing() -> None:
    for keys in ([], [""], [KEY, ""]):
        with pytest.raises(ValueError, match="without a key"):
            LinkSigner(keys, "news.example.org")


@given(IDS, IDS)
def test_a_return_path_survives_servers_that_change_its_case(subscriber_id: int, issue_id: int) -> None:
    path = return_path(KEY, "Bounces@example.org", subscriber_id, issue_id)
    for seen in (path, path.upper(), path.title()):
        assert read_return_path([OTHER, KEY], seen) == (subscriber_id, issue_id)


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda path: path.replace("+12-", "+13-"),
        lambda path: path.replace("-3-", "-4-"),
        lambda path: path.replace("example.org", "example.net"),
        lambda path: path.replace("bounces", "bouncer"),
        lambda path: path[:20] + ("a" if path[20] != "a" else "b") + path[21:],
        lambda path: "bounces@example.org",
        lambda path: "",
    ],
)
def test_a_return_path_that_is_not_ours_is_refused(spoilt: object) -> None:
    assert callable(spoilt)
    path = return_path(KEY, "bounces@example.org", 12, 3)
    with pytest.raises(BadLink):
        read_return_path([KEY], spoilt(path))
    with pytest.raises(BadLink):
        read_return_path([OTHER], path)


def test_a_return_path_is_an_address_or_refused() -> None:
    longest = "b" * 15 + "@example.org"
    local = return_path(KEY, longest, 10**15, 10**13).partition("@")[0]
    assert len(local) == 64
    with pytest.raises(BadAddress):
        return_path(KEY, "b" + longest, 10**15, 10**13)
