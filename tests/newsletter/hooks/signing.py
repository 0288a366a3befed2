"""The services' side of a signature: keys of the tests' own, and requests signed with them as each service signs.

Nothing of the verification is replaced: the organiser's settings name these keys, and Amazon's certificate comes in
through the same door as a real one.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from newsletter.bounces.hooks.sns import Sns
from newsletter.errors import FetchRefused
from newsletter.settings import HookService
from newsletter.sources.fetch import Fetched, Limits

MAILGUN_KEY = "3e0cb4f0a91d4b7f8c55"
RESEND_KEY = "whsec_" + b64encode(b"a key of Resend, for tests only").decode()
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
SUBSCRIBE_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn&Token=2336412f37"

_numbers = count(1)


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def amazon_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def amazon_certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(amazon_key().public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=400))
    return made.sign(amazon_key(), hashes.SHA256()).public_bytes(Encoding.PEM)


def hook_keys() -> tuple[str, ...]:
    """Return what the organiser writes into NEWSLETTER_HOOK_KEY."""
    public = sendgrid_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return MAILGUN_KEY, b64encode(public).decode(), RESEND_KEY


@dataclass
class Amazon:
    """Amazon's web server: its certificate, and what was visited there."""

    visited: list[str] = field(default_factory=list)
    away: bool = False

    def sns(self) -> Sns:
        return Sns(self.fetch)

    def fetch(self, url: str, limits: Limits) -> Fetched:
        self.visited.append(url)
        if self.away:
            raise FetchRefused(url=url, why="the server answered 500")
        return Fetched(url, amazon_certificate() if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>")


def signed(
    service: HookService, body: Any, at: datetime | None = None, version: str = "1"
) -> tuple[bytes, dict[str, str]]:
    """Return the octets and header fields of the request in which the service sends `body`, signed at that time."""
    seconds = str(int((at or datetime.now(UTC)).timestamp()))
    match service:
        case HookService.SES:
            return json.dumps(by_amazon(body, version)).encode(), {"Content-Type": "text/plain; charset=UTF-8"}
        case HookService.MAILGUN:
            return json.dumps({"signature": by_mailgun(seconds), **body}).encode(), _JSON
        case HookService.SENDGRID:
            content = json.dumps(body, indent=1).encode()
            signature = sendgrid_key().sign(seconds.encode() + content, ec.ECDSA(hashes.SHA256()))
            name = "X-Twilio-Email-Event-Webhook"
            fields = {f"{name}-Signature": b64encode(signature).decode(), f"{name}-Timestamp": seconds}
            return content, _JSON | fields
        case HookService.RESEND:
            content = json.dumps(body).encode()
            identifier = f"msg_{next(_numbers)}"
            made = hmac.new(
                b"a key of Resend, for tests only", f"{identifier}.{seconds}.".encode() + content, hashlib.sha256
            )
            both = f"v1,bm90IHRoaXMgb25l v1,{b64encode(made.digest()).decode()}"
            return content, _JSON | {"svix-id": identifier, "svix-timestamp": seconds, "svix-signature": both}
    return json.dumps(body).encode(), _JSON


def by_mailgun(seconds: str, key: str = MAILGUN_KEY) -> dict[str, str]:
    token = f"{next(_numbers):050d}"
    made = hmac.new(key.encode(), f"{seconds}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": seconds, "token": token, "signature": made}


def by_amazon(notice: dict[str, str], version: str = "1") -> dict[str, str]:
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if notice["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{notice[name]}\n" for name in names if name in notice)
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = b64encode(amazon_key().sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()
    return {"SigningCertURL": CERTIFICATE_URL, **notice, "SignatureVersion": version, "Signature": signature}


_JSON = {"Content-Type": "application/json"}
