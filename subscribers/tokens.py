"""Links and return paths that only we can have made: ids in, a signed token out, and back.

A token holds ids (subscriber, issue) in plain digits and an HMAC-SHA256 over them. It never expires, because mail is
kept for years. A token signed for one purpose or one list is refused for every other. Only the exact spelling that we
made is accepted.
"""

import hmac
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from subscribers.address import MOST_LOCAL
from subscribers.errors import BadAddress, BadLink
from subscribers.signature import SigningKey

_ID = "(0|[1-9][0-9]{0,17})"
# The last of the 43 characters carries only four bits. Allow one spelling; a lenient decoder would accept four.
_SIGNATURE = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_UNSUBSCRIBE = re.compile(rf"{_ID}\.{_ID}\.{_SIGNATURE}")
_WEB = re.compile(rf"{_ID}\.{_SIGNATURE}")
# A signature of 80 bits in base32, because some servers change the case of addresses.
_RETURN = re.compile(rf"(.+)\+{_ID}-{_ID}-([a-z2-7]{{16}})@(.+)")
_LEAVING = re.compile(rf"(?<![a-z0-9])unsubscribe-{_ID}-{_ID}-([a-z2-7]{{16}})(?![a-z0-9])")

_ECHO = re.compile(rf"{_ID}-{_ID}-([a-z2-7]{{16}})")


class LinkSigner:
    """Signs and reads the links of one list. The first key signs; all keys, also old ones, can read."""

    def __init__(self, secret_keys: Sequence[str], list_id: str) -> None:
        if not secret_keys or not all(secret_keys):
            raise ValueError("a link cannot be signed without a key")
        self._unsubscribe = [_derived(key, "unsubscribe", list_id) for key in secret_keys]
        self._web = [_derived(key, "view in browser", list_id) for key in secret_keys]
        self._request = [_derived(key, "confirm", list_id) for key in secret_keys]
        self._approval = [_derived(key, "approve", list_id) for key in secret_keys]
        self._undo = [_derived(key, "undo", list_id) for key in secret_keys]
        self._leaving = [_derived(key, "unsubscribe by mail", list_id) for key in secret_keys]
        self._echo = [_derived(key, "delivery echo", list_id) for key in secret_keys]

    def unsubscribe(self, subscriber_id: int, issue_id: int) -> str:
        """Make the token by which one subscriber can unsubscribe and come back; for a URL."""
        return _signed(self._unsubscribe, f"{subscriber_id}.{issue_id}")

    def read_unsubscribe(self, token: str) -> tuple[int, int]:
        """Read subscriber and issue from a token of `unsubscribe`. Raises BadLink."""
        subscriber_id, issue_id = _read(self._unsubscribe, _UNSUBSCRIBE, token)
        return subscriber_id, issue_id

    def web(self, issue_id: int) -> str:
        """Make the token that shows an issue in the browser; for a URL."""
        return _signed(self._web, str(issue_id))

    def read_web(self, token: str) -> int:
        """Read the issue from a token of `web`. Raises BadLink."""
        (issue_id,) = _read(self._web, _WEB, token)
        return issue_id

    def request(self, request_id: int) -> str:
        """Make the token in the mail about a request, by which its reader confirms it; for a URL."""
        return _signed(self._request, str(request_id))

    def read_request(self, token: str) -> int:
        """Read the request from a token of `request`. Raises BadLink."""
        (request_id,) = _read(self._request, _WEB, token)
        return request_id

    def approval(self, request_id: int, approver: int) -> str:
        """Make the token by which one approver answers one request; for a URL."""
        return _signed(self._approval, f"{request_id}.{approver}")

    def read_approval(self, token: str) -> tuple[int, int]:
        """Read request and approver from a token of `approval`. Raises BadLink."""
        request_id, approver = _read(self._approval, _UNSUBSCRIBE, token)
        return request_id, approver

    def undo(self, subscriber_id: int, evidence_id: int) -> str:
        """Make the token that undoes one withdrawal. It stands only on the page that recorded it, never in a mail."""
        return _signed(self._undo, f"{subscriber_id}.{evidence_id}")

    def read_undo(self, token: str) -> tuple[int, int]:
        """Read subscriber and evidence from a token of `undo`. Raises BadLink."""
        subscriber_id, evidence_id = _read(self._undo, _UNSUBSCRIBE, token)
        return subscriber_id, evidence_id

    def unsubscribe_mail(self, mailbox: str, subscriber_id: int, issue_id: int, tagged: bool = False) -> str:
        """Make the mailto: URL (RFC 6068) by which one subscriber unsubscribes by writing to `mailbox`.

        The token is the whole subject; with `tagged` it is also in the address, as mailbox+TOKEN@domain, for mail
        programs that send no subject. Use `tagged` only if the mailbox accepts such addresses. The tag is left out if
        the address would be too long.
        """
        token = f"unsubscribe-{subscriber_id}-{issue_id}-{_stamp(self._leaving[0], subscriber_id, issue_id)}"
        local, _, domain = mailbox.rpartition("@")
        address = f"{local}+{token}@{domain}" if tagged and len(local) + len(token) < MOST_LOCAL else mailbox
        return f"mailto:{quote(address, safe='@+')}?subject={token}"

    def read_unsubscribe_mail(self, *fields: str) -> tuple[int, int]:
        """Read subscriber and issue from the To or the Subject of a mail that `unsubscribe_mail` asked for.

        Case does not matter, nor does text that a mail program put before the token. Raises BadLink. Pass only fields
        of a mail that a person wrote, never those of a quoted or returned mail: our own mail contains the same token.
        """
        for match in (match for field in fields for match in _LEAVING.finditer(field.lower())):
            ids = int(match[1]), int(match[2])
            if _fits(match[3], self._leaving, ids):
                return ids
        raise BadLink

    def echo(self, subscriber_id: int, issue_id: int) -> str:
        """Make the token by which a relay's webhook names one delivery: letters, digits and hyphens.

        It opens no page and is no link, so a relay may store it and show it in its console.
        """
        return f"{subscriber_id}-{issue_id}-{_stamp(self._echo[0], subscriber_id, issue_id)}"

    def read_echo(self, token: str) -> tuple[int, int]:
        """Read subscriber and issue from a token of `echo`, in upper or lower case. Raises BadLink."""
        match = _ECHO.fullmatch(token.lower())
        if match is None:
            raise BadLink
        ids = int(match[1]), int(match[2])
        if not _fits(match[3], self._echo, ids):
            raise BadLink
        return ids


