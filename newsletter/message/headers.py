"""Header fields from text that people wrote (RFC 5322 §2.2, RFC 2047): exact, folded, never two where one was meant.

The standard library's policies are not used here: they encode long URLs, and one of them turns an encoded-word that
hides a line end into a real header (CVE-2024-6923).
"""

import re
from email.header import Header

from newsletter.settings import Mailbox

_LINE = 76
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
# Most names: they need no encoding and, together with the address, no more than one line.
_SHORT_ATOMS = re.compile(r"[A-Za-z0-9'_-]+(?: [A-Za-z0-9'_-]+)*")


def unstructured(name: str, text: str) -> bytes:
    """Write a field of free text, like Subject. Raises ValueError for a control character."""
    return _field(name, _encoded(name, _checked(text)))


def mailbox(name: str, box: Mailbox) -> bytes:
    """Write a field that holds one mailbox. Raises ValueError for a control character in the display name."""
    return addressed(name, box.name, box.address)


def addressed(name: str, display_name: str, address: str) -> bytes:
    """Write a field that holds one mailbox, as `mailbox` does."""
    if not display_name:
        return _field(name, address)
    if len(name) + len(display_name) + len(address) + 5 <= _LINE and _SHORT_ATOMS.fullmatch(display_name):
        return f"{name}: {display_name} <{address}>\r\n".encode("ascii")
    text = _checked(display_name)
    if not text.isascii() or "=?" in text:
        phrase = _encoded(name, text)
    elif _ATOMS.fullmatch(text):
        phrase = text
    else:
        phrase = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    lone = len(name) + len(phrase.rpartition("\n")[2]) + len(address) + 5 <= _LINE
    return _field(name, f"{phrase}{' ' if lone else chr(10) + ' '}<{address}>")


def _checked(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError(f"a control character in {text!r}")
    return text


def _encoded(name: str, text: str) -> str:
    # "=?" in plain words could be read as an encoded-word, so such words are encoded, too.
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, maxlinelen=_LINE, header_name=name).encode(linesep="\n")


def _field(name: str, value: str) -> bytes:
    field = f"{name}: {value}\n".replace("\n", "\r\n").encode("ascii")
    if len(field) > 998 and max(map(len, field.split(b"\r\n"))) > 998:
        raise ValueError(f"a line of {name} would be longer than 998 octets (RFC 5322 §2.1.1)")
    return field
