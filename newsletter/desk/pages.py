"""A page of the desk, and how a request reaches it. In: a page's functions. Out: routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter.desk.desk import Asked, Desk
from newsletter.desk.forms import SentForm, take_form
from subscribers.public import accepted_languages

MOST_FORM = 6_000_000
"""The longest form, in bytes: a post may have 5 MB."""
MOST_UPLOAD = 51_000_000
"""The longest form with a file: as much as the sources and imports read."""

PageFunction = Callable[[Desk, Asked], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class DeskPage:
    """A page at `path`: `show` answers a GET and changes nothing; `take` carries a form out, or only answers it."""

    path: str
    show: PageFunction | None = None
    take: PageFunction | None = None
    most: int = MOST_FORM

    def routes(self, desk: Desk) -> list[Route]:
        """List the routes of this page."""
        found = []
        if self.show:
            found.append(Route(self.path, self._shown(desk, self.show), methods=["GET"]))
        if self.take:
            found.append(Route(self.path, self._taken(desk, self.take), methods=["POST"]))
        return found

    def _shown(self, desk: Desk, show: PageFunction) -> Endpoint:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(show, desk, asked_by(desk, request))

        return answer

    def _taken(self, desk: Desk, take: PageFunction) -> Endpoint:
        async def answer(request: Request) -> Response:
            form = await take_form(request, desk.seals, self.most)
            return await run_in_threadpool(_carried_out, desk, take, asked_by(desk, request, form), form)

        return answer


def asked_by(desk: Desk, request: Request, form: SentForm | None = None) -> Asked:
    """Say what a request asks."""
    spoken = desk.languages()
    wishes = (desk.language, *accepted_languages(request), desk.workspace.settings.language)
    language = next((code for wish in wishes if (code := wish.lower().partition("-")[0]) in spoken), "en")
    return Asked(request.path_params, request.query_params, language, request.url.path, form)


def _carried_out(desk: Desk, take: PageFunction, asked: Asked, form: SentForm) -> Response:
    """Carry a form out, unless it was: then its answer is given again. A form that led nowhere may come again."""
    turn = desk.seals.turn(form.once)
    with turn.lock:
        if turn.answer is not None:
            return turn.answer
        answer = take(desk, asked)
        if answer.status_code == 303:
            turn.answer = answer
        return answer
