"""Text in, quoted-printable lines out (RFC 2045 §6.7), in pieces that can be joined in any order.

A piece that is filled in per recipient stands on lines of its own between two soft line breaks, so that no line grows
past 76 octets however long a name is, and the pieces around it need not be encoded again.
"""

import binascii
import re

SOFT_BREAK = b"=\r\n"
MOST_OCTETS = 76

# Most names and links, which need no encoding: they hold no sign of the encoding, no space at the end, nothing that
# `_guarded` guards. A link may take a second line.
_ONE_LINE = re.compile(r"(?!\.|From )[ -<>-~]{0,74}[!-<>-~]")
_TWO_LINES = re.compile(r"(?!\.)[!-<>-~]{75}(?!\.)[!-<>-~]{1,74}")


def encode(text: str) -> bytes:
    """Encode what is the same for all recipients; line ends of any kind become CRLF."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return _guarded(binascii.b2a_qp(lines.encode(), quotetabs=False, istext=True))


def plain_piece(text: str) -> bytes:
    """Encode most names: letters and digits, which no escaping would change; b"" for anything else."""
    return b"=\r\n%b=\r\n" % text.encode() if text.isalnum() and text.isascii() and len(text) < MOST_OCTETS else b""


def encode_piece(text: str) -> bytes:
    """Encode what goes into a gap; a line end in it is data, not a line end of the message."""
    if _ONE_LINE.fullmatch(text):
        return b"=\r\n%b=\r\n" % text.encode()
    if _TWO_LINES.fullmatch(text):
        return SOFT_BREAK + text[:75].encode() + SOFT_BREAK + text[75:].encode() + SOFT_BREAK
    return SOFT_BREAK + _guarded(binascii.b2a_qp(text.encode(), quotetabs=False, istext=False)) + SOFT_BREAK


def _guarded(encoded: bytes) -> bytes:
    *lines, last = encoded.replace(b"\r\n", b"\n").split(b"\n")
    # A soft line break may follow the last line, and takes one octet.
    return b"\r\n".join((*(_guarded_line(line, MOST_OCTETS) for line in lines), _guarded_line(last, MOST_OCTETS - 1)))


def _guarded_line(line: bytes, most: int) -> bytes:
    # SMTP doubles a "." at the start of a line, and some mail stores change "From ": neither
    # is left to chance.
    if line.startswith((b".", b"From ")):
        line = b"=%02X" % line[0] + line[1:]
    if len(line) <= most:
        return line
    cut = _before_escape(line, MOST_OCTETS - 1)
    return line[:cut] + SOFT_BREAK + _guarded_line(line[cut:], most)


def _before_escape(line: bytes, cut: int) -> int:
    escape = line.rfind(b"=", cut - 2, cut)
    return cut if escape == -1 else escape
