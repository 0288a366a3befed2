"""Finds the subscriber and issue a mail is about, from our signature in the address it came to or in the original.

An address that a report names identifies no subscriber. A mail without a signature of ours has no identity; nor has a
mail with the signatures of two subscribers.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from newsletter.bounces.parse.kinds import Identity
from newsletter.bounces.parse.letter import Letter
from subscribers.errors import BadLink
from subscribers.tokens import LinkSigner, read_return_path

MOST_CANDIDATES = 100
ARRIVED_AT = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "apparently-to",
    "to",
    "cc",
    "resent-to",
    "x-forwarded-to",
    "received",
)
"""The fields that may state the address a mail came to; which field does depends on the server."""

ASKED_IN = ("subject", "to", "delivered-to", "x-original-to", "envelope-to")
"""The fields that a mail program fills from a mailto: address, and the fields that a server derives from them."""


class Signatures:
    """Reads our signatures. All keys are valid, old ones too."""

    def __init__(self, secret_keys: Sequence[str], list_id: str) -> None:
        self._keys = tuple(secret_keys)
        self._links = LinkSigner(secret_keys, list_id)

    def of_arrival(self, letter: Letter) -> Identity | None:
        """Read the identity from the return path that `letter` came to."""
        return self._only(letter.all(*ARRIVED_AT))

    def of_leaving(self, letter: Letter) -> Identity | None:
        """Read which subscriber asks to unsubscribe, from the address or subject that List-Unsubscribe gave them."""
        for identity in _read(self._links.read_unsubscribe_mail, *letter.all(*ASKED_IN)):
            return identity
        return None

    def of_original(self, heads: Iterable[str]) -> Identity | None:
        """Read the identity from the return path or unsubscribe link in the parts of the original that came back."""
        return self._only(heads)

    def of_echo(self, texts: Iterable[str]) -> Identity | None:
        """Read the identity from what a relay's webhook sends back: our token, or fields of the original's head."""
        return self._only(texts)

    def _only(self, texts: Iterable[str]) -> Identity | None:
        found = {identity for text in texts for identity in islice(self._all(text), MOST_CANDIDATES)}
        return found.pop() if len(found) == 1 else None

    def _all(self, text: str) -> Iterator[Identity]:
        for match in islice(_RETURN_PATH.finditer(text), MOST_CANDIDATES):
            yield from _read(lambda address: read_return_path(self._keys, address), match[0])
        for match in islice(_LINK.finditer(text), MOST_CANDIDATES):
            yield from _read(self._links.read_unsubscribe, match[0])
        for match in islice(_ECHO.finditer(text), MOST_CANDIDATES):
            yield from _read(self._links.read_echo, match[0])


_RETURN_PATH = re.compile(r"[^\s<>\"',;:()=]{1,64}\+\d{1,18}-\d{1,18}-[a-z2-7]{16}@[a-z0-9.-]{1,253}", re.IGNORECASE)
_LINK = re.compile(r"(?<![A-Za-z0-9_.-])\d{1,18}\.\d{1,18}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
_ECHO = re.compile(r"(?<![A-Za-z0-9+.-])\d{1,18}-\d{1,18}-[a-z2-7]{16}(?![A-Za-z0-9@.-])", re.IGNORECASE)


def _read(read: Callable[..., tuple[int, int]], *texts: str) -> Iterator[Identity]:
    try:
        yield Identity(*read(*texts))
    except BadLink:
        return
