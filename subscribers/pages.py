"""What a subscriber sees in a browser: GET asks and changes nothing, POST acts. No cookie, no login, no script.

    GET, HEAD  /u/TOKEN        asks, or says how things stand
    POST       /u/TOKEN        unsubscribes, whatever the body says (RFC 8058: mail programs post here by themselves)
    POST       /u/TOKEN/undo   takes it back

The body of a POST only decides who is answered: a reader who pressed the button gets a page, a mail program a line.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from markupsafe import Markup
from sqlalchemy import Connection, Row, select
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from subscribers.consent import Consent, restore, withdraw
from subscribers.errors import BadLink
from subscribers.public import SecurityHeaders, read_form
from subscribers.suppression import is_suppressed
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner

Database = Callable[[], AbstractContextManager[Connection]]

MIDDLEWARE = (Middleware(SecurityHeaders),)
"""For the application that mounts the routes: every answer of it gets the headers, refusals too."""

_PRESSED = ("by", "reader")


class Render(Protocol):
    """Fills a template of the `pages` folder; HTML is escaped, CSS is not."""

    def __call__(self, template: str, values: Mapping[str, object], /) -> str: ...


@dataclass(frozen=True)
class Site:
    """What all pages share: who is speaking, how they can be written to, their words and their look.

    `words` has a table per language, English at least; `look` is what style.css is filled with.
    """

    organisation: str
    contact: str
    render: Render
    words: Mapping[str, Mapping[str, str]]
    look: Mapping[str, object]
    language: str = "en"
    style: str = field(init=False)
    policy: str = field(init=False)

    def __post_init__(self) -> None:
        style = self.render("pages/style.css", self.look)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        object.__setattr__(self, "style", style)
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'self'"
        object.__setattr__(self, "policy", f"{policy}; frame-ancestors 'none'")

    def spoken(self, *wishes: str | None) -> str:
        """Choose the language: the first wish we have words for, else the organisation's own, else English."""
        for wish in (*wishes, self.language):
            primary = (wish or "").lower().partition("-")[0]
            if primary in self.words:
                return primary
        return "en"

    def page(self, name: str, language: str, status: int = 200, **values: object) -> Response:
        """Fill a page."""
        words = {
            key: text.format(organisation=self.organisation)
            for key, text in {**self.words["en"], **self.words.get(language, {})}.items()
        }
        shared = {
            "organisation": self.organisation,
            "contact": self.contact,
            "language": language,
            "words": words,
            "style": Markup(self.style),  # noqa: S704  # a designer's, with nobody's data in it
            "others": {},
        }
        body = self.render(f"pages/{name}.html", {**shared, **values})
        return HTMLResponse(body, status, {"Content-Security-Policy": self.policy, "Content-Language": language})

    def bad_link(self, request: Request, error: Exception | None = None) -> Response:
        """Answer a link that is not ours, or lost a piece: kindly, with a way out."""
        language = self.spoken(request.query_params.get("lang"))
        return self.page("bad-link", language, 404, others=self.others(language))

    def trouble(self, request: Request, error: Exception | None = None) -> Response:
        """Answer when we cannot do what was asked, and it is our fault."""
        return self.page("trouble", self.spoken(request.query_params.get("lang")), 503)

    def others(self, language: str) -> dict[str, str]:
        """Name the languages a page can also be had in."""
        return {code: words["name"] for code, words in self.words.items() if code != language}


@dataclass(frozen=True)
class Pages:
    """The pages of one list."""

    site: Site
    signer: LinkSigner
    reading: Database
    writing: Database
    clock: Callable[[], datetime]

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/u/{token}", self.show, methods=["GET"]),
            Route("/u/{token}", self.unsubscribe, methods=["POST"]),
            # A GET here is a page that was loaded again: it tells, like the other.
            Route("/u/{token}/undo", self.show, methods=["GET"]),
            Route("/u/{token}/undo", self.undo, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Ask, or say how things stand; change nothing."""
        try:
            subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.reading() as connection:
            person = _person(connection, subscriber_id)
        return self._answer(request, person, _page_for(person), switch=True)

    async def unsubscribe(self, request: Request) -> Response:
        """Withdraw the consent of whom the token names."""
        form = await read_form(request)
        return await run_in_threadpool(self._unsubscribe, request, form.get(_PRESSED[0]) == _PRESSED[1])

    async def undo(self, request: Request) -> Response:
        """Give it back, to somebody who has withdrawn."""
        await read_form(request)
        return await run_in_threadpool(self._undo, request)

    def _unsubscribe(self, request: Request, pressed: bool) -> Response:
        try:
            subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.writing() as connection:
            source = "unsubscribe page" if pressed else "one-click"
            withdraw(connection, subscriber_id, self.clock(), source, _network_address(request))
            person = _person(connection, subscriber_id)
        if not pressed:
            return PlainTextResponse("You are unsubscribed.\n")
        return self._answer(request, person, _page_for(person), switch=True)

    def _undo(self, request: Request) -> Response:
        try:
            subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.writing() as connection:
            person = _person(connection, subscriber_id)
            # Somebody suppressed would not hear from us anyway: what bounced or was reported is for a human to lift.
            held = person is not None and is_suppressed(connection, person.address)
            if not held:
                restore(connection, subscriber_id, self.clock(), "undo", _network_address(request))
        page = "gone" if person is None else "held" if held else "restored"
        return self._answer(request, person, page)

    def _answer(self, request: Request, person: "_Person | None", page: str, switch: bool = False) -> Response:
        language = self.site.spoken(request.query_params.get("lang"), person.language if person else None)
        token = request.path_params["token"]
        # Relative, so that the pages work under any path of a web server in front.
        here = f"../{token}" if request.url.path.endswith("/undo") else token
        return self.site.page(
            page,
            language,
            unsubscribe=f"{here}?lang={language}",
            undo=f"{here}/undo?lang={language}",
            pressed=_PRESSED,
            others=self.site.others(language) if switch else {},
        )


_Person = Row[str, str, str]


def _person(connection: Connection, subscriber_id: int) -> _Person | None:
    columns = subscribers.c
    query = select(columns.address, columns.language, columns.consent).where(columns.id == subscriber_id)
    return connection.execute(query).first()


def _page_for(person: _Person | None) -> str:
    if person is None:
        return "gone"
    return "unsubscribed" if person.consent == Consent.WITHDRAWN else "unsubscribe"


def _network_address(request: Request) -> str:
    return request.client.host if request.client else ""
