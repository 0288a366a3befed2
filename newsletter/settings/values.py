"""Readers for the text of settings: each takes text and returns a value, or raises ValueError that says why not."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address, ip_network
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlsplit

from subscribers.address import normalise
from subscribers.errors import BadAddress
from subscribers.forwarded import Network


class Security(StrEnum):
    """How the connection to the relay is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Durability(StrEnum):
    """What the send log survives: a power cut, or only the end of the process."""

    POWER = "power"
    PROCESS = "process"


class ArchiveAccess(StrEnum):
    """Who can find past issues: nobody, readers of the public pages, or search engines too."""

    NO = "no"
    YES = "yes"
    INDEXED = "indexed"


class HookService(StrEnum):
    """A relay that tells of bounces and complaints by a webhook; the value is its name in the webhook's address."""

    SES = "ses"
    MAILGUN = "mailgun"
    POSTMARK = "postmark"
    SENDGRID = "sendgrid"
    BREVO = "brevo"
    MAILJET = "mailjet"
    RESEND = "resend"

    @property
    def brand(self) -> str:
        """The name that the relay gives itself."""
        return _BRANDS.get(self, self.value.capitalize())


_BRANDS = {HookService.SES: "Amazon SES", HookService.SENDGRID: "SendGrid"}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address (RFC 5322 §3.4)."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def mailbox(text: str) -> Mailbox:
    if any(ord(c) < 32 for c in text):
        raise ValueError("must be one line")
    name, address = parseaddr(text)
    try:
        return Mailbox(name, normalise(address))
    except BadAddress as bad:
        raise ValueError(f'must be an email address, like "Our Campaign <news@example.org>": {bad}') from None


def mailboxes(text: str) -> tuple[Mailbox, ...]:
    """Read addresses, each with or without a name, separated by commas or semicolons outside quotation marks."""
    plain = "<" not in text and '"' not in text
    parts = re.split(r"[\s,;]+", text) if plain else re.findall(r'(?:"[^"]*"|[^,;"])+', text)
    found = tuple(mailbox(part.strip()) for part in parts if part.strip())
    if len({each.address.lower() for each in found}) != len(found):
        raise ValueError("must name no address twice")
    return found


def http_url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
        or not text.isascii()
    ):
        raise ValueError("must be a web address, like https://news.example.org")
    return text.rstrip("/")


def web_page(text: str) -> str:
    """Read the address of a web page, which may have a query and a fragment."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\"<>]", text):
        raise ValueError("must be a web address, like https://www.example.org/privacy")
    return text


def networks(text: str) -> tuple[Network, ...]:
    if text.lower() == "none":
        return ()
    try:
        return tuple(ip_network(word, strict=False) for word in text.replace(",", " ").split())
    except ValueError:
        raise ValueError("must be addresses or networks, as in 127.0.0.1 or 10.0.0.0/8 ::1, or none") from None


def whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def number(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        raise ValueError("must be a number, like 10 or 0.5")
    return float(text)


def steps(text: str) -> tuple[int, ...]:
    words = text.replace(",", " ").split()
    if not all(re.fullmatch(r"[1-9][0-9]{0,8}", word) for word in words):
        raise ValueError("must be whole numbers, as in 50 100 200")
    return tuple(map(int, words))


def words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise ValueError("must be a command. One of its quotation marks is never closed") from None


def day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("must be a day, as in 2026-12-01") from None


def yes_or_no(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text.lower() == "yes"


def one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        if text not in list(kind):
            raise ValueError(f"must be one of {', '.join(kind)}")
        return kind(text)

    return read


def hook_services(text: str) -> tuple[HookService, ...]:
    names = text.lower().replace(",", " ").split()
    if unknown := set(names) - set(HookService):
        raise ValueError(f"must be some of {', '.join(HookService)}, separated by spaces, and not {unknown.pop()}")
    return tuple(HookService(name) for name in dict.fromkeys(names))


def hook_secret(text: str) -> str:
    """Read a secret that is part of a web address."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise ValueError("must be letters, digits, - and _ only, because it is part of a web address")
    return secret_key(text)


def hook_keys(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def dotted_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text):
        raise ValueError("must look like a domain, as in news.example.org")
    return text.lower()


@dataclass(frozen=True, slots=True)
class OtherRelay:
    """A relay besides the first, written as a URL: smtps://USER:PASSWORD@HOST:PORT?weight=2."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    weight: int = 1


_SCHEMES = {"smtps": (Security.TLS, 465), "smtp+starttls": (Security.STARTTLS, 587), "smtp": (Security.NONE, 25)}


def other_relays(text: str) -> tuple[OtherRelay, ...]:
    return tuple(_other_relay(word) for word in text.split())


def _other_relay(text: str) -> OtherRelay:
    try:
        parts = urlsplit(text)
        security, usual = _SCHEMES[parts.scheme]
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        weight = whole(0, 100)(given.pop("weight", "1"))
        port = parts.port or usual
    except (KeyError, ValueError):
        raise ValueError(_LIKE_A_RELAY) from None
    if not parts.hostname or parts.path or parts.fragment or given:
        raise ValueError(_LIKE_A_RELAY)
    return OtherRelay(
        parts.hostname, port, security, unquote(parts.username or ""), unquote(parts.password or ""), weight
    )


_LIKE_A_RELAY = (
    "must be mail servers like smtps://USER:PASSWORD@smtp.example.org?weight=1. Each begins with smtps, smtp+starttls "
    "or smtp. Write special characters in a password as in a web address: %40 for @"
)


MOST_PORT = 65_535


def host_and_port(text: str) -> str:
    found = re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?", text)
    if not found or not 0 < int(found[1] or 1) <= MOST_PORT:
        raise ValueError("must be the name of a server, as in imap.example.org or imap.example.org:993")
    return text


def selector(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", text):
        raise ValueError("must be a name of letters, digits and hyphens, as in news2026")
    return text.lower()


def language_tag(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError("must be a language code, such as en or cy")
    return text


def one_line(text: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise ValueError("must be one line")
    return text


def secret_key(text: str) -> str:
    """Read a secret key that is hard to guess: long, of many different characters, without repetition or order."""
    if len(text) < SHORTEST:
        raise ValueError(_TOO_SHORT)
    if len(set(text)) < DIFFERENT or _is_repeated(text) or _is_in_order(text) or _PLACEHOLDER.search(text):
        raise ValueError("is easy to guess. It must be random characters: `newsletter init` makes them")
    return text


SHORTEST = 32
_TOO_SHORT = "must be at least 32 random characters: `newsletter init` makes them"
DIFFERENT = 8
"""The fewest different characters a key may have; of 32 random hexadecimal digits, one key in a million has fewer."""
_PLACEHOLDER = re.compile(
    r"change.?(me|this|it)|replace.?(me|this|with)|your.?(own|secret|key)|password|insecure|placeholder|do.?not.?use|qwerty",
    re.IGNORECASE,
)


def _is_repeated(text: str) -> bool:
    """Say whether a text is one piece repeated; the last repetition may be cut off."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _is_in_order(text: str) -> bool:
    """Say whether most characters are neighbours in the alphabet of the one before, or equal: abcdef…, 123456…"""
    steps_ = [abs(ord(after) - ord(before)) for before, after in pairwise(text)]
    return sum(step <= 1 for step in steps_) > len(steps_) // 2


def secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(text.split())
    # Keys that are easy to guess are accepted: an organiser who replaces one must keep it for links in old mails.
    if any(len(key) < SHORTEST for key in keys):
        raise ValueError(_TOO_SHORT)
    return keys


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