class ReturnPaths:
    """The addresses that bounces return to, one for each delivery: mailbox+TOKEN@domain."""

    def __init__(self, secret_key: str, mailbox: str) -> None:
        self._local, _, self._domain = mailbox.lower().rpartition("@")
        self._mailbox = mailbox
        self._key = _derived(secret_key, "return path", mailbox.lower())

    def of(self, subscriber_id: int, issue_id: int) -> str:
        """Make the return path of one delivery. Raises BadAddress if the mailbox is too long for a token."""
        tagged = f"{self._local}+{subscriber_id}-{issue_id}-{_stamp(self._key, subscriber_id, issue_id)}"
        if len(tagged) > MOST_LOCAL:
            raise BadAddress(text=self._mailbox, why="it is too long before the @ to carry a token for each delivery")
        return f"{tagged}@{self._domain}"


def read_return_path(secret_keys: Sequence[str], address: str) -> tuple[int, int]:
    """Read subscriber and issue from an address of `ReturnPaths`, in upper or lower case. Raises BadLink."""
    match = _RETURN.fullmatch(address.lower())
    if match is None:
        raise BadLink
    local, subscriber_id, issue_id, stamp, domain = match.groups()
    ids = int(subscriber_id), int(issue_id)
    if not _fits(stamp, [_derived(key, "return path", f"{local}@{domain}") for key in secret_keys], ids):
        raise BadLink
    return ids


def _signed(keys: Sequence[SigningKey], words: str) -> str:
    return f"{words}.{keys[0].url_safe(words)}"


def _read(keys: Sequence[SigningKey], shape: re.Pattern[str], token: str) -> list[int]:
    match = shape.fullmatch(token)
    if match is None:
        raise BadLink
    words, _, signature = token.rpartition(".")
    if not _is_one_of(signature, [key.url_safe(words) for key in keys]):
        raise BadLink
    return [int(number) for number in match.groups()]


@lru_cache(maxsize=64)
def _derived(secret_key: str, purpose: str, whose: str) -> SigningKey:
    return SigningKey(SigningKey(secret_key.encode()).sign(f"newsletter {purpose}\0{whose}"))


def _fits(stamp: str, keys: Sequence[SigningKey], ids: tuple[int, int]) -> bool:
    return _is_one_of(stamp, [_stamp(key, *ids) for key in keys])


def _stamp(key: SigningKey, subscriber_id: int, issue_id: int) -> str:
    return key.letters(f"{subscriber_id}.{issue_id}", octets=10)


def _is_one_of(signature: str, signatures: Sequence[str]) -> bool:
    # A list, not a generator: the time taken must not show which key matches.
    return any([hmac.compare_digest(signature, known) for known in signatures])  # noqa: C419
