"""What we say to a relay: each function makes one command line, ready for the wire (RFC 5321 §4.1.1).

An address goes between the angle brackets octet by octet, or is refused with ValueError. Nothing is quoted, parsed or
tidied up on the way, so no address can become two, or carry a parameter or a command.
"""

import re

RSET = b"RSET\r\n"
DATA = b"DATA\r\n"
QUIT = b"QUIT\r\n"
STARTTLS = b"STARTTLS\r\n"
FINAL_DOT = b".\r\n"

# Printable ASCII without space and brackets, and no source route (RFC 5321 appendix C); 256 octets with the brackets.
_ADDRESS = re.compile(r"(?!@)[!-;=?-~]{1,254}")
_CLIENT_NAME = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")


def ehlo(client_name: str) -> bytes:
    """Introduce ourselves by a host name or an address literal."""
    if not _CLIENT_NAME.fullmatch(client_name):
        raise ValueError(f"{client_name!r} is not a host name")
    return f"EHLO {client_name}\r\n".encode("ascii")


def mail_from(reverse_path: str, size: int | None) -> bytes:
    """Begin a transaction; "" is the null reverse path. `size` is given where the relay offers SIZE (RFC 1870)."""
    path = b"<%b>" % (_address(reverse_path) if reverse_path else b"")
    return b"MAIL FROM:%b\r\n" % path if size is None else b"MAIL FROM:%b SIZE=%d\r\n" % (path, size)


def rcpt_to(forward_path: str) -> bytes:
    """Name the one recipient."""
    return b"RCPT TO:<%b>\r\n" % _address(forward_path)


def bdat_last(octets: int) -> bytes:
    """Announce the whole content, `octets` long (RFC 3030 §2); the content that follows is not dot-stuffed."""
    return b"BDAT %d LAST\r\n" % octets


def _address(text: str) -> bytes:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text!r} cannot stand in an envelope")
    return text.encode("ascii")
