"""Amazon SNS: verifies its notices, and confirms its subscription. Only Amazon's own hosts are ever visited.

The address of the certificate stands in the notice itself, so it is worth nothing unless it is one that only Amazon can
serve: https, the host of SNS, and the file name of its certificates. No redirect is followed.
"""

import re
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from newsletter.bounces.hooks import proof
from newsletter.bounces.hooks.document import text, value
from newsletter.bounces.hooks.proof import Unproven
from newsletter.errors import FetchRefused
from newsletter.sources.fetch import Fetched, Limits, fetch

Fetch = Callable[[str, Limits], Fetched]

LIMITS = Limits(most_bytes=20_000, seconds=8.0, redirects=0)
MOST_CERTIFICATES = 8
MOST_VISITS, PERIOD = 10, 600.0
"""How often Amazon is visited in so many seconds, because each forged notice may name another certificate."""

_HOST = r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(rf"https://({_HOST})/SimpleNotificationService-[0-9a-f]{{16,64}}\.pem")
_CONFIRMATIONS = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class AmazonAway(Exception):
    """Amazon cannot be asked now: the notice must come again."""


class Sns:
    """What one server knows of SNS: the certificates that it fetched."""

    def __init__(self, fetched: Fetch = fetch, ticks: Callable[[], float] = monotonic) -> None:
        self._fetch, self._ticks = fetched, ticks
        self._certificates: dict[str, bytes] = {}
        self._visits: list[float] = []
        self._lock = threading.Lock()

    def verify(self, body: Any) -> None:
        """Verify the signature of a notice. Raises Unproven, or AmazonAway if its certificate cannot be had now."""
        address = str(value(body, "SigningCertURL"))  # as it is: `text` would tidy it
        if not _CERTIFICATE.fullmatch(address):
            raise Unproven("its certificate is not Amazon's")
        certificate = self._certificates.get(address) or self._visit(address)
        proof.sns(_signed_text(body), text(body, "Signature"), text(body, "SignatureVersion"), certificate)
        with self._lock:
            while len(self._certificates) >= MOST_CERTIFICATES and address not in self._certificates:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[address] = certificate

    def confirm(self, body: Any) -> None:
        """Visit the address that confirms a subscription; call `verify` first. Raises Unproven and AmazonAway."""
        parts = urlsplit(text(body, "SubscribeURL"))
        signing = _CERTIFICATE.fullmatch(text(body, "SigningCertURL"))
        asked = dict(parse_qsl(parts.query))
        same_host = signing is not None and parts.netloc == signing[1] and parts.scheme == "https" and parts.path == "/"
        if not same_host or asked.get("Action") != "ConfirmSubscription":
            raise Unproven("its SubscribeURL is not Amazon's")
        self._visit(parts.geturl())

    def _visit(self, address: str) -> bytes:
        with self._lock:
            now = self._ticks()
            self._visits = [at for at in self._visits if now - at < PERIOD]
            if len(self._visits) >= MOST_VISITS:
                raise AmazonAway
            self._visits.append(now)
        try:
            return self._fetch(address, LIMITS).content
        except FetchRefused as refused:
            raise AmazonAway from refused


def _signed_text(body: Any) -> str:
    """Join what SNS signs: names and values in the order of the alphabet, those that this type of notice has."""
    confirms = text(body, "Type") in _CONFIRMATIONS
    left_out = ("Subject",) if confirms else ("SubscribeURL", "Token")
    # As they are: `text` would put them on one line.
    named = [(name, value(body, name)) for name in _SIGNED if name not in left_out]
    return "".join(f"{name}\n{said}\n" for name, said in named if isinstance(said, str))
