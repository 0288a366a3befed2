"""What a subscriber sees in a browser: GET asks and changes nothing, POST acts. No cookie, no login, no script.

    GET, HEAD  /u/TOKEN          asks, or says whether they are subscribed
    POST       /u/TOKEN          unsubscribes, whatever the body says (RFC 8058: mail programs post here by themselves)
    POST       /u/TOKEN/undo     undoes it: for an hour, and only from the page that unsubscribed
    POST       /u/TOKEN/return   asks the mailbox whether its owner wants to come back
    POST       /u/TOKEN/why      records why a subscriber has left, if they say so

The body of a POST only decides the form of the answer: a reader who pressed the button gets a page, a mail program
gets one line. The holder of a forwarded link can unsubscribe its owner, who will notice, but cannot subscribe them
again, which the owner might not notice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from subscribers import unsubscribe_reason
from subscribers.consent import Consent, may_undo, newest_evidence, restore, withdraw
from subscribers.errors import BadLink, TooManyRequests
from subscribers.greeting import Greet, Occasion, greeting
from subscribers.listed import ListedSubscriber, find
from subscribers.names import one_line
from subscribers.public import Database, network_address, network_of, read_form
from subscribers.requests import Request as ListRequest
from subscribers.requests import RequestKind
from subscribers.signup import Asking
from subscribers.site import Site
from subscribers.suppression import is_suppressed
from subscribers.tokens import LinkSigner

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
    """None: send no goodbye."""
    asking: Asking | None = None
    """None: we cannot send confirmation questions."""

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/u/{token}", self.show, methods=["GET"]),
            Route("/u/{token}", self.unsubscribe, methods=["POST"]),
            # A GET here means that a reader reloaded the page: show the same as /u/TOKEN.
            Route("/u/{token}/undo", self.show, methods=["GET"]),
            Route("/u/{token}/undo", self.undo, methods=["POST"]),
            Route("/u/{token}/return", self.show, methods=["GET"]),
            Route("/u/{token}/return", self.come_back, methods=["POST"]),
            Route("/u/{token}/why", self.show, methods=["GET"]),
            Route("/u/{token}/why", self.explain, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Ask whether to unsubscribe, or say that they have unsubscribed or are gone; change nothing."""
        subscriber_id, _ = self.signer.read_unsubscribe(request.path_params["token"])
        with self.reading() as connection:
            person = find(connection, subscriber_id)
        return self._answer(request, person, _page_for(person), switch=True)

    async def unsubscribe(self, request: Request) -> Response:
        """Withdraw the consent of the subscriber in the token."""
        form = await read_form(request)
        return await run_in_threadpool(self._unsubscribe, request, form.get(_PRESSED[0]) == _PRESSED[1])

    async def undo(self, request: Request) -> Response:
        """Restore the consent of a subscriber who has just withdrawn it."""
        form = await read_form(request)
        return await run_in_threadpool(self._undo, request, form.get("undo", ""))

    async def come_back(self, request: Request) -> Response:
        """Mail a subscriber who has withdrawn, and ask whether they want to come back."""
        await read_form(request)
        return await run_in_threadpool(self._come_back, request)

    async def explain(self, request: Request) -> Response:
        """Record why a subscriber has left."""
        form = await read_form(request)
        words = one_line(form.get("words", ""), unsubscribe_reason.MOST_WORDS)
        return await run_in_threadpool(self._explain, request, form.get("reason", ""), words, form.get("undo", ""))

    def _unsubscribe(self, request: Request, pressed: bool) -> Response:
        subscriber_id, issue_id = self.signer.read_unsubscribe(request.path_params["token"])
        with self.writing() as connection:
            source = "unsubscribe page" if pressed else "one-click"
            said = self.clock(), source, network_address(request)
            left = withdraw(connection, subscriber_id, *said, issue_id=issue_id)
            person = find(connection, subscriber_id) if pressed else None
            evidence = newest_evidence(connection, subscriber_id) if left and pressed else 0
            may = evidence and may_undo(connection, subscriber_id, evidence, self.clock())
            last = self._goodbye(connection, subscriber_id) if left else None
        line = PlainTextResponse("You are unsubscribed.\n")
        undo = self.signer.undo(subscriber_id, evidence) if may else ""
        answer = self._answer(request, person, _page_for(person), switch=not undo, undo=undo) if pressed else line
        answer.background = last
        return answer

    def _goodbye(self, connection: Connection, subscriber_id: int) -> BackgroundTask | None:
        if self.greet is None:
            return None
        last = greeting(connection, self.signer, Occasion.GOODBYE, subscriber_id, self.clock())
        return BackgroundTask(self.greet, last) if last else None

    def _undo(self, request: Request, undo: str) -> Response:
        subscriber_id, issue_id = self.signer.read_unsubscribe(request.path_params["token"])
        with self.writing() as connection:
            person = find(connection, subscriber_id)
            # A suppressed address gets no mail anyway, and only the organiser may lift a bounce or a complaint.
            held = person is not None and is_suppressed(connection, person.address)
            undone = not held and self._may_undo(connection, subscriber_id, undo)
            if undone:
                unsubscribe_reason.forget(connection, subscriber_id)
                said = self.clock(), "undo", network_address(request)
                restore(connection, subscriber_id, *said, issue_id=issue_id)
        page = "held" if held else "restored" if undone else _page_for(person)
        return self._answer(request, person, page)

    def _may_undo(self, connection: Connection, subscriber_id: int, undo: str) -> bool:
        try:
            whose, evidence = self.signer.read_undo(undo)
        except BadLink:
            return False
        return whose == subscriber_id and may_undo(connection, subscriber_id, evidence, self.clock())

    def _come_back(self, request: Request) -> Response:
        subscriber_id, issue_id = self.signer.read_unsubscribe(request.path_params["token"])
        with self.reading() as connection:
            person = find(connection, subscriber_id)
        if (
            person is None
            or person.consent != Consent.WITHDRAWN
            or self.asking is None
            or self.asking.send_pending is None
        ):
            return self._answer(request, person, _page_for(person))
        language = self.site.spoken(request.query_params.get("lang"), person.language)
        client = network_address(request)
        wanted = ListRequest(
            RequestKind.SUBSCRIBE,
            person.address,
            language,
            network_of(client),
            client,
            wording=self.site.consent(language),
            subscriber_id=subscriber_id,
            issue_id=issue_id or None,
        )
        try:
            waits = self.asking.knock(wanted.network)
            task = self.asking.put(wanted)
        except TooManyRequests:
            return self.site.busy(language)
        # Do not show the address: the holder of the link may not be its owner.
        answer = self.site.asked(language, waits)
        answer.background = task
        return answer

    def _explain(self, request: Request, reason: str, words: str, undo: str) -> Response:
        subscriber_id, issue_id = self.signer.read_unsubscribe(request.path_params["token"])
        with self.writing() as connection:
            told = unsubscribe_reason.tell(connection, subscriber_id, issue_id, reason, words, self.clock())
            person = find(connection, subscriber_id)
            # A reader who says why can still undo, as on the page before.
            undo = undo if self._may_undo(connection, subscriber_id, undo) else ""
        return self._answer(request, person, _page_for(person), told=told, undo=undo)

    def _answer(
        self,
        request: Request,
        person: ListedSubscriber | None,
        page: str,
        switch: bool = False,
        told: bool = False,
        undo: str = "",
    ) -> Response:
        language = self.site.spoken(request.query_params.get("lang"), person.language if person else None)
        token = request.path_params["token"]
        # Relative, so that the pages work under any path on a web server in front.
        here = token if request.url.path.endswith(token) else f"../{token}"
        if page == "unsubscribed":
            can_ask = self.asking is not None and self.asking.send_pending is not None
            return self.site.unsubscribed(language, here, can_ask, undo, told, switch)
        return self.site.page(
            page,
            language,
            unsubscribe=f"{here}?lang={language}",
            preferences=f"{here.replace(token, '')}../p/{token}?lang={language}",
            pressed=_PRESSED,
            others=self.site.others(language) if switch else {},
        )


def _page_for(person: ListedSubscriber | None) -> str:
    if person is None:
        return "gone"
    return "unsubscribed" if person.consent == Consent.WITHDRAWN else "unsubscribe"
