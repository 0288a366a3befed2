"""Links and return paths that only we can have made: ids in, a signed token out, and back.

A token says who and which issue in plain digits and carries an HMAC-SHA256 over them. It never expires, because mail is
kept for years. What was signed for one purpose or one list is refused by every other, and so is any spelling of a token
but the one we made.
"""

import hmac
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from subscribers.address import MOST_LOCAL
from subscribers.errors import BadAddress, BadLink
from subscribers.signature import Key

_ID = "(0|[1-9][0-9]{0,17})"
# The last of 43 characters carries four bits: one spelling each, because lenient decoders would take four.
_SIGNATURE = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_UNSUBSCRIBE = re.compile(rf"{_ID}\.{_ID}\.{_SIGNATURE}")
_WEB = re.compile(rf"{_ID}\.{_SIGNATURE}")
# Of eighty bits, in letters that survive servers which lower or raise the case of addresses.
_RETURN = re.compile(rf"(.+)\+{_ID}-{_ID}-([a-z2-7]{{16}})@(.+)")
_LEAVING = re.compile(rf"(?<![a-z0-9])unsubscribe-{_ID}-{_ID}-([a-z2-7]{{16}})(?![a-z0-9])")


class LinkSigner:
    """Signs and reads the links of one list. The first key signs; all of them, old ones too, are good for reading."""

    def __init__(self, secret_keys: Sequence[str], list_id: str) -> None:
        if not secret_keys or not all(secret_keys):
            raise ValueError("a link cannot be signed without a key")
        self._unsubscribe = [_derived(key, "unsubscribe", list_id) for key in secret_keys]
        self._web = [_derived(key, "view in browser", list_id) for key in secret_keys]
        self._request = [_derived(key, "confirm", list_id) for key in secret_keys]
        self._undo = [_derived(key, "undo", list_id) for key in secret_keys]
        self._leaving = [_derived(key, "unsubscribe by mail", list_id) for key in secret_keys]

    def unsubscribe(self, subscriber_id: int, issue_id: int) -> str:
        """Make the token that lets one person leave, and come back; for a URL."""
        return _signed(self._unsubscribe, f"{subscriber_id}.{issue_id}")

    def read_unsubscribe(self, token: str) -> tuple[int, int]:
        """Read subscriber and issue from a token of `unsubscribe`. Raises BadLink."""
        subscriber_id, issue_id = _read(self._unsubscribe, _UNSUBSCRIBE, token)
        return subscriber_id, issue_id

    def web(self, issue_id: int) -> str:
        """Make the token that shows an issue in a browser to whoever holds it; for a URL."""
        return _signed(self._web, str(issue_id))

    def read_web(self, token: str) -> int:
        """Read the issue from a token of `web`. Raises BadLink."""
        (issue_id,) = _read(self._web, _WEB, token)
        return issue_id

    def request(self, request_id: int) -> str:
        """Make the token that confirms a request to whoever read the mail about it; for a URL."""
        return _signed(self._request, str(request_id))

    def read_request(self, token: str) -> int:
        """Read the request from a token of `request`. Raises BadLink."""
        (request_id,) = _read(self._request, _WEB, token)
        return request_id

    def undo(self, subscriber_id: int, evidence_id: int) -> str:
        """Make the token that takes one no back: only the page that took it has one, so no mail can forward it."""
        return _signed(self._undo, f"{subscriber_id}.{evidence_id}")

    def read_undo(self, token: str) -> tuple[int, int]:
        """Read subscriber and evidence from a token of `undo`. Raises BadLink."""
        subscriber_id, evidence_id = _read(self._undo, _UNSUBSCRIBE, token)
        return subscriber_id, evidence_id

    def unsubscribe_mail(self, mailbox: str, subscriber_id: int, issue_id: int, tagged: bool = False) -> str:
        """Make the mailto: address (RFC 6068) that lets one person leave by writing to `mailbox`.

        The token is the whole subject; with `tagged` it also stands in the address, as mailbox+TOKEN@domain, for mail
        programs that send no subject. That is for mailboxes which take such mail, and is left out where it is too long.
        """
        token = f"unsubscribe-{subscriber_id}-{issue_id}-{_stamp(self._leaving[0], subscriber_id, issue_id)}"
        local, _, domain = mailbox.rpartition("@")
        address = f"{local}+{token}@{domain}" if tagged and len(local) + len(token) < MOST_LOCAL else mailbox
        return f"mailto:{quote(address, safe='@+')}?subject={token}"

    def read_unsubscribe_mail(self, *fields: str) -> tuple[int, int]:
        """Read subscriber and issue from the To or the Subject of a mail that `unsubscribe_mail` asked for.

        Case does not matter, nor what a mail program put before it. Raises BadLink. Only the fields of a mail that
        somebody wrote are to be given, never those of one that is quoted or came back: ours has the same words in it.
        """
        for match in (match for field in fields for match in _LEAVING.finditer(field.lower())):
            ids = int(match[1]), int(match[2])
            if _fits(match[3], self._leaving, ids):
                return ids
        raise BadLink


