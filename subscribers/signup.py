"""To subscribe: a form, the question by mail, and the answer. No cookie, no login, no script.

    GET, POST  /subscribe        asks; writes down a request, and says the same to everybody
    GET        /confirm/TOKEN    asks again, because mail scanners follow links
    POST       /confirm/TOKEN    acts, once

That a mail is owed is written down with the request, and it goes out after the answer, so that nobody can tell from an
answer who is on the list.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from subscribers import requests, topics
from subscribers.address import normalise
from subscribers.erasure import Memory
from subscribers.errors import BadAddress, BadLink
from subscribers.greeting import Greet, Occasion, greeting
from subscribers.public import Database, network_address, network_of, read_form
from subscribers.requests import Asked, Outcome
from subscribers.site import Site
from subscribers.tokens import LinkSigner
from subscribers.topics import Topic

MOST_NAME = 200
TRAP = "website"
"""A field that people do not see, and programs fill in."""


@dataclass(frozen=True)
class Question:
    """What is to be mailed: whether `address` wants what was `asked` for. It holds no words of a stranger's."""

    asked: Asked
    address: str
    token: str
    language: str


@dataclass(frozen=True)
class Asking:
    """Puts a request to the owner of its address."""

    signer: LinkSigner
    reading: Database
    writing: Database
    clock: Callable[[], datetime]
    owed: Callable[[], Awaitable[None]] | None
    """Says that a mail is owed. None: no mail can be sent from here, so nothing can be asked."""

    def put(self, request: requests.Request) -> BackgroundTask | None:
        """Write the request down; to say that a mail is owed is what is left to do after the answer."""
        if self.owed is None:
            return None
        with self.writing() as connection:
            number = requests.ask(connection, request, self.clock())
        return BackgroundTask(self.owed) if number is not None else None


@dataclass(frozen=True)
class Signup:
    """The pages on which people subscribe, and confirm what they asked for."""

    site: Site
    asking: Asking
    memory: Memory
    greet: Greet | None = None
    """None: nobody is written to for having come."""

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/subscribe", self.form, methods=["GET"]),
            Route("/subscribe", self.subscribe, methods=["POST"]),
            Route("/confirm/{token}", self.question, methods=["GET"]),
            Route("/confirm/{token}", self.confirm, methods=["POST"]),
        ]

    def form(self, request: Request) -> Response:
        """Show the form."""
        return self._form(self.site.spoken(request.query_params.get("lang")))

    async def subscribe(self, request: Request) -> Response:
        """Take the form: whatever address it holds, the answer is the same."""
        form = await read_form(request)
        language = self.site.spoken(form.get("language"), request.query_params.get("lang"))
        try:
            address = normalise(form.get("email", ""))
        except BadAddress:
            return self._form(language, status=422, wrong=True, choice=topics.chosen(form, self._kinds()))
        if form.get(TRAP):
            return self.site.page("asked", language)
        return await run_in_threadpool(self._subscribe, request, address, form, language)

    def question(self, request: Request) -> Response:
        """Ask whether to do it; change nothing."""
        language = self.site.spoken(request.query_params.get("lang"))
        try:
            number = self.asking.signer.read_request(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.asking.reading() as connection:
            row = requests.read(connection, number, self.asking.clock())
        if row is None:
            return self.site.page("over", language, others=self.site.others(language))
        language = self.site.spoken(request.query_params.get("lang"), row.language)
        action = f"{request.path_params['token']}?lang={language}"
        return self.site.page(f"confirm-{row.asked}", language, action=action, others=self.site.others(language))

    async def confirm(self, request: Request) -> Response:
        """Do it."""
        await read_form(request)
        return await run_in_threadpool(self._confirm, request)

    def _subscribe(self, request: Request, address: str, form: dict[str, str], language: str) -> Response:
        client = network_address(request)
        task = self.asking.put(
            requests.Request(
                Asked.SUBSCRIBE,
                address,
                language,
                network_of(client),
                client,
                wording=self.site.consent(language),
                first_name=one_line(form.get("first_name", "")),
                topics=topics.chosen(form, self._kinds()),
            )
        )
        answer = self.site.page("asked", language)
        answer.background = task
        return answer

    def _confirm(self, request: Request) -> Response:
        language = self.site.spoken(request.query_params.get("lang"))
        try:
            number = self.asking.signer.read_request(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.asking.writing() as connection:
            client = network_address(request)
            at = self.asking.clock()
            outcome = requests.confirm(connection, number, self.memory, at, client)
            person = requests.newcomer(connection, number) if outcome is Outcome.DONE else None
            first = greeting(connection, self.asking.signer, Occasion.WELCOME, person, at) if person else None
        pages = {Outcome.DONE: "confirmed", Outcome.HELD: "held", Outcome.OVER: "over"}
        answer = self.site.page(pages[outcome], language)
        answer.background = BackgroundTask(self.greet, first) if self.greet and first else None
        return answer

    def _form(
        self, language: str, status: int = 200, wrong: bool = False, choice: Mapping[str, bool] = MappingProxyType({})
    ) -> Response:
        kinds = [(each.slug, each.title(language, self.site.language)) for each in self._kinds()]
        return self.site.page(
            "subscribe",
            language,
            status,
            action=f"subscribe?lang={language}",
            trap=TRAP,
            topics=[(slug, title, choice.get(slug, True)) for slug, title in kinds],
            shown=topics.SHOWN,
            wants=topics.WANTS,
            wrong=wrong,
            consent=self.site.consent(language),
            others=self.site.others(language),
        )

    def _kinds(self) -> list[Topic]:
        with self.asking.reading() as connection:
            return topics.every(connection)


def one_line(text: str, most: int = MOST_NAME) -> str:
    """Make what somebody typed one line of printable characters, and not a long one."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(plain.split())[:most]
