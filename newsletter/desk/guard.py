"""What stands in front of every page of the desk: only this machine, only its user, only our own forms.

In: a request. Out: the page's answer with strict headers, or a refusal that does not reach any page.

    another web page        it can make a browser send requests here, but not with our cookie, Origin or form token
    DNS rebinding           its name is in the Host header; only our own names are served
    another local user      the kernel says whose the connection is; and the key in the address works once
    an old tab              its forms are signed with a key that is made at each start (`newsletter.desk.forms`)

A browser sends cookies of one port of a machine to all of its ports, so the cookie alone is not enough.
"""

import logging
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.desk.neighbours import is_of_another_user

_log = logging.getLogger(__name__)

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    b"content-security-policy": PAGE.encode(),
    b"x-content-type-options": b"nosniff",
    # Not no-referrer: the Origin of a form would then be "null", which a page of anybody's can send, too.
    b"referrer-policy": b"same-origin",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
USED = (
    "This address has been used already, or is not complete: it opens the desk once. Run `newsletter desk` again in "
    "your terminal to get a new one."
)


@dataclass
class DeskKey:
    """The key in the address, which works once, and the cookie that it is exchanged for."""

    port: int
    once: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def name(self) -> str:
        """The name of the cookie: each port has its own, as browsers send all of them to every port."""
        return f"newsletter-desk-{self.port}"

    def is_spent_by(self, given: str) -> bool:
        """Take the key out of an address; True only the first time, and only for the right key."""
        if not self.once or not compare_digest(given.encode(), self.once.encode()):
            return False
        self.once = ""
        return True

    def is_shown_by(self, headers: Headers) -> bool:
        """Say whether a request has the cookie. One of two cookies of that name may be somebody else's."""
        given = cookie_parser(headers.get("cookie", "")[:8192]).get(self.name, "")
        return compare_digest(given.encode(), self.cookie.encode())


class DeskGuard:
    """ASGI middleware around all pages of the desk."""

    def __init__(self, app: ASGIApp, key: DeskKey) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                brought = {name for name, _ in message["headers"]}
                message["headers"] += [(name, value) for name, value in _HEADERS.items() if name not in brought]
            await send(message)

        answer = self._refusal(scope) or self._entry(scope)
        if answer is not None:
            if answer.status_code >= 400:
                _log.warning("the desk refused a request: %s", bytes(answer.body).decode().partition(".")[0])
            await answer(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = {f"{name}:{self._key.port}" for name in ("127.0.0.1", "localhost")}
        if len(headers.getlist("host")) != 1 or headers["host"].lower() not in hosts:
            return _no(421, "The desk is not at this address")
        if scope["client"] and is_of_another_user(scope["client"], self._key.port):
            return _no(403, "The desk is for the user of this computer who started it")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return _no(405, "The desk only shows pages and takes forms")
        return self._stranger(scope["method"], headers)

    def _stranger(self, method: str, headers: Headers) -> Response | None:
        """Refuse what another page had the browser send. Browsers set these fields; no page can change them."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        own = {f"http://{headers['host'].lower()}"}
        if origin is not None and origin not in own:
            # A frame in a sandbox is of no origin; what it loads has no cookie, and none is needed to refuse it.
            return _no(403, "This request comes from another page")
        if method == "POST" and not (origin in own and site in (None, "same-origin")):
            return _no(403, "This form was not sent by a page of the desk")
        if site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") not in (None, "navigate"):
            return _no(403, "This request comes from another page")
        return None

    def _entry(self, scope: Scope) -> Response | None:
        """Exchange the key for the cookie; refuse a request that has neither."""
        headers = Headers(scope=scope)
        known = self._key.is_shown_by(headers)
        given = _key_in(scope)
        if given and scope["path"] == "/" and scope["method"] == "GET":
            if known or self._key.is_spent_by(given):
                answer = RedirectResponse("/", 303)  # so that the key does not stay in the address bar
                answer.set_cookie(self._key.name, self._key.cookie, httponly=True, samesite="strict", path="/")
                return answer
            return _no(403, USED)
        return None if known else _no(403, USED)


def _key_in(scope: Scope) -> str:
    query = scope["query_string"][:200].decode("latin-1")
    return query.removeprefix("key=") if query.startswith("key=") else ""


def _no(status: int, why: str) -> Response:
    return PlainTextResponse(f"{why}.\n" if not why.endswith(".") else f"{why}\n", status)
