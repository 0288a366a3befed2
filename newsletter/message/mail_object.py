"""An envelope and its content, ready for a transport."""

from typing import NamedTuple


class MailObject(NamedTuple):
    """What SMTP carries (RFC 5321 §2.3.1), for one recipient.

    `content` is canonical: CRLF line ends only, 7-bit, lines of at most 998 octets, not yet dot-stuffed.
    `delivery` is the row of the send log it belongs to; 0 for one that is not logged.
    """

    delivery: int
    reverse_path: str
    forward_path: str
    content: bytes
    plain: bool = False
    """Whether its builder made sure of that, and that `content` ends with a line end and no line begins with a dot."""
