"""The content of a mail, made fit for the wire (RFC 5321 §4.5.2): every line that begins with a dot gets another.

Canonical content goes in: CRLF line ends only, 7-bit, lines of at most 998 octets. Anything else is refused before
an octet is written, because a receiver that reads line ends differently would find a second mail in the first.
"""

import io

LONGEST_LINE = 998
"""Octets without the line end (RFC 5321 §4.5.3.1.6)."""


def stuffed(content: bytes) -> bytes:
    """Return `content` with its dots doubled and its last line ended; the final dot is not part of it.

    Raises ValueError, with the reason, for content that is not canonical: a fault of whoever built it.
    """
    if reason := _fault(content):
        raise ValueError(f"the content {reason}")
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content


def _fault(content: bytes) -> str:
    if not content.isascii():
        return "holds octets beyond ASCII"
    if 0 in content:
        return "holds a NUL"
    if _line_ends(content) not in (None, "\r\n"):
        return "holds a bare CR or LF"
    if _has_long_line(content):
        return f"holds a line of more than {LONGEST_LINE} octets"
    return ""


def _line_ends(content: bytes) -> object:
    # Because this is the fastest exact answer in the standard library: a third of counting CR, LF and CRLF.
    reader = io.IncrementalNewlineDecoder(None, translate=False)
    reader.decode(content.decode("ascii"), final=True)
    return reader.newlines


def _has_long_line(content: bytes) -> bool:
    start, end = 0, len(content)
    while end - start > LONGEST_LINE:
        last = content.rfind(b"\r\n", start, start + LONGEST_LINE + 2)
        if last < 0:
            return True
        start = last + 2
    return False
