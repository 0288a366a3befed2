"""Links and return paths that only we can have made."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.address import normalise
from subscribers.errors import BadAddress, BadLink
from subscribers.tokens import LinkSigner, ReturnPaths, read_return_path

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
    assert signer._web[0].sign("12.3") != signer._unsubscribe[0].sign("12.3")


def test_no_key_signs_nothing() -> None:
    for keys in ([], [""], [KEY, ""]):
        with pytest.raises(ValueError, match="without a key"):
            LinkSigner(keys, "news.example.org")


@given(IDS, IDS)
def test_a_return_path_survives_servers_that_change_its_case(subscriber_id: int, issue_id: int) -> None:
    path = ReturnPaths(KEY, "Bounces@example.org").of(subscriber_id, issue_id)
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
    path = ReturnPaths(KEY, "bounces@example.org").of(12, 3)
    with pytest.raises(BadLink):
        read_return_path([KEY], spoilt(path))
    with pytest.raises(BadLink):
        read_return_path([OTHER], path)


def test_a_return_path_is_an_address_or_refused() -> None:
    longest = "b" * 15 + "@example.org"
    local = ReturnPaths(KEY, longest).of(10**15, 10**13).partition("@")[0]
    assert len(local) == 64
    with pytest.raises(BadAddress):
        ReturnPaths(KEY, "b" + longest).of(10**15, 10**13)


# Numbers that rows can have: with longer ones there may be no room for the token in the address.
@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1), st.booleans())
@example(2**31 - 1, 2**31 - 1, True)
def test_a_mail_to_unsubscribe_is_read_as_mail_programs_send_it(
    subscriber_id: int, issue_id: int, tagged: bool
) -> None:
    link = LinkSigner([OLD], "news.example.org").unsubscribe_mail(
        "news@example.org", subscriber_id, issue_id, tagged=tagged
    )
    address, subject = unquote(urlsplit(link).path), parse_qs(urlsplit(link).query)["subject"][0]
    signer = LinkSigner([KEY, OLD], "news.example.org")
    for seen in (subject, subject.upper(), f"Re: {subject}", f"{subject} (sent from my phone)"):
        assert signer.read_unsubscribe_mail("news@example.org", seen) == (subscriber_id, issue_id)
    assert normalise(address) == address
    if tagged:
        assert signer.read_unsubscribe_mail(f"News <{address.title()}>", "") == (subscriber_id, issue_id)
    else:
        assert address == "news@example.org"


def test_a_mailbox_with_no_room_for_a_token_has_it_in_the_subject_alone() -> None:
    signer = LinkSigner([KEY], "news.example.org")
    link = signer.unsubscribe_mail(f"{'n' * 40}@example.org", 12, 3, tagged=True)
    assert urlsplit(link).path == f"{'n' * 40}@example.org"
    assert signer.read_unsubscribe_mail(link) == (12, 3)


def test_a_mail_says_neither_more_nor_less_than_a_link() -> None:
    signer = LinkSigner([KEY], "news.example.org")
    assert len(f"List-Unsubscribe: <{signer.unsubscribe_mail('news@example.org', 10**7, 999, tagged=True)}>") < 200
    for text in ("", "Unsubscribe me please", "unsubscribe-12-3-", signer.unsubscribe(12, 3), return_path_of(12, 3)):
        with pytest.raises(BadLink):
            signer.read_unsubscribe_mail(text, text)


def return_path_of(subscriber_id: int, issue_id: int) -> str:
    stamp = ReturnPaths(KEY, "bounces@example.org").of(subscriber_id, issue_id).partition("+")[2].partition("@")[0]
    return f"unsubscribe-{stamp}"
