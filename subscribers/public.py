"""What every public response has in common: headers that tie a browser's hands, and a cap on what may be sent to us.

Nothing here knows what a page is about.
"""

from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_FORM = 8192
"""The longest form that is read, in bytes."""

STRICTEST = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_HEADERS = {
    "Content-Security-Policy": STRICTEST,
    "Referrer-Policy": "no-referrer",  # because the address of a page is somebody's token
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware: puts the headers on every response that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


async def read_form(request: Request) -> dict[str, str]:
    """Read a small urlencoded form; any other body is read to its end and says nothing.

    Raises HTTPException 413 for a body above the cap, whatever length it claims to have.
    """
    body = b""
    if _claimed(request) > MOST_FORM:
        raise HTTPException(413)
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_FORM:
            raise HTTPException(413)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return {}
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("latin-1"), max_num_fields=20).items()}
    except ValueError:
        return {}


def _claimed(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else MOST_FORM + 1
