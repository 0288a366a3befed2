"""Addresses on the wire: octet by octet, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.transport.smtp import commands

HOSTILE = [
    "",
    " ",
    "ada@example.org ",
    "ada@example.org\r\nRCPT TO:<evil@example.net>",
    '"b\r\nRCPT TO:<evil@example.net>"@example.org',
    "ada@example.org>",
    "<ada@example.org>",
    "ada@example.org> ORCPT=rfc822;evil@example.net",
    "ada@example.org\n",
    "ada@example.org\0",
    "ada@example.org\x7f",
    '"a b"@example.org',
    "ŵyl@example.org",
    "@example.net:ada@example.org",
    "a" * 255,
]


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_refused_as_recipient(address: str) -> None:
    with pytest.raises(ValueError, match="envelope"):
        commands.rcpt_to(address)


@pytest.mark.parametrize("address", HOSTILE[1:])
def test_a_hostile_address_is_refused_as_sender(address: str) -> None:
    with pytest.raises(ValueError, match="envelope"):
        commands.mail_from(address, None)


@given(st.text(max_size=40))
def test_what_is_not_refused_stands_there_octet_by_octet(address: str) -> None:
    try:
        line = commands.rcpt_to(address)
    except ValueError:
        return
    assert line == f"RCPT TO:<{address}>\r\n".encode()
    assert line.count(b"<") == line.count(b">") == line.count(b"\n") == line.count(b" ") == 1


@pytest.mark.parametrize(
    "address", ["ada@example.org", '"ada,ben"@example.org', "a+b=c@EXAMPLE.org", "o'hara@example.org"]
)
def test_a_good_address_is_not_tidied_up(address: str) -> None:
    assert commands.rcpt_to(address) == b"RCPT TO:<%b>\r\n" % address.encode()


def test_the_null_reverse_path_and_the_size() -> None:
    assert commands.mail_from("", None) == b"MAIL FROM:<>\r\n"
    assert commands.mail_from("news@example.org", 10) == b"MAIL FROM:<news@example.org> SIZE=10\r\n"
