"""The bytes of a message in, its DKIM-Signature field out (RFC 6376, RFC 8463): relaxed/relaxed, SHA-256.

The same message gives the same field at every attempt: its time is the issue's, and both kinds of signature are
deterministic. It reads the settings, and a key only where they name one; it changes nothing of the message.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from newsletter.errors import SettingsError
from newsletter.settings import Settings, variable

OVERSIGNED = ("From", "Reply-To", "To", "Subject", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
"""Signed once more than they occur: a mail program acts on such a field, so adding one must break the signature."""

SIGNED = ("Date", "Message-ID", "MIME-Version", "Content-Type", "Feedback-ID")
"""Signed as often as they occur, so that a relay may add a Feedback-ID of its own."""

_SPACES = re.compile(b"  +")
_NAMED = ("dkim_domain", "dkim_selector", "dkim_key_file")


class AnyDkimKey(Protocol):
    """A private key of any algorithm."""

    @property
    def algorithm(self) -> str:
        """The name of it in a signature, as in rsa-sha256."""
        ...

    @property
    def record(self) -> str:
        """The text of the DNS record that goes with it."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign `data`, hashed with SHA-256."""
        ...


@dataclass(frozen=True, slots=True)
class DkimSigner:
    """Signs for a domain. `at` is the time in every signature."""

    domain: str
    selector: str
    key: AnyDkimKey
    at: datetime

    def field(self, content: bytes) -> bytes:
        """Make the field that goes before `content`, a canonical message (RFC 6376 §3.5)."""
        head, _, body = content.partition(b"\r\n\r\n")
        names, lines = _covered(head + b"\r\n")
        body_hash = b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        tags = [
            f"v=1; a={self.key.algorithm}; c=relaxed/relaxed; t={int(self.at.timestamp())};",
            f"d={self.domain}; s={self.selector};",
            *_wrapped("h=", ":".join(names) + ";", ":"),
            f"bh={body_hash};",
        ]
        # The field is signed as it is written here: relaxed canonicalisation makes one space of each fold.
        unsigned = f"dkim-signature:{' '.join(tags)} b=".encode()
        signature = b64encode(self.key.sign(lines + unsigned)).decode()
        return "\r\n ".join(["DKIM-Signature: " + tags[0], *tags[1:], *_wrapped("b=", signature)]).encode() + b"\r\n"


def dkim_signer(settings: Settings, at: datetime) -> DkimSigner | None:
    """Make the signer for the messages of an issue; None where the settings ask for none. Raises SettingsError."""
    given = [name for name in _NAMED if getattr(settings, name)]
    if not given:
        return None
    for name in _NAMED:
        if name not in given:
            raise SettingsError(setting=variable(name), why=f"is not set, but {variable(given[0])} is. DKIM needs both")
    from newsletter.message.dkim_key import read_key  # loaded only by those who sign, because loading takes time

    return DkimSigner(settings.dkim_domain, settings.dkim_selector, read_key(settings.dkim_key_file), at)


def relaxed_body(body: bytes) -> bytes:
    """Canonicalise a body whose line ends are CRLF (RFC 6376 §3.4.4)."""
    # A tab counts as a space, but few bodies hold one, so the fastest pattern is tried.
    body = _SPACES.sub(b" ", body.replace(b"\t", b" "))
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = body.replace(b" \r\n", b"\r\n")
    text = body.rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _covered(head: bytes) -> tuple[list[str], bytes]:
    """Name the fields that are signed, and write them in that order, the last of a name first (RFC 6376 §5.4.2)."""
    there: dict[str, list[bytes]] = {}
    for line in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"):
        name, _, value = line.partition(b":")
        there.setdefault(name.decode("ascii").strip().lower(), []).append(b" ".join(value.split()))
    names: list[str] = []
    lines: list[bytes] = []
    for wanted in (*OVERSIGNED, *SIGNED):
        values = there.get(wanted.lower(), [])
        names += [wanted] * (len(values) + (wanted in OVERSIGNED))
        lines += [b"%b:%b\r\n" % (wanted.lower().encode(), value) for value in reversed(values)]
    return names, b"".join(lines)


def _wrapped(tag: str, value: str, after: str = "") -> list[str]:
    """Break a long value into lines of at most 76: anywhere, or only after a sign that may be followed by a fold."""
    text, most = tag + value, 75
    lines: list[str] = []
    while len(text) > most:
        cut = text.rfind(after, 0, most) + 1 if after else most
        lines.append(text[:cut])
        text = text[cut:]
    return [*lines, text]
