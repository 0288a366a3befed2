"""Header fields: exact round trips, and never two fields where one was meant (S9)."""

import re
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message.headers import mailbox, unstructured
from newsletter.settings import Mailbox

printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
words = printable.map(lambda text: " ".join(text.split()))


def parse(field: bytes, name: str) -> str:
    message = BytesParser(policy=policy.default).parsebytes(field + b"\r\n")
    assert len(message.keys()) == 1, field
    return str(message[name])


def lines_are_sound(field: bytes) -> None:
    assert field.endswith(b"\r\n")
    assert field.isascii()
    for line in field[:-2].split(b"\r\n"):
        assert len(line) <= 998
        assert b"\r" not in line
        assert b"\n" not in line
    for word in re.findall(rb"=\?[^? ]+\?[^? ]\?[^? ]*\?=", field):
        assert len(word) <= 75


@given(words)
def test_any_subject_comes_back_as_it_was_written(text: str) -> None:
    field = unstructured("Subject", text)
    lines_are_sound(field)
    assert parse(field, "Subject") == text


@pytest.mark.parametrize(
    "subject",
    [
        "Newyddion da! Six pieces of good news",
        "Ŵyl y Gŵr: llythyr agored – “joyous updates” 🎂",
        "a, b; c: <d> (e) \"f\" 'g' @ \\ h",
        "Long " * 60,
        "Ŷ" * 300,
        "=?utf-8?q?=0D=0ABcc:_evil@example.org?=",
        "100% = all?",
    ],
)
def test_subjects_people_write_survive(subject: str) -> None:
    field = unstructured("Subject", subject.strip())
    lines_are_sound(field)
    assert parse(field, "Subject") == subject.strip()


@given(words)
def test_any_display_name_comes_back_as_it_was_written(name: str) -> None:
    field = mailbox("From", Mailbox(name, "news@example.org"))
    lines_are_sound(field)
    # Read by the older parser, because the newer one puts a space between two encoded-words of a name.
    written = BytesParser(policy=policy.compat32).parsebytes(field + b"\r\n")["From"]
    phrase, address = parseaddr(re.sub(r"\r\n", "", written))
    assert address == "news@example.org"
    assert str(make_header(decode_header(phrase))) == name


HOSTILE = [
    "x\r\nBcc: evil@example.org",
    "x\nBcc: evil@example.org",
    "x\rBcc: evil@example.org",
    "x\x00y",
    "x\x85Bcc: evil@example.org",
    "x\u2028Bcc: evil@example.org",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_line_end_in_a_value_is_refused_rather_than_written(payload: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        unstructured("Subject", payload)
    with pytest.raises(ValueError, match="control character"):
        mailbox("To", Mailbox(payload, "ada@example.org"))


@pytest.mark.parametrize("name", ["=?utf-8?q?=0D=0ABcc:_evil@example.org?=", "=?us-ascii?b?DQpCY2M6IGU=?= x"])
def test_an_encoded_word_in_plain_words_is_neutralised(name: str) -> None:
    for field in (unstructured("Subject", name), mailbox("To", Mailbox(name, "ada@example.org"))):
        lines_are_sound(field)
        message = BytesParser(policy=policy.default).parsebytes(field + b"\r\n")
        assert message["Bcc"] is None
        assert b"=0D=0A" not in field
        assert b"DQpCY2M6" not in field
