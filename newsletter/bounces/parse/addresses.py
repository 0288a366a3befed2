"""The one door to flufl.bounce: finds addresses in reports that nothing else here understands.

The addresses are only shown, never trusted.
"""

import logging
from email import message_from_bytes
from email.errors import MessageError

from flufl.bounce import scan_message

# It logs every failure of its own rules, about which an organiser can do nothing.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

MOST_BYTES = 50_000
MOST_PARTS = 20


def failed_addresses(mail: bytes) -> list[str]:
    """Find the addresses that failed according to `mail`; an empty list if there are none or it cannot be read."""
    head = mail[:MOST_BYTES]
    if head.lower().count(b"content-type:") > MOST_PARTS:
        return []  # the library's parser recurses for every part within a part
    try:
        found = scan_message(message_from_bytes(head))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []
    return sorted({address.decode("ascii", "replace") for address in found})[:20]
