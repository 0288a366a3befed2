"""The one door to flufl.bounce: addresses out of reports that nothing else here understands.

They are there to be shown, never to be believed.
"""

import logging
from email import message_from_bytes
from email.errors import MessageError

from flufl.bounce import scan_message

# It tells of every rule of its own that stumbles, which is nothing an organiser could act on.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

MOST_BYTES = 50_000
MOST_PARTS = 20


def failed_addresses(mail: bytes) -> list[str]:
    """Find the addresses that `mail` says have failed; none where it cannot tell."""
    head = mail[:MOST_BYTES]
    if head.lower().count(b"content-type:") > MOST_PARTS:
        return []  # because its parser calls itself for every part within a part
    try:
        found = scan_message(message_from_bytes(head))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []
    return sorted({address.decode("ascii", "replace") for address in found})[:20]