class ReturnPaths:
    """The addresses to which bounces come back, one for each delivery: mailbox+TOKEN@domain."""

    def __init__(self, secret_key: str, mailbox: str) -> None:
        self._local, _, self._domain = mailbox.lower().rpartition("@")
        self._mailbox = mailbox
        self._key = _derived(secret_key, "return path", mailbox.lower())

    def of(self, subscriber_id: int, issue_id: int) -> str:
        """Make the address of one delivery. Raises BadAddress where the mailbox leaves no room for a token."""
        tagged = f"{self._local}+{subscriber_id}-{issue_id}-{_stamp(self._key, subscriber_id, issue_id)}"
        if len(tagged) > MOST_LOCAL:
            raise BadAddress(text=self._mailbox, why="it is too long before the @ to carry a token for each delivery")
        return f"{tagged}@{self._domain}"


def read_return_path(secret_keys: Sequence[str], address: str) -> tuple[int, int]:
    """Read subscriber and issue from an address of `ReturnPaths`, in any case of letters. Raises BadLink."""
    match = _RETURN.fullmatch(address.lower())
    if match is None:
        raise BadLink
    local, subscriber_id, issue_id, stamp, domain = match.groups()
    ids = int(subscriber_id), int(issue_id)
    if not _fits(stamp, [_derived(key, "return path", f"{local}@{domain}") for key in secret_keys], ids):
        raise BadLink
    return ids


def _signed(keys: Sequence[Key], words: str) -> str:
    return f"{words}.{keys[0].url_safe(words)}"


def _read(keys: Sequence[Key], shape: re.Pattern[str], token: str) -> list[int]:
    match = shape.fullmatch(token)
    if match is None:
        raise BadLink
    words, _, signature = token.rpartition(".")
    if not _is_one_of(signature, [key.url_safe(words) for key in keys]):
        raise BadLink
    return [int(number) for number in match.groups()]


@lru_cache(maxsize=64)
def _derived(secret_key: str, purpose: str, whose: str) -> Key:
    return Key(Key(secret_key.encode()).sign(f"newsletter {purpose}\0{whose}"))


def _fits(stamp: str, keys: Sequence[Key], ids: tuple[int, int]) -> bool:
    return _is_one_of(stamp, [_stamp(key, *ids) for key in keys])


def _stamp(key: Key, subscriber_id: int, issue_id: int) -> str:
    return key.letters(f"{subscriber_id}.{issue_id}", octets=10)


def _is_one_of(signature: str, signatures: Sequence[str]) -> bool:
    # A list, not a generator, because the time it takes must not tell which key fits.
    return any([hmac.compare_digest(signature, known) for known in signatures])  # noqa: C419
