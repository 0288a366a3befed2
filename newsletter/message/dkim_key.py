"""A DKIM key: read from a file, made anew, and shown as the DNS record that goes with it. The door to `cryptography`.

The private half goes into the file and nowhere else: into no repr, no error, no record.
"""

import os
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from newsletter.errors import SettingsError
from newsletter.settings import variable

FEWEST_BITS, MOST_BITS = 2048, 4096
"""Bits of RSA: ever fewer receivers trust fewer, and no receiver has to verify more (RFC 8301 §3.2)."""

LONGEST_STRING = 255
"""Octets in one string of a TXT record (RFC 1035 §3.3)."""

_MAKE = "`newsletter doctor dkim-key` makes one"
_PADDING, _SHA256 = padding.PKCS1v15(), hashes.SHA256()


@dataclass(frozen=True, slots=True)
class RsaKey:
    """RSA with SHA-256 (RFC 6376 §3.3.1): what every receiver verifies."""

    private: rsa.RSAPrivateKey = field(repr=False)
    algorithm: str = "rsa-sha256"

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, _PADDING, _SHA256)

    @property
    def record(self) -> str:
        """The text of the DNS record (RFC 6376 §3.6.1)."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = self.private.public_key().public_bytes(serialization.Encoding.DER, form)
        return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """Ed25519 over SHA-256 (RFC 8463): short and quick, and unknown to some large receivers."""

    private: ed25519.Ed25519PrivateKey = field(repr=False)
    algorithm: str = "ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        digest = hashes.Hash(_SHA256)
        digest.update(data)
        return self.private.sign(digest.finalize())

    @property
    def record(self) -> str:
        """The text of the DNS record (RFC 8463 §4.2)."""
        return f"v=DKIM1; k=ed25519; p={b64encode(self.private.public_key().public_bytes_raw()).decode()}"


DkimKey = RsaKey | Ed25519Key


def read_key(file: str) -> DkimKey:
    """Read a private key from a PEM file. Raises SettingsError, saying what to do."""
    try:
        pem = Path(file).read_bytes()
    except FileNotFoundError:
        raise _trouble(f"names {file}, which does not exist: {_MAKE}") from None
    except OSError as error:
        raise _trouble(f"names {file}, which cannot be read: {(error.strerror or str(error)).lower()}") from None
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise _trouble(
            f"names {file}, which is locked with a passphrase. Sending needs a key without one: {_MAKE}"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise _trouble(f"names {file}, which holds no private key in PEM form: {_MAKE}") from None
    return _fit(private, file)


def make_key(ed25519_wanted: bool = False) -> DkimKey:
    """Make a key: RSA of 2048 bits, or Ed25519."""
    if ed25519_wanted:
        return Ed25519Key(ed25519.Ed25519PrivateKey.generate())
    return RsaKey(rsa.generate_private_key(public_exponent=65537, key_size=FEWEST_BITS))


def write_key(key: DkimKey, file: Path) -> None:
    """Write a key into a new file that only its owner can read. Raises FileExistsError."""
    form = serialization.PrivateFormat.PKCS8
    pem = key.private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(pem)


def zone_line(selector: str, domain: str, record: str) -> str:
    """Write a TXT record as a zone file has it, in strings of at most 255 octets."""
    parts = [record[start : start + LONGEST_STRING] for start in range(0, len(record), LONGEST_STRING)]
    strings = " ".join(f'"{part}"' for part in parts)
    return f"{selector}._domainkey.{domain}. IN TXT {f'( {strings} )' if len(parts) > 1 else strings}"


def _fit(private: object, file: str) -> DkimKey:
    match private:
        case rsa.RSAPrivateKey(key_size=bits) if FEWEST_BITS <= bits <= MOST_BITS:
            return RsaKey(private)
        case rsa.RSAPrivateKey(key_size=bits):
            allowed = f"It must have {FEWEST_BITS} to {MOST_BITS}"
            raise _trouble(f"names {file}, which holds an RSA key of {bits} bits. {allowed}: {_MAKE}")
        case ed25519.Ed25519PrivateKey():
            return Ed25519Key(private)
    raise _trouble(f"names {file}, which holds a key that is neither RSA nor Ed25519: {_MAKE}")


def _trouble(why: str) -> SettingsError:
    return SettingsError(setting=variable("dkim_key_file"), why=why)
