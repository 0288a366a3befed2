"""The network address of a visitor behind a web server. In: the address that connected, two headers. Out: one address.

Any client can send X-Forwarded-For, and a web server in front appends to it. So we believe these headers only from a
trusted proxy, and use only the last address that is not a trusted proxy. What is no address is not stored.

    X-Forwarded-For: 203.0.113.7, 198.51.100.4        Forwarded: for=203.0.113.7, for="[2001:db8::1]:4711"   (RFC 7239)
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
MOST = 2000
"""How much of such a header is read, from its end, in characters."""

_PARAMETER = re.compile(r'for\s*=\s*("[^"]*"|[^\s;,"]*)', re.IGNORECASE)
_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([0-9.]+):\d+")


@dataclass(frozen=True)
class Proxies:
    """The web servers that we trust to name the visitor."""

    trusted: Sequence[Network] = LOOPBACK

    def client(self, neighbour: str, forwarded_for: Iterable[str], forwarded: Iterable[str]) -> str:
        """Return the visitor's address: `neighbour`, or the one a trusted neighbour names; empty: no valid address.

        `forwarded_for` and `forwarded` are the values of the two headers, in the order in which they came.
        """
        here = address_of(neighbour)
        if here is None or not self._trusts(here):
            return str(here or "")
        chain = _list(",".join(forwarded_for))
        # Common web servers write X-Forwarded-For and pass Forwarded on unchanged, so Forwarded counts only if alone.
        named = chain or [_of_element(element) for element in _list(",".join(forwarded))]
        for word in reversed(named):
            address = address_of(word)
            if address is None:
                return ""
            if not self._trusts(address):
                return str(address)
            here = address
        return str(here)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.trusted if network.version == address.version)


class Forwarded:
    """ASGI middleware: replaces the proxy's address in the scope with the visitor's."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            neighbour, port = scope.get("client") or ("", 0)
            client = self._proxies.client(neighbour, _values(scope, b"x-forwarded-for"), _values(scope, b"forwarded"))
            scope = {**scope, "client": (client, port if client == neighbour else 0)}
        await self._app(scope, receive, send)


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Read an IP address, also with a port, in brackets, or with a zone; None: it is not an IP address."""
    match = _PORT.fullmatch(text.strip().strip('"').strip())
    plain = (match[1] or match[2] or "") if match else text.strip().strip('"').strip()
    try:
        address = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _list(text: str) -> list[str]:
    words = [word.strip() for word in text[-MOST:].split(",")]
    if len(text) > MOST:
        words[0] = ""  # it may be half an address
    return words if any(words) or len(text) > MOST else []


def _of_element(element: str) -> str:
    found = _PARAMETER.findall(element)
    return found[-1].strip('"') if len(found) == 1 else ""
