"""The only stage that goes out to the web. In: an address. Out: its content, within limits.

The address may come from a stranger, so it must not lead into the network of this machine. http and https only. The
host is resolved once, all its IP addresses must be public, and the connection goes to one of them, because a second
lookup could give another; each redirect is checked in the same way. Size and time are capped; no proxy, cookie or login
is used.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from newsletter.errors import FetchRefused

# A list of forbidden IPv6 ranges is never complete, so only the range assigned for the public internet is allowed.
_PUBLIC_6 = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.ip_network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "64:ff9b::/96")
)
_NOT_PUBLIC_4 = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one fetch, with all its redirects."""

    most_bytes: int = 10_000_000
    """Of the content, as sent and as unpacked."""
    seconds: float = 20.0
    redirects: int = 5
    allowed: tuple[str, ...] = ()
    """Networks that may be reached although they are not public, such as "127.0.0.0/8"; for tests."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response: its address after all redirects, and its content, unpacked; empty after HEAD."""

    url: str
    content: bytes
    media_type: str = ""
    """As the server declared it, such as "image/png"; "text/plain" if it declared none."""
    charset: str = ""
    """As the server declared it; empty: it declared none."""
    status: int = 200


DEFAULT = Limits()


def fetch(url: str, limits: Limits = DEFAULT, method: str = "GET") -> Fetched:
    """Fetch `url` by `method`, GET or HEAD, and follow redirects.

    Raises FetchRefused, with the reason: `url` may not be reached, redirects too often, is too large or too slow, the
    connection or its certificate fails, or the server answers with a status of 400 or more.
    """
    end = time.monotonic() + limits.seconds
    address = url
    for _ in range(limits.redirects + 1):
        found, onward = _once(address, limits, end, method)
        if found is not None:
            return found
        address = _joined(address, onward)
    raise FetchRefused(url=url, why=f"it leads on more than {limits.redirects} times")


def _joined(address: str, onward: str) -> str:
    try:
        return urljoin(address, onward)
    except ValueError:
        raise FetchRefused(url=address, why=f"it leads on to “{onward[:100]}”, which is no address") from None


def public_addresses(host: str, port: int, limits: Limits = DEFAULT, seconds: float | None = None) -> list[str]:
    """Resolve `host` to IP addresses, in `seconds` at most (None: as the limits say).

    Raises FetchRefused if there are none, if one is neither public nor allowed, or if it takes too long.
    """
    found = _resolved(host, port, limits.seconds if seconds is None else seconds)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        if not is_public(address, limits.allowed):
            raise FetchRefused(url=host, why=f"{address} is no address of the public web")
    return addresses


def _resolved(host: str, port: int, seconds: float) -> list[Any]:
    """Ask the system's resolver, in a thread: it knows no deadline, and a slow name server keeps it for a minute."""
    answers: list[list[Any]] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    asking = threading.Thread(target=ask, daemon=True)  # a daemon: the program need not wait for it to end
    asking.start()
    asking.join(seconds)
    if not answers:
        late = asking.is_alive()
        raise FetchRefused(url=host, why="its name server does not answer" if late else "there is no such host")
    return answers[0]


