"""What a web site has at its door: an address without a path, robots.txt, an icon. In: a Site; out: routes.

GET  /               leads to the archive, or to the form
GET  /robots.txt     what search engines may read: the archive; never a link of somebody's
GET  /favicon.ico    a square in the colour of the look
GET  /health/you     which network address you have, as far as we know: `newsletter doctor` asks with a forged header
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
"""Of the icon, in pixels."""
_PRIVATE = ("/u/", "/p/", "/confirm/", "/i/")
"""Where links of mails lead."""


@dataclass(frozen=True)
class Entrance:
    """The door of one list's pages; `ways` on from it, the first first: "archive", "subscribe"."""

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
        """Lead on, relative to here, because Host may say anything; or say that there is nothing."""
        if not self.ways:
            return self.site.not_found(request)
        return Response(status_code=302, headers={"Location": self.ways[0]})

    def robots(self, request: Request) -> Response:
        """Keep robots (RFC 9309) from people's own links, and from everything where there is no archive."""
        closed = _PRIVATE if "archive" in self.ways else ("/",)
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
        return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=86400"})

    def icon(self, request: Request) -> Response:
        """Give the icon, in the accent of the look."""
        colour = bytes.fromhex(str(self.site.look["light"]["accent"])[1:])  # type: ignore[index]
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(icon(colour), media_type="image/x-icon", headers=headers)

    def you(self, request: Request) -> Response:
        """Tell who asks under which address we know them."""
        return PlainTextResponse(f"{network_address(request)}\n")


@dataclass(frozen=True)
class Refusals:
    """Pages in the place of what was asked for, each with a way out."""

    entrance: Entrance

    def bad_link(self, request: Request, error: Exception) -> Response:
        """Answer a link that is not ours."""
        return self.entrance.site.bad_link(request)

    def not_found(self, request: Request, error: Exception) -> Response:
        """Answer an address that leads nowhere; where links of mails lead, it was one that lost a piece."""
        if request.url.path.startswith(_PRIVATE):
            return self.entrance.site.bad_link(request)
        return self.entrance.site.not_found(request, self.entrance.ways)

    def not_taken(self, request: Request, error: Exception) -> Response:
        """Answer a request that was too long, too slow, or of a kind that is not taken there."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        site = self.entrance.site
        if status == 413:
            answer = site.too_long(request)
        elif status == 408:
            answer = site.trouble(request, status=status)
        else:
            answer = site.not_found(request, self.entrance.ways, status)
        answer.headers.update(getattr(error, "headers", None) or {})
        # Because the rest of what was too long, or too slow, is not waited for.
        answer.headers.update({"Connection": "close"} if status in (408, 413) else {})
        return answer

    def trouble(self, request: Request, error: Exception) -> Response:
        """Answer a fault of ours; where the database is lost, have the app say so to its server."""
        if isinstance(error, DatabaseLost):
            request.app.state.lost = error
        answer = self.entrance.site.trouble(request)
        guard(answer.raw_headers)  # because what answers a fault of ours stands outside of the middleware
        return answer


def icon(colour: bytes) -> bytes:
    """Draw a rounded square of one colour, three bytes of red, green and blue, as an .ico that holds a PNG."""
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
