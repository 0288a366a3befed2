"""The limits that a relay states in its answer to EHLO: SIZE (RFC 1870) and LIMITS (RFC 9422).

A value that is not a valid number counts as no limit. RCPTMAX and RCPTDOMAINMAX are ignored, because each of our mails
has one recipient.
"""

import re
from collections.abc import Mapping

_MAIL_MAX = re.compile(r"(?:^| )MAILMAX=([1-9][0-9]{0,5})(?: |$)")
_SIZE = re.compile(r"[1-9][0-9]{0,19}")


def mails_allowed(extensions: Mapping[str, str]) -> int:
    """Return how many mails one connection may carry; 0: the relay states no limit."""
    found = _MAIL_MAX.search(extensions.get("LIMITS", ""))
    return int(found[1]) if found else 0


def octets_allowed(extensions: Mapping[str, str]) -> int:
    """Return how many octets a mail may have; 0: the relay states no limit."""
    size = extensions.get("SIZE", "").strip()
    return int(size) if _SIZE.fullmatch(size) else 0