def is_public(address: str, allowed: tuple[str, ...] = ()) -> bool:
    """Say whether an IP `address` belongs to the public internet, or to one of the networks `allowed`.

    An IPv6 address that contains an IPv4 one (mapped, 6to4, Teredo, NAT64) is never public, whatever it contains.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(ip in ipaddress.ip_network(network) for network in allowed):
        return True
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_4)
    return ip in _PUBLIC_6 and not any(ip in network for network in _NOT_PUBLIC_6) and "%" not in address


def _once(url: str, limits: Limits, end: float, method: str) -> tuple[Fetched | None, str]:
    """Send one request; return the response, or None and the address that it redirects to.

    `end` is the time by `time.monotonic` at which the whole fetch must be over, here and below.
    """
    parts = _parts(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = _ascii_host(parts, url)
    addresses = public_addresses(host, port, limits, _left(end))
    connection = _Pinned(host, port, addresses, parts.scheme == "https", end)
    path = quote(parts.path or "/", safe="/%:@!$&'()+*,;=~-._") + (
        f"?{quote(parts.query, safe='/%:@!$&()+*,;=~-._?')}" if parts.query else ""
    )
    try:
        connection.request(
            method, path, headers={"User-Agent": "newsletter", "Accept": "*/*", "Accept-Encoding": "identity"}
        )
        with connection.getresponse() as answer:  # closes the response, also if it is not read to its end
            if answer.status in (301, 302, 303, 307, 308) and answer.getheader("Location"):
                return None, str(answer.getheader("Location"))
            if answer.status >= 400:
                raise FetchRefused(url=url, why=f"the server answered {answer.status} {answer.reason}".rstrip())
            content = b"" if method == "HEAD" else _read(answer, limits, end, url)
            return _fetched(url, answer, content, limits), ""
    except ssl.SSLCertVerificationError as error:
        raise FetchRefused(url=url, why=f"its certificate is not to be trusted: {error.verify_message}") from None
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        late = time.monotonic() >= end
        why = f"it took longer than {limits.seconds:g} s" if late else f"{type(error).__name__}: {error}".rstrip(": ")
        raise FetchRefused(url=url, why=why) from None
    finally:
        connection.close()


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise FetchRefused(url=url, why="it is no address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchRefused(url=url, why="only http:// and https:// addresses are fetched")
    if parts.username is not None or parts.password is not None or re.search(r"[\x00-\x20\x7f\\]", url.strip()):
        raise FetchRefused(url=url, why="an address with a login or control characters in it is not fetched")
    return parts


def _ascii_host(parts: SplitResult, url: str) -> str:
    try:
        return (
            (parts.hostname or "").encode("idna").decode()
            if not (parts.hostname or "").isascii()
            else parts.hostname or ""
        )
    except UnicodeError:
        raise FetchRefused(url=url, why="its host cannot be a name") from None


class _Pinned(http.client.HTTPConnection):
    """A connection to the first of `addresses` that answers; they are checked already, and `host` is not resolved.

    A timer in another thread shuts it down at `end`.
    """

    def __init__(self, host: str, port: int, addresses: list[str], secure: bool, end: float) -> None:
        super().__init__(host, port)
        self._addresses, self._secure, self._end = addresses, secure, end
        self._watch: threading.Timer | None = None

    def connect(self) -> None:
        last: OSError = OSError("no address answered")
        for address in self._addresses:
            try:
                self.sock = socket.create_connection((address, self.port), timeout=_left(self._end))
                break
            except OSError as error:
                last = error
        else:
            raise last
        if self._secure:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        # The timeout of the socket is for a single read; a server that sends a byte now and then never reaches it.
        self._watch = threading.Timer(_left(self._end), _hang_up, [self.sock])
        self._watch.daemon = True
        self._watch.start()

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().close()


def _left(end: float) -> float:
    """Return the seconds until `end`; a little more than 0 if it is over, because a timeout of 0 means not to wait."""
    return max(end - time.monotonic(), 0.01)


def _hang_up(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


_CUT_OFF = "the connection was cut before all of it had come. Try again"


def _read(answer: http.client.HTTPResponse, limits: Limits, end: float, url: str) -> bytes:
    declared = answer.getheader("Content-Length") or ""
    if declared.isdigit() and int(declared) > limits.most_bytes:
        raise FetchRefused(url=url, why=f"it is larger than {limits.most_bytes:,} bytes")
    content = bytearray()
    while piece := answer.read1(65_536):
        content += piece
        if len(content) > limits.most_bytes:
            raise FetchRefused(url=url, why=f"it is larger than {limits.most_bytes:,} bytes")
        if time.monotonic() > end:
            raise TimeoutError
    if time.monotonic() >= end:
        raise TimeoutError
    if content and declared.isdigit() and len(content) < int(declared):  # read1 ends quietly where the line was cut
        raise FetchRefused(url=url, why=_CUT_OFF)
    return bytes(content)


def _fetched(url: str, answer: http.client.HTTPResponse, content: bytes, limits: Limits) -> Fetched:
    if (answer.getheader("Content-Encoding") or "").lower() in ("gzip", "x-gzip", "deflate"):
        # Some servers compress although we ask them not to; the unpacked size is capped, too.
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
        content = unpacking.decompress(content, limits.most_bytes)
        if unpacking.unconsumed_tail:
            raise FetchRefused(url=url, why=f"it unpacks to more than {limits.most_bytes:,} bytes")
        if content and not unpacking.eof:
            raise FetchRefused(url=url, why=_CUT_OFF)
    return Fetched(
        url, content, answer.headers.get_content_type(), answer.headers.get_content_charset() or "", answer.status
    )
