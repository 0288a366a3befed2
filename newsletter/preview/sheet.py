"""A mail side by side: phone, dark, desktop, without images, as text. In: a function that makes it. Out: one page.

The page follows what the author writes. If the post cannot be made into a mail, the page says why, beside the last mail
that could be made, and recovers by itself. It is for this machine only; other pages in the browser cannot read it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from newsletter.compiler import Finding
from newsletter.compiler.part import CLIPPED_AT
from newsletter.preview import FILES, Preview
from newsletter.preview.views import HIDDEN, VIEWS, view_page
from newsletter.preview.watching import Signature, signature
from newsletter.publish import kinds
from newsletter.theme import forget_templates, render
from subscribers.errors import Explained

_ALONE = "base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'self'"
_PAGE = f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; {_ALONE}"
# Pictures come from their public address or from beside the post; no script of a mail runs.
_MAIL = f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; {_ALONE}"


@dataclass(frozen=True)
class Proof:
    """One state of a post: the mail it makes, its sender and reader, and the findings about it."""

    preview: Preview
    sender: str
    reader: str
    findings: tuple[Finding, ...]


@dataclass
class ProofSheet:
    """What the page shows: the last mail that could be made, and what has been wrong since."""

    name: str
    make: Callable[[], Proof]
    watched: Callable[[], Iterable[Path]]
    proof: Proof | None = None
    wrong: str = ""
    version: int = 0
    _seen: Signature | None = None
    _lock: Lock = field(default_factory=Lock)

    def look(self) -> None:
        """Make the mail again if any file that it is made of has changed."""
        with self._lock:
            found = signature(self.watched())
            if found == self._seen:
                return
            self._seen = found
            self.version += 1
            forget_templates()
            try:
                self.proof, self.wrong = self.make(), ""
            except Explained as refusal:
                self.wrong = str(refusal)
            except OSError as error:
                self.wrong = f"{error.filename or self.name}: {error.strerror or error}"


def application(sheet: ProofSheet, templates: Sequence[Path]) -> Starlette:
    """Return the application that serves `sheet`; no request changes anything."""
    desk = _Desk(sheet, templates)
    routes = [
        Route("/", desk.page),
        Route("/state", desk.state),
        Route("/mail/{view}", desk.mail),
        Route(f"/{FILES}/{{name}}", desk.file),
        Route("/message.eml", desk.message),
        *(Route(f"/{name}", desk.asset) for name in _ASSETS),
    ]
    # Against DNS rebinding: a foreign page could let its own name point to this machine and read a draft.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"], www_redirect=False)
    return Starlette(routes=routes, middleware=[hosts])


_ASSETS = {"sheet.css": "text/css", "sheet.js": "text/javascript"}


@dataclass(frozen=True)
class _Desk:
    """Answers requests for a sheet."""

    sheet: ProofSheet
    templates: Sequence[Path]

    def page(self, request: Request) -> Response:
        self.sheet.look()
        values = {"sheet": self.sheet, "views": VIEWS, "hidden": HIDDEN, "side": _side(self.sheet, self.templates)}
        return HTMLResponse(render(self.templates, "preview/sheet.html", values), headers=_headers(_PAGE))

    def state(self, request: Request) -> Response:
        self.sheet.look()
        said: dict[str, object] = {"version": self.sheet.version}
        if request.query_params.get("since") != str(self.sheet.version):
            said |= {"wrong": self.sheet.wrong, "side": _side(self.sheet, self.templates)}
        return JSONResponse(said, headers=_headers(_PAGE))

    def mail(self, request: Request) -> Response:
        view = request.path_params["view"]
        if view not in {each.name for each in VIEWS}:
            raise HTTPException(404)
        made = self.sheet.proof
        html = view_page(view, made.preview.led_to(f"/{FILES}"), made.preview.text) if made else ""
        return HTMLResponse(html, headers=_headers(_MAIL))

    def file(self, request: Request) -> Response:
        files = self.sheet.proof.preview.files if self.sheet.proof else ()
        found = next((each for each in files if each.name == request.path_params["name"]), None)
        if found is None:
            raise HTTPException(404)
        media_type = kinds.GIVEN_OUT[Path(found.name).suffix].media_type
        return Response(found.content, media_type=media_type, headers=_headers("default-src 'none'"))

    def message(self, request: Request) -> Response:
        content = self.sheet.proof.preview.message if self.sheet.proof else b""
        saved = {"Content-Disposition": 'attachment; filename="message.eml"'}
        return Response(content, media_type="message/rfc822", headers=_headers(_PAGE) | saved)

    def asset(self, request: Request) -> Response:
        name = request.url.path.lstrip("/")
        content = render(self.templates, f"preview/{name}", {})
        return Response(content, media_type=_ASSETS[name], headers=_headers(_PAGE))


def _side(sheet: ProofSheet, templates: Sequence[Path]) -> str:
    proof = sheet.proof
    size = len(proof.preview.html.encode()) if proof else 0
    share = min(round(100 * size / CLIPPED_AT), 100)
    values = {
        "sheet": sheet,
        "proof": proof,
        "kilobytes": f"{size / 1000:.0f}",
        "share": share,
        "words": len(proof.preview.text.split()) if proof else 0,
    }
    return render(templates, "preview/side.html", values)


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
