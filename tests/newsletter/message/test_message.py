"""The whole message, parsed again as a receiver would."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from newsletter.compiler import CompiledEmail
from newsletter.errors import MessageError
from newsletter.issue import Issue, Letterhead
from newsletter.message import MessageBuilder, MessageIds, Recipient
from subscribers.tokens import LinkSigner, read_return_path

KEY = "a secret key of the tests, long enough"
ADA = Recipient(7, 3, "ada@example.org", "Ada", "Llŷr", {})


@pytest.fixture
def issue(email: CompiledEmail, head: Letterhead) -> Issue:
    return Issue(12, "good-news", "f" * 64, datetime(2026, 3, 1, 12, tzinfo=UTC), 5, 4, email, head)


@pytest.fixture
def builder(issue: Issue, builder_of: Callable[[Issue], MessageBuilder]) -> MessageBuilder:
    return builder_of(issue)


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_each_field_that_must_be_there_is_there_once(builder: MessageBuilder) -> None:
    message = parsed(builder.build(ADA).content)
    for name in (
        "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post", "Feedback-ID", "MIME-Version", "Content-Type",
    ):  # fmt: skip
        assert len(message.get_all(name, [])) == 1, name
    assert message["From"].addresses[0].display_name == "Gŵyl, Cardiff"
    assert message["From"].addresses[0].addr_spec == "news@example.org"
    assert message["To"].addresses[0].display_name == "Ada Llŷr"
    assert message["To"].addresses[0].addr_spec == "ada@example.org"
    assert message["Subject"] == "Newyddion da: good news"
    assert message["Date"].datetime == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert message["List-Id"] == "<news.example.org>"


def test_the_one_click_header_is_raw_on_one_line_and_opens_with_our_key(builder: MessageBuilder) -> None:
    content = builder.build(ADA).content
    line = re.search(rb"\r\nList-Unsubscribe: <https://news\.example\.org/u/([^>\s]+)>\r\n", content)
    assert line
    assert LinkSigner([KEY], "news.example.org").read_unsubscribe(line[1].decode()) == (3, 12)
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_the_header_stays_raw_when_the_public_address_is_long(issue: Issue) -> None:
    long = replace(issue.letterhead, base_url="https://news.example.org/" + "a/long/path/" * 12)
    builder = MessageBuilder(replace(issue, letterhead=long), LinkSigner([KEY], "news.example.org"), KEY)
    content = builder.build(ADA).content
    assert b"\r\nList-Unsubscribe: <https://news.example.org/a/long/path/" in content
    assert b"=?" not in content.partition(b"List-Unsubscribe:")[2].partition(b"\r\n")[0]


def test_both_parts_say_the_same_to_the_reader_they_are_for(builder: MessageBuilder) -> None:
    message = parsed(builder.build(ADA).content)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    text = plain.get_content().replace("\r\n", "\n")
    assert text.startswith("Dear Ada,\n.\nFrom Cardiff, with ŵyl.\nhttps://news.example.org/u/3.12.")
    assert "<p>Dear Ada, it is ŵyl.</p>" in html.get_content()
    assert 'href="https://news.example.org/u/3.12.' in html.get_content()


def test_the_wire_carries_seven_bits_and_short_canonical_lines(builder: MessageBuilder) -> None:
    content = builder.build(ADA).content
    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    assert content.endswith(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    body = content.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76


def test_the_same_person_gets_the_same_bytes_at_every_attempt(builder: MessageBuilder, issue: Issue) -> None:
    other = MessageBuilder(issue, LinkSigner([KEY], "news.example.org"), KEY)
    assert builder.build(ADA) == other.build(ADA)


def test_every_person_has_a_message_id_of_their_own(issue: Issue) -> None:
    ids = set(map(MessageIds(issue).of, range(5000)))
    assert len(ids) == 5000
    assert all(re.fullmatch(r"<12\.[0-9a-f]{30}@example\.org>", each) for each in ids)


def test_bounces_come_back_to_an_address_that_names_the_delivery(builder: MessageBuilder) -> None:
    mail = builder.build(ADA)
    assert mail.forward_path == "ada@example.org"
    assert mail.reverse_path.startswith("bounces+")
    assert mail.reverse_path.endswith("@example.org")
    assert read_return_path([KEY], mail.reverse_path) == (3, 12)


def test_without_a_return_path_bounces_come_to_the_sender(issue: Issue) -> None:
    issue = replace(issue, letterhead=replace(issue.letterhead, return_path=None, reply_to=None))
    mail = MessageBuilder(issue, LinkSigner([KEY], "news.example.org"), KEY).build(ADA)
    assert mail.reverse_path == "news@example.org"
    assert b"Reply-To" not in mail.content


HOSTILE_NAMES = [
    "{{ 7*7 }}",
    "{% for x in y %}",
    "\ue000email\ue001",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=?utf-8?q?=0D=0ABcc:_evil@example.org?=",
    "a\u202eb",
    "." * 300,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_is_a_value_and_never_code(builder: MessageBuilder, name: str) -> None:
    message = parsed(builder.build(Recipient(7, 3, "ada@example.org", name)).content)
    plain, html = message.iter_parts()
    assert f"Dear {name}," in plain.get_content()
    assert "<script>" not in html.get_content()
    assert "<img" not in html.get_content()
    assert message["Bcc"] is None


@pytest.mark.parametrize("name", ["a\r\nBcc: evil@example.org", "a\nb", "a\x00b", "a\rb", "a" * 1000])
def test_a_name_that_would_break_the_header_is_one_persons_trouble(builder: MessageBuilder, name: str) -> None:
    with pytest.raises(MessageError, match="ada@example"):
        builder.build(Recipient(7, 3, "ada@example.org", name))


def test_an_empty_name_leaves_the_fallback(builder: MessageBuilder) -> None:
    message = parsed(builder.build(Recipient(7, 3, "ada@example.org")).content)
    assert next(message.iter_parts()).get_content().startswith("Dear friend,")
    assert message["To"] == "ada@example.org"


def test_a_personal_subject_is_each_readers_own(issue: Issue, builder_of: Callable[[Issue], MessageBuilder]) -> None:
    email = replace(issue.email, subject="\ue000first_name|Friend\ue001, good news for \ue000town\ue001")
    builder = builder_of(replace(issue, email=email))
    assert parsed(builder.build(ADA).content)["Subject"] == "Ada, good news for "
    sian = Recipient(8, 4, "sian@example.org", "Siân", "", {"town": "Tŷ-croes"})
    assert parsed(builder.build(sian).content)["Subject"] == "Siân, good news for Tŷ-croes"
