"""Anybody can send anything to a bounce mailbox: whatever it is, it is read, soon, and without an error."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bounces.parse.kinds import AutoReply, Bounce, Complaint, Unknown, Unsubscribe
from newsletter.bounces.parse.letter import MOST_DEPTH, MOST_PARTS, open_letter
from newsletter.bounces.parse.reader import FeedbackReader
from tests.examples import examples
from tests.newsletter.bounces.conftest import KEY, LIST, MAILS, signed_for

READER = FeedbackReader([KEY], LIST)
FIXTURES = [signed_for(41, 7, file.read_bytes()) for file in sorted(MAILS.glob("*.eml"))]
KINDS = (AutoReply, Bounce, Complaint, Unknown, Unsubscribe)
GRAINS = [
    b"\n\n",
    b"\0",
    b"\r",
    b"\n--cut-here/1\n",
    b'Content-Type: multipart/report; boundary="',
    b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"charset=unicode_escape",
    b"charset*0*=x'%ff",
    b"=?utf-7?b?\xff?=",
    b"Final-Recipient: ;;;\n",
    b"Status: 5.1.1\n",
]

any_mail = st.one_of(
    st.binary(max_size=3000),
    st.lists(st.one_of(st.sampled_from(GRAINS), st.binary(max_size=40)), max_size=60).map(b"".join),
)


@given(any_mail)
@examples(500)
def test_any_bytes_at_all_are_read(mail: bytes) -> None:
    assert isinstance(READER.read(mail), KINDS)


@pytest.mark.thorough
@given(st.sampled_from(FIXTURES), st.randoms(use_true_random=False))
@examples(500)
def test_a_real_bounce_that_was_damaged_is_read(mail: bytes, chance: random.Random) -> None:
    assert isinstance(READER.read(damaged(mail, chance)), KINDS)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "bomb",
    [
        lambda: b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(20_000)),
        lambda: b"Content-Type: message/rfc822\n\n" * 30_000,
        lambda: b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 100_000,
        lambda: b"Content-Type: text/html\n\n" + b"<" * 900_000,
        lambda: b"a: b\n" * 200_000,
        lambda: b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\n\n",
        lambda: b"Content-Type: text/plain; " + b"a*0*=b;" * 130_000 + b"\n\n",
        lambda: b"From: mailer-daemon\n\n" + b"-" * 900_000,
        lambda: b"From: mailer-daemon\n\n" + b"user unknown mailbox " * 40_000,
        lambda: b"Subject: x\n\n" + b'{"Message":' * 90_000,
        lambda: b"To: " + b"a+1-2-" * 150_000 + b"\n\n",
    ],
    ids=["nested", "enclosed", "parts", "tags", "fields", "words", "parameters", "line", "phrases", "json", "tokens"],
)
def test_a_mail_made_to_cost_much_is_read_like_any_other(bomb: Callable[[], bytes]) -> None:
    """No clock here: with any of the bounds gone, one of these takes minutes, or ends in a RecursionError."""
    assert isinstance(READER.read(bomb()), KINDS)


def test_the_parts_of_a_mail_are_counted_and_its_depth_is_bounded() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(50))
    letter = open_letter(deep + b"\nthe bottom")
    assert len(letter.parts) == 1
    assert letter.parts[0].text.count("boundary=") == 50 - MOST_DEPTH - 1
    wide = open_letter(b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 500)
    assert len(wide.parts) == MOST_PARTS


def damaged(mail: bytes, chance: random.Random) -> bytes:
    """Change, cut, repeat or insert a few stretches of `mail`."""
    raw = bytearray(mail)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(raw) + 1)
        match chance.randrange(5):
            case 0 if raw:
                raw[place % len(raw)] = chance.randrange(256)
            case 1:
                del raw[place : place + chance.randint(1, 300)]
            case 2:
                raw[place:place] = chance.choice(GRAINS)
            case 3:
                raw[place:place] = chance.choice(FIXTURES)[: chance.randint(1, 2000)]
            case _:
                raw = raw[: max(place, 1)]
    return bytes(raw)
