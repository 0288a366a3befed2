"""What a subscriber sees in a browser: GET asks and changes nothing, POST acts. No cookie, no login, no script.

    GET, HEAD  /u/TOKEN        asks, or says how things stand
    POST       /u/TOKEN        unsubscribes, whatever the body says (RFC 8058: mail programs post here by themselves)
    POST       /u/TOKEN/undo   takes it back
    POST       /u/TOKEN/why    takes down why, of somebody who has left and cares to say

The body of a POST only decides who is answered: a reader who pressed the button gets a page, a mail program a line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from subscribers import parting
from subscribers.consent import Consent, restore, withdraw
from subscribers.errors import BadLink
from subscribers.greeting import Greet, Occasion, greeting
from subscribers.listed import Listed, find
from subscribers.public import Database, SecurityHeaders, network_address, read_form
from subscribers.signup import one_line
from subscribers.site import Site
from subscribers.suppression import is_suppressed
from subscribers.tokens import LinkSigner

MIDDLEWARE = (Middleware(SecurityHeaders),)
"""For the application that mounts the routes: every answer of it gets the headers, refusals too."""

_PRESSED = ("by", "reader")


@dataclass(frozen=True)
class Pages:
    """The pages of one list."""

    site: Site
    signer: LinkSigner
    reading: Database
    writing: Database
    clock: Callable[[], datetime]
    greet: Greet | None = None
    """None: nobody is written to for having left."""

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/u/{token}", self.show, methods=["GET"]),
            Route("/u/{token}", self.unsubscribe, methods=["POST"]),
            # A GET here is a page that was loaded again: it tells, like the other.
            Route("/u/{token}/undo", self.show, methods=["GET"]),
            Route("/u/{token}/undo", self.undo, methods=["POST"]),
            Route("/u/{token}/why", self.show, methods=["GET"]),
            Route("/u/{token}/why", self.explain, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Ask, or say how things stand; change nothing."""
        try:
            subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.reading() as connection:
            person = find(connection, subscriber_id)
        return self._answer(request, person, _page_for(person), switch=True)

    async def unsubscribe(self, request: Request) -> Response:
        """Withdraw the consent of whom the token names."""
        form = await read_form(request)
        return await run_in_threadpool(self._unsubscribe, request, form.get(_PRESSED[0]) == _PRESSED[1])

    async def undo(self, request: Request) -> Response:
        """Give it back, to somebody who has withdrawn."""
        await read_form(request)
        return await run_in_threadpool(self._undo, request)

    async def explain(self, request: Request) -> Response:
        """Take down why somebody has left."""
        form = await read_form(request)
        words = one_line(form.get("words", ""), parting.MOST_WORDS)
        return await run_in_threadpool(self._explain, request, form.get("reason", ""), words)

    def _unsubscribe(self, request: Request, pressed: bool) -> Response:
        try:
            subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.writing() as connection:
            source = "unsubscribe page" if pressed else "one-click"
            left = withdraw(connection, subscriber_id, self.clock(), source, network_address(request))
            person = find(connection, subscriber_id) if pressed else None
            last = self._goodbye(connection, subscriber_id) if left else None
        line = PlainTextResponse("You are unsubscribed.\n")
        answer = self._answer(request, person, _page_for(person), switch=True) if pressed else line
        answer.background = last
        return answer

    def _goodbye(self, connection: Connection, subscriber_id: int) -> BackgroundTask | None:
        if self.greet is None:
            return None
        last = greeting(connection, self.signer, Occasion.GOODBYE, subscriber_id, self.clock())
        return BackgroundTask(self.greet, last) if last else None

    def _undo(self, request: Request) -> Response:
        try:
            subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.writing() as connection:
            person = find(connection, subscriber_id)
            # Somebody suppressed would not hear from us anyway: what bounced or was reported is for a human to lift.
            held = person is not None and is_suppressed(connection, person.address)
            if not held:
                parting.forget(connection, subscriber_id)
                restore(connection, subscriber_id, self.clock(), "undo", network_address(request))
        page = "gone" if person is None else "held" if held else "restored"
        return self._answer(request, person, page)

    def _explain(self, request: Request, reason: str, words: str) -> Response:
        try:
            subscriber_id, issue_id = self.signer.read_unsubscribe(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.writing() as connection:
            told = parting.tell(connection, subscriber_id, issue_id, reason, words, self.clock())
            person = find(connection, subscriber_id)
        return self._answer(request, person, _page_for(person), told=told)

    def _answer(
        self, request: Request, person: Listed | None, page: str, switch: bool = False, told: bool = False
    ) -> Response:
        language = self.site.spoken(request.query_params.get("lang"), person.language if person else None)
        token = request.path_params["token"]
        # Relative, so that the pages work under any path of a web server in front.
        here = f"../{token}" if request.url.path.endswith(("/undo", "/why")) else token
        return self.site.page(
            page,
            language,
            unsubscribe=f"{here}?lang={language}",
            preferences=f"{here.replace(token, '')}../p/{token}?lang={language}",
            undo=f"{here}/undo?lang={language}",
            why=f"{here}/why?lang={language}",
            told=told,
            most_words=parting.MOST_WORDS,
            pressed=_PRESSED,
            others=self.site.others(language) if switch else {},
        )


def _page_for(person: Listed | None) -> str:
    if person is None:
        return "gone"
    return "unsubscribed" if person.consent == Consent.WITHDRAWN else "unsubscribe"
