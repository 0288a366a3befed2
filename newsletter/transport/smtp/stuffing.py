"""Makes the content of a mail fit for the wire (RFC 5321 §4.5.2): every line that begins with a dot gets a second dot.

Canonical content goes in: CRLF line ends only, 7-bit, lines of at most 998 octets. Any other content is refused before
an octet is written, because a receiver that reads line ends differently would find a second mail in the first.
"""

from newsletter.message.canonical import fault, has_leading_dot


def canonical(content: bytes) -> bytes:
    """Return `content` with its last line ended. Raises ValueError, with the reason, if it is not canonical."""
    if reason := fault(content):
        raise ValueError(f"the content {reason}")
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def stuffed(content: bytes) -> bytes:
    """Return `content` with its dots doubled and its last line ended; the final dot is not part of it.

    Raises ValueError, with the reason, for content that is not canonical: that is a fault of the code that built it.
    """
    content = canonical(content)
    if not has_leading_dot(content):
        return content
    content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content
