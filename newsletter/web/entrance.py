"""What every web site needs besides its pages: a start page, robots.txt, an icon. In: a Site; out: routes.

GET  /               leads to the archive, or to the form
GET  /robots.txt     what search engines may read: the archive; never a subscriber's own link
GET  /favicon.ico    a square in the accent colour of the theme
GET  /health/you     the network address we see for the client: `newsletter doctor` asks with a forged header
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.errors import DatabaseLost
from subscribers.public import guard, network_address
from subscribers.site import Site

SIDE, CORNER = 32, 6
"""Side and corner radius of the icon, in pixels."""
_PRIVATE = ("/u/", "/p/", "/confirm/", "/i/", "/a/")
"""The beginnings of the paths that links in mails lead to."""


@dataclass(frozen=True)
class Entrance:
    """The start of one list's pages; `ways` are the pages to go on to, the best first: "archive", "subscribe"."""

    site: Site
    ways: Sequence[str]

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/robots.txt", self.robots, methods=["GET"]),
            Route("/favicon.ico", self.icon, methods=["GET"]),
            Route("/health/you", self.you, methods=["GET"]),
        ]

    def home(self, request: Request) -> Response:
        """Redirect to the first of `ways`, by a relative address, as the Host header may be forged; or answer 404."""
        if not self.ways:
            return self.site.not_found(request)
        return Response(status_code=302, headers={"Location": self.ways[0]})

    def robots(self, request: Request) -> Response:
        """Keep robots (RFC 9309) from subscribers' own links, and from everything if there is no archive."""
        closed = _PRIVATE if "archive" in self.ways else ("/",)
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
        return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=86400"})

    def icon(self, request: Request) -> Response:
        """Return the icon, in the accent colour of the theme."""
        colour = bytes.fromhex(str(self.site.look["light"]["accent"])[1:])  # type: ignore[index]
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(icon(colour), media_type="image/x-icon", headers=headers)

    def you(self, request: Request) -> Response:
        """Return the network address that we see for the client."""
        return PlainTextResponse(f"{network_address(request)}\n")


@dataclass(frozen=True)
class Refusals:
    """Pages shown instead of what was requested; each offers a way on."""

    entrance: Entrance

    def bad_link(self, request: Request, error: Exception) -> Response:
        """Answer a request with a link that we did not sign."""
        return self.entrance.site.bad_link(request)

    def not_found(self, request: Request, error: Exception) -> Response:
        """Answer an unknown address; below the paths of links in mails, as a link that lost a part on its way."""
        if request.url.path.startswith(_PRIVATE):
            return self.entrance.site.bad_link(request)
        return self.entrance.site.not_found(request, self.entrance.ways)

    def not_taken(self, request: Request, error: Exception) -> Response:
        """Answer a request that was too long, too slow, or of a method or kind that is not accepted there."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        site = self.entrance.site
        if status == 413:
            answer = site.too_long(request)
        elif status == 408:
            answer = site.trouble(request, status=status)
        else:
            answer = site.not_found(request, self.entrance.ways, status)
        answer.headers.update(getattr(error, "headers", None) or {})
        # Close, because we do not wait for the rest of a request that was too long or too slow.
        answer.headers.update({"Connection": "close"} if status in (408, 413) else {})
        return answer

    def trouble(self, request: Request, error: Exception) -> Response:
        """Answer after a fault of ours; if the database is lost, note that in `app.state`, so that the server stops."""
        if isinstance(error, DatabaseLost):
            request.app.state.lost = error
        answer = self.entrance.site.trouble(request)
        guard(answer.raw_headers)  # this answer does not pass through the middleware
        return answer


def icon(colour: bytes) -> bytes:
    """Draw a rounded square in `colour`, three bytes of red, green and blue, as an .ico file that holds a PNG."""
    rows = b"".join(
        b"\0" + b"".join(colour + (b"\xff" if _inside(x, y) else b"\0") for x in range(SIDE)) for y in range(SIDE)
    )
    size = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    entry = struct.pack("<BBBBHHII", SIDE, SIDE, 0, 0, 1, 32, len(png), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + png


def _inside(x: int, y: int) -> bool:
    """Say whether a pixel is within the rounded corners."""
    across, down = (max(CORNER - each, each - (SIDE - 1 - CORNER), 0) for each in (x, y))
    return across * across + down * down <= CORNER * CORNER


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
