"""M9: the bytes of every message, held by the number of the format that built them."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from newsletter.compiler import CompiledEmail
from newsletter.errors import OtherFormat
from newsletter.issue import MESSAGE_FORMAT, Issue, Letterhead
from newsletter.message import MessageBuilder, Recipient
from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_key import Ed25519Key
from newsletter.settings import Mailbox
from subscribers.tokens import LinkSigner

KEY = "a secret key of the tests, long enough"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FORMATS = Path(__file__).with_name("formats.json")
LONG = "Mae’r cyngor wedi dweud ie: £5,000 i’r neuadd. " * 30
EMAIL = CompiledEmail(
    subject="Newyddion da, \ue000first_name|ffrind\ue001: the council said “yes” to everything that we asked it for",
    preheader="The council said yes.",
    html=f"<!DOCTYPE html><html><body><p>\ue000first_name|ffrind\ue001 \ue000last_name|\ue001</p>\n<p>{LONG}</p>"
    ".\n<p>=20 \t \n</p><a href='\ue000unsubscribe_url\ue001'>x</a> \ue000preferences_url\ue001</body></html>\n",
    text=f"Annwyl \ue000first_name|ffrind\ue001,\n.\n..\nFrom here\n{LONG}\n\t \n\ue000unsubscribe_url\ue001\n",
    language="cy",
    findings=(),
)
HEAD = Letterhead(
    sender=Mailbox("Gŵyl, Cardiff", "news@example.org"),
    reply_to=Mailbox("", "hello@example.org"),
    return_path=Mailbox("", "bounces@example.org"),
    organisation="Gŵyl",
    list_id="news.example.org",
    base_url="https://news.example.org",
    salt="0123456789abcdef",
)
ISSUE = Issue(7, "post", "f" * 64, AT, 3, 3, EMAIL, HEAD)
PEOPLE = (
    Recipient(1, 11, "ada@example.org", "Ada", "Lovelace"),
    Recipient(2, 12, "anhysbys@example.org"),
    Recipient(3, 13, "sian.o'neill+a@example.org", "Siân", "O’Neill <b> & co", {"town": "Aberystwyth"}),
)


def issues() -> list[Issue]:
    """Make issues that differ in each thing that makes a message differ."""
    plain = replace(EMAIL, subject="Good news", html="<p>Yes.</p>", text="Yes.\n", language="en")
    by_mail = replace(HEAD, base_url="")
    bare = replace(HEAD, reply_to=None, return_path=None)
    return [ISSUE, replace(ISSUE, email=plain), replace(ISSUE, letterhead=by_mail), replace(ISSUE, letterhead=bare)]


def digest() -> str:
    """Hash every byte that goes onto the wire for these issues and people, with and without a signature."""
    key = Ed25519Key(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    hashed = hashlib.sha256()
    for issue in issues():
        for dkim in (None, DkimSigner("example.org", "s1", key, AT)):
            builder = MessageBuilder(issue, LinkSigner([KEY], HEAD.list_id), KEY, dkim)
            for recipient in PEOPLE:
                mail = builder.build(recipient)
                for part in (mail.reverse_path, mail.forward_path, mail.content):
                    hashed.update(part if isinstance(part, bytes) else part.encode())
                    hashed.update(b"\0")
    return hashed.hexdigest()


def test_m09_a_format_builds_the_bytes_that_it_always_built() -> None:
    """If this is red, an unfinished issue would get other bytes after an upgrade than before.

    Give the new code a new number (newsletter.issue.MESSAGE_FORMAT), and add its digest to formats.json; the digest of
    a number never changes.
    """
    known = json.loads(FORMATS.read_text())
    assert known.get(str(MESSAGE_FORMAT)) == digest(), f"the bytes changed: number them anew, as {digest()}"


def test_an_issue_of_another_format_is_left_to_others() -> None:
    other = replace(ISSUE, message_format=MESSAGE_FORMAT + 1)
    with pytest.raises(OtherFormat, match="Issue 7 was made by another version"):
        MessageBuilder(other, LinkSigner([KEY], HEAD.list_id), KEY)
