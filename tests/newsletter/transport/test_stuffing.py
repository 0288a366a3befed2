"""Content on the wire: what goes in comes out at the other end, and nothing in it can end the mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import MailObject
from newsletter.transport.smtp.stuffing import stuffed
from newsletter.transport.smtp.transaction import prepared

lines = st.lists(st.text(st.characters(min_codepoint=1, max_codepoint=126, exclude_characters="\r\n"), max_size=12))
dotted = st.lists(st.sampled_from([".", "..", "", "a", ".a"]))


@given(st.one_of(lines, dotted))
def test_a_receiver_gets_back_exactly_what_was_given(parts: list[str]) -> None:
    content = "".join(part + "\r\n" for part in parts).encode()
    received = b"".join(line.removeprefix(b".") for line in stuffed(content).splitlines(keepends=True))
    assert received == content or (content == b"" and received == b"\r\n")


@given(st.one_of(lines, dotted))
def test_no_line_of_the_content_is_a_lone_dot(parts: list[str]) -> None:
    content = "\r\n".join(parts).encode()
    assert b"." not in stuffed(content).split(b"\r\n")


def test_a_last_line_without_an_end_gets_one() -> None:
    assert stuffed(b"Hi") == b"Hi\r\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a\nb\r\n", "bare"),
        (b"a\r\n.\nb\r\n", "bare"),
        (b"a\n.\r\nb\r\n", "bare"),
        (b"a\r.\rb\r\n", "bare"),
        (b"a\r\r\nb\r\n", "bare"),
        (b"a\r", "bare"),
        (b"\n", "bare"),
        (b"a\0b\r\n", "NUL"),
        ("Dŵr\r\n".encode(), "ASCII"),
        (b"a\r\n" + b"b" * 999 + b"\r\n", "998"),
        (b"b" * 999, "998"),
        (b"\r\n" * 999 + b"b" * 999 + b"\r\nc\r\n", "998"),
    ],
)
def test_content_that_is_not_canonical_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        stuffed(content)


@given(st.lists(st.integers(0, 1200), max_size=12))
def test_a_line_may_have_998_octets_and_no_more(lengths: list[int]) -> None:
    content = b"".join(b"x" * length + b"\r\n" for length in lengths)
    if all(length <= 998 for length in lengths):
        assert stuffed(content) == (content or b"\r\n")
    else:
        with pytest.raises(ValueError, match="998"):
            stuffed(content)


@pytest.mark.parametrize("content", [b"na\xc3\xafve\r\n", b"Hi"])
def test_what_a_builder_vouches_for_is_looked_at_all_the_same(content: bytes) -> None:
    mail = MailObject(1, "news@example.org", "ada@example.org", content, plain=True)
    if content.isascii():
        assert prepared(mail, with_size=False).content == content + b"\r\n"
    else:
        with pytest.raises(ValueError, match="beyond ASCII"):
            prepared(mail, with_size=False)
