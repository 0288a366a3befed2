"""What every public response has in common: headers that restrict the browser, and a cap on what may be sent to us.

Nothing here knows what a page is about.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from ipaddress import ip_address, ip_network
from operator import itemgetter
from urllib.parse import parse_qs

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Database = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction for the length of a block."""

MOST_FORM = 8192
"""The longest form that is accepted, in bytes."""
MOST_READ = 128 * 1024
"""The longest body that is read to its end, in bytes; a longer one is refused before that."""
MOST_FIELDS = 60
BODY_SECONDS = 20
"""How long a form may take to arrive."""
MOST_LANGUAGES = 200
"""How much of an Accept-Language header is read, in characters."""

STRICTEST = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_HEADERS = {
    b"content-security-policy": STRICTEST.encode(),
    b"referrer-policy": b"no-referrer",  # the URL of a page contains a subscriber's token
    b"x-content-type-options": b"nosniff",
    b"x-robots-tag": b"noindex, nofollow",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
"""Spelt as ASGI needs them, once, because they are on every response."""


class SecurityHeaders:
    """ASGI middleware: adds these headers to every response, except those that the response already has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                guard(message["headers"])
            await send(message)

        await self._app(scope, receive, guarded)


def guard(headers: list[tuple[bytes, bytes]]) -> None:
    """Add to a response's headers those that it does not have."""
    brought = {name for name, _ in headers}
    headers += [(name, value) for name, value in _HEADERS.items() if name not in brought]


async def read_form(request: Request) -> dict[str, str]:
    """Read a small urlencoded form; a body of another type is read to its end and gives an empty form.

    Raises HTTPException 413 for a body above the cap, whatever length it claims to have, and 408 for a body that
    arrives too slowly.
    """
    if _claimed(request) > MOST_READ:
        raise HTTPException(413)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(request)
    except TimeoutError:
        raise HTTPException(408) from None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return {}
    try:
        return {
            name: values[0] for name, values in parse_qs(body.decode("latin-1"), max_num_fields=MOST_FIELDS).items()
        }
    except ValueError:
        return {}


async def _body(request: Request) -> bytes:
    """Read a body to its end even if it is too long: a browser that is still sending would not get the answer."""
    body, length = b"", 0
    async for piece in request.stream():
        length += len(piece)
        body = (body + piece)[: MOST_FORM + 1]
        if length > MOST_READ:
            break
    if length > MOST_FORM:
        raise HTTPException(413)
    return body


def accepted_languages(request: Request) -> list[str]:
    """List the languages of the browser's Accept-Language header, the best first (RFC 9110 §12.5.4)."""
    wanted_languages = []
    for wanted in request.headers.get("accept-language", "")[:MOST_LANGUAGES].split(","):
        tag, _, quality = wanted.partition(";")
        number = quality.strip().removeprefix("q=")
        weight = float(number) if re.fullmatch(r"[01](\.[0-9]{0,3})?", number) else 1.0
        wanted_languages.append((-weight, tag.strip()))
    return [tag for weight, tag in sorted(wanted_languages, key=itemgetter(0)) if weight]


def kept_for(seconds: int, request: Request, answer: Response) -> Response:
    """Let caches keep a public `answer`; a client that already has it gets 304 (RFC 9110 §13.1.2)."""
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    answer.headers["Cache-Control"] = f"public, max-age={seconds}"
    answer.headers["ETag"] = tag
    if tag not in {known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")}:
        return answer
    kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "content-type")}
    return Response(status_code=304, headers=kept)


def network_address(request: Request) -> str:
    """Return the network address a request comes from, as `forwarded` found it; empty: unknown."""
    return request.client.host if request.client else ""


def network_of(address: str) -> str:
    """Return the network of an address, as wide as a household or office usually has: /24, or /48 for IPv6."""
    try:
        wide = 24 if ip_address(address).version == 4 else 48
        return str(ip_network(f"{address.partition('%')[0]}/{wide}", strict=False))
    except ValueError:
        return ""


def _claimed(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else MOST_READ + 1
