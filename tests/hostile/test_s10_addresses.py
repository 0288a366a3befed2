"""S10, S12: addresses that could become two recipients, a command or an ESMTP parameter are refused."""

import io
from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import writing
from subscribers.address import normalise
from subscribers.errors import BadAddress
from subscribers.imports import ConsentEvidence, Options, import_subscribers
from subscribers.tables import subscribers
from tests.conftest import within

PAYLOADS = [
    '"b\r\nRCPT TO:<evil@example.net>"@example.org',
    "b@example.org\r\nRCPT TO:<evil@example.net>",
    "b@example.org>\r\nDATA",
    "b@example.org> SIZE=1 <c@example.net",
    "b@example.org NOTIFY=SUCCESS",
    "b@example.org,evil@example.net",
    "b@example.org;evil@example.net",
    "b@example.org evil@example.net",
    "evil@example.net,b@example.org",
    "friends: evil@example.net, b@example.org;",
    "<evil@example.net>",
    "Bob <evil@example.net>",
    "b(evil@example.net)@example.org",
    "@relay.example,@other.example:evil@example.net",
    "@relay.example:evil@example.net",
    '"b"@example.org',
    '"evil@example.net"@example.org',
    "b\\@evil@example.org",
    "b@[192.0.2.1]",
    "b@[IPv6:2001:db8::1]",
    "b@example.org\0",
    "b\0@example.org",
    "b@exam\tple.org",
    "b\u2028@example.org",
    "b@example.org\u0085RCPT",
    "b\uff20example.org",
    "b@example\u3002org\uff0cevil@example.net",
    "=?utf-8?q?b=0D=0ARCPT?=@example.org\r\n",
    "b@=?utf-8?q?example.org?=",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_could_be_two_recipients_or_a_command_is_refused(payload: str) -> None:
    try:
        address = normalise(payload)
    except BadAddress:
        return
    # Where the ambiguity was around the address and not in it: one recipient, and nothing but plain letters.
    assert address.count("@") == 1
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' ",:;<>()[]\\')
    assert "evil" not in address


def test_no_payload_reaches_the_list_through_a_csv(engine: Engine, noon: datetime) -> None:
    rows = "".join('"' + payload.replace('"', '""') + '"\n' for payload in PAYLOADS)
    file = io.BytesIO(("email\n" + rows).encode())
    with writing(engine) as connection:
        evidence = ConsentEvidence("yes", "import", noon)
        report = import_subscribers(within(connection), file, evidence, options=Options(go_on=lambda brake: True))
        addresses = connection.scalars(select(subscribers.c.address)).all()
    assert report.rows == len(PAYLOADS)
    assert report.rejected >= len(PAYLOADS) - 7
    # "Bob <evil@example.net>" and "one, other" are what people write: one row is one recipient at most.
    assert sorted(addresses) == ["=?utf-8?q?b=0d=0arcpt?=@example.org", "b@example.org", "evil@example.net"]
