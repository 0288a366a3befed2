"""What a relay says about how much it takes, in its answer to EHLO: SIZE (RFC 1870) and LIMITS (RFC 9422).

Nonsense counts as no limit. RCPTMAX and RCPTDOMAINMAX are read by nobody, because a mail of ours has one recipient.
"""

import re
from collections.abc import Mapping

_MAIL_MAX = re.compile(r"(?:^| )MAILMAX=([1-9][0-9]{0,5})(?: |$)")
_SIZE = re.compile(r"[1-9][0-9]{0,19}")


def mails_allowed(extensions: Mapping[str, str]) -> int:
    """Say how many mails one connection may carry; 0: it does not say."""
    found = _MAIL_MAX.search(extensions.get("LIMITS", ""))
    return int(found[1]) if found else 0


def octets_allowed(extensions: Mapping[str, str]) -> int:
    """Say how large a mail may be; 0: it does not say."""
    size = extensions.get("SIZE", "").strip()
    return int(size) if _SIZE.fullmatch(size) else 0
