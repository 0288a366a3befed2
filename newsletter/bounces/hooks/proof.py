"""Proves that a body comes from the service it claims to come from. Another door to `cryptography`.

In: a body and its header fields. Out: nothing, or Unproven. Every comparison takes the same time for any wrong value.
What a service signs differs, and so does what a signature is worth:

    Amazon SES  RSA over fields of the body; the certificate comes from Amazon (newsletter.bounces.hooks.sns)
    Mailgun     HMAC over a time and a token alone, not over the body: so each token counts once, for five minutes
    SendGrid    ECDSA over a time and the body
    Resend      HMAC over an identifier, a time and the body (Standard Webhooks)
    the others  nothing: the secret in the address is all there is
"""

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import load_pem_x509_certificate

from newsletter.bounces.hooks.document import seconds, text, value

FRESH = timedelta(minutes=5)
"""How far a signed time may be from our clock: what Standard Webhooks asks for, and Mailgun advises."""
MOST_SIGNATURES = 10
_STANDARD = "whsec_"


class Unproven(Exception):
    """Its only argument says in a few words what is wrong: it is shown to the organiser, and never to the sender."""


def mailgun(body: Any, keys: Sequence[str], now: datetime) -> str:
    """Verify the signature in a body of Mailgun; return its token, which counts once. Raises Unproven."""
    token, at = text(body, "signature", "token"), text(body, "signature", "timestamp")
    usable = [key for key in keys if not key.startswith(_STANDARD) and _public(key) is None]
    made = [hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest() for key in _needed(usable)]
    if not token or not _is_one_of(text(body, "signature", "signature").lower(), made):
        raise Unproven("wrong signature")
    _require_fresh(seconds(value(body, "signature"), "timestamp"), now)
    return token


def sendgrid(body: bytes, fields: Mapping[str, str], keys: Sequence[str]) -> None:
    """Verify the signature of SendGrid, in two header fields. Raises Unproven."""
    signature = _decoded(fields.get("x-twilio-email-event-webhook-signature", ""))
    signed = fields.get("x-twilio-email-event-webhook-timestamp", "").encode("latin-1", "replace") + body
    public = [key for key in map(_public, keys) if key is not None]
    if not any([_verifies(key, signature, signed) for key in _needed(public)]):  # noqa: C419
        raise Unproven("wrong signature")


def resend(body: bytes, fields: Mapping[str, str], keys: Sequence[str], now: datetime) -> None:
    """Verify the signature of Resend, as Standard Webhooks has it; its fields begin with svix-. Raises Unproven."""
    identifier, at, given = (
        fields.get(f"svix-{name}", "") or fields.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    signed = f"{identifier}.{at}.".encode("latin-1", "replace") + body
    usable = [_decoded(key.removeprefix(_STANDARD)) for key in keys if key.startswith(_STANDARD)]
    made = [hmac.new(key, signed, hashlib.sha256).digest() for key in _needed(usable) if key]
    candidates = given.split()[:MOST_SIGNATURES]
    theirs = [_decoded(each.partition(",")[2]) for each in candidates if each.startswith("v1,")]
    if not any([hmac.compare_digest(one, known) for one in theirs for known in made]):  # noqa: C419
        raise Unproven("wrong signature")
    _require_fresh(seconds({"at": at}, "at"), now)


def sns(signed: str, signature: str, version: str, pem: bytes) -> None:
    """Verify a signature of SNS over the text `signed`: version 1 is SHA-1, version 2 SHA-256. Raises Unproven."""
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(version)  # noqa: S303  # Amazon's own default
    try:
        key = load_pem_x509_certificate(pem).public_key()
    except ValueError:
        raise Unproven("Amazon's certificate cannot be read") from None
    if algorithm is None or not isinstance(key, rsa.RSAPublicKey):
        raise Unproven("a signature of an unknown kind")
    try:
        key.verify(_decoded(signature), signed.encode("utf-8", "replace"), padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise Unproven("wrong signature") from None


def is_secret(given: str, secret: str) -> bool:
    """Compare the secret of an address in constant time; no secret set means that none is right."""
    right, wrong = (hashlib.sha256(each.encode("utf-8", "replace")).digest() for each in (secret, given))
    return bool(secret) & hmac.compare_digest(right, wrong)


def _needed(keys: Sequence[Any]) -> Iterator[Any]:
    if not keys:
        raise Unproven("NEWSLETTER_HOOK_KEY is not set")
    yield from keys


def _public(key: str) -> ec.EllipticCurvePublicKey | None:
    """Read a public key in base64; None for a shared secret. A public key must never serve as a shared secret."""
    try:
        found = load_der_public_key(_decoded(key))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return found if isinstance(found, ec.EllipticCurvePublicKey) else None


def _verifies(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _is_one_of(given: str, made: Sequence[str]) -> bool:
    return any([hmac.compare_digest(given.encode("utf-8", "replace"), known.encode()) for known in made])  # noqa: C419


def _decoded(words: str) -> bytes:
    try:
        return b64decode(words, validate=True)
    except ValueError:
        return b""


def _require_fresh(at: datetime | None, now: datetime) -> None:
    if at is None or abs(now - at) > FRESH:
        raise Unproven("not signed within five minutes")
