"""A key and a few words in, a signature over them out: HMAC-SHA256 (RFC 2104), spelt for a URL or for an address.

The caller decides whose key it is and what a signature allows. Compare signatures in constant time only.
"""

import binascii
import hashlib

_BLOCK = 64
"""The block size of SHA-256, in octets."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class SigningKey:
    """One key. Its inner and outer pads are hashed once, because every mail needs several signatures."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def sign(self, words: str) -> bytes:
        """Return the 32 octets of the signature over `words`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(words.encode())
        outer.update(inner.digest())
        return outer.digest()

    def url_safe(self, words: str) -> str:
        """Return the signature as base64url without padding (RFC 4648 §5): 43 characters."""
        return binascii.b2a_base64(self.sign(words), newline=False)[:43].translate(_URL_SAFE).decode()

    def letters(self, words: str, octets: int) -> str:
        """Return the first `octets` (a multiple of five) as base32, which survives a change of case (RFC 4648 §6)."""
        number = int.from_bytes(self.sign(words)[:octets], "big")
        return "".join([_PAIRS[number >> bits & 1023] for bits in range(octets * 8 - 10, -1, -10)])
