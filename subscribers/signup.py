"""To subscribe: a form, the question by mail, and the answer. No cookie, no login, no script.

    GET, POST  /subscribe        asks for an address; writes down a request, and says the same to everybody
    GET        /confirm/TOKEN    asks again, because mail scanners follow links; and for name, language and topics
    POST       /confirm/TOKEN    acts, once

The form asks for nothing but the address, because anybody can type anybody's: what else there is to say is asked where
the owner of the mailbox types. That a mail is owed is written down with the request, and it goes out after the answer,
so that nobody can tell from an answer who is on the list.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from subscribers import requests, topics
from subscribers.address import MOST as LONGEST_ADDRESS
from subscribers.address import normalise
from subscribers.consent import Consent
from subscribers.erasure import Memory
from subscribers.errors import BadAddress, BadLink, TooManyRequests
from subscribers.greeting import Greet, Occasion, greeting
from subscribers.knocks import Knocks
from subscribers.names import LONGEST, name_of, one_line
from subscribers.owed import MOST_OF_A_NETWORK
from subscribers.public import Database, network_address, network_of, read_form
from subscribers.requests import KEPT_OF_A_NETWORK, Answers, Asked, Outcome
from subscribers.site import Site
from subscribers.tokens import LinkSigner
from subscribers.topics import Topic

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
    _knocks: Knocks = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_knocks", Knocks(self.clock, KEPT_OF_A_NETWORK))

    def knock(self, network: str) -> bool:
        """Count that a network asks; say whether so many have that its mails wait. Raises TooManyRequests."""
        in_an_hour, in_a_day = self._knocks.count(network)
        if in_a_day > KEPT_OF_A_NETWORK:
            raise TooManyRequests(network=network)
        return in_an_hour > MOST_OF_A_NETWORK

    def put(self, request: requests.Request) -> BackgroundTask | None:
        """Write the request down; to say that a mail is owed is what is left to do after the answer.

        Raises TooManyRequests, whatever the address is.
        """
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
        typed = one_line(form.get("email", ""), LONGEST_ADDRESS)
        try:
            address = normalise(form.get("email", ""))
        except BadAddress:
            return self._form(language, 422, typed)
        return await run_in_threadpool(self._subscribe, request, address, form, language)

    def question(self, request: Request) -> Response:
        """Ask whether to do it; change nothing."""
        try:
            number = self.asking.signer.read_request(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        with self.asking.reading() as connection:
            row = requests.read(connection, number, self.asking.clock())
            stands = requests.came_to(connection, number) if row is None else None
        if row is None:
            return self._used(request, stands)
        return self._question(request, row)

    async def confirm(self, request: Request) -> Response:
        """Do it."""
        form = await read_form(request)
        return await run_in_threadpool(self._confirm, request, form)

    def _subscribe(self, request: Request, address: str, form: dict[str, str], language: str) -> Response:
        client = network_address(request)
        task = None
        try:
            waits = self.asking.knock(network_of(client))
            if not form.get(TRAP):
                task = self.asking.put(
                    requests.Request(
                        Asked.SUBSCRIBE,
                        address,
                        language,
                        network_of(client),
                        client,
                        wording=self.site.consent(language),
                        topics=topics.chosen(form, self._kinds()),
                    )
                )
        except TooManyRequests:
            return self.site.busy(language)
        answer = self.site.asked(language, waits, address, action=f"subscribe?lang={language}")
        answer.background = task
        return answer

    def _question(self, request: Request, row: Row[Any]) -> Response:
        language = self.site.spoken(request.query_params.get("lang"), row.language)
        kinds = self._kinds() if row.asked == Asked.SUBSCRIBE else []
        return self.site.page(
            f"confirm-{row.asked}",
            language,
            action=f"{request.path_params['token']}?lang={language}",
            languages=self.site.languages,
            topics=[(each.slug, self.site.title(each, language), row.topics.get(each.slug, True)) for each in kinds],
            shown=topics.SHOWN,
            wants=topics.WANTS,
            longest=LONGEST,
            others=self.site.others(language),
        )

    def _confirm(self, request: Request, form: dict[str, str]) -> Response:
        try:
            number = self.asking.signer.read_request(request.path_params["token"])
        except BadLink:
            return self.site.bad_link(request)
        chosen = form.get("language", "")
        with self.asking.writing() as connection:
            client = network_address(request)
            at = self.asking.clock()
            row = requests.read(connection, number, at)
            spoken = self.site.spoken(chosen, request.query_params.get("lang"), row.language if row else "")
            answers = Answers(
                name_of(form.get("first_name", "")),
                chosen if chosen in self.site.languages else "",
                topics.chosen(form, topics.every(connection)),
            )
            outcome = requests.confirm(connection, number, self.memory, at, client, answers)
            person = requests.newcomer(connection, number) if outcome is Outcome.DONE else None
            first = greeting(connection, self.asking.signer, Occasion.WELCOME, person, at) if person else None
            stands = requests.came_to(connection, number)
        if outcome is Outcome.HELD:
            return self.site.page("held", spoken)
        if outcome is Outcome.OVER or stands is None:
            return self._used(request, stands)
        answer = self._done(spoken, *stands)
        # What confirming may owe, as the notice of a move, and what it wants to say.
        after = [BackgroundTask(self.asking.owed)] if self.asking.owed and stands[0] is Asked.CHANGE else []
        after += [BackgroundTask(self.greet, first)] if self.greet and first else []
        answer.background = after[0] if after else None
        return answer

    def _used(self, request: Request, stands: tuple[Asked, Consent] | None) -> Response:
        """Answer a link that was used, or is too old: who pressed twice only needs to hear that all is well."""
        language = self.site.spoken(request.query_params.get("lang"))
        if stands is not None and stands[1] is Consent.CONFIRMED and stands[0] is not Asked.MOVED:
            return self._done(language, *stands)
        return self.site.page("over", language, others=self.site.others(language))

    def _done(self, language: str, asked: Asked, consent: Consent) -> Response:
        return self.site.page("confirmed", language, asked=str(asked), unsubscribed=consent is Consent.WITHDRAWN)

    def _form(self, language: str, status: int = 200, typed: str = "") -> Response:
        return self.site.page(
            "subscribe",
            language,
            status,
            action=f"subscribe?lang={language}",
            trap=TRAP,
            error=status != 200,
            typed=typed,
            consent=self.site.consent(language),
            others=self.site.others(language),
        )

    def _kinds(self) -> list[Topic]:
        with self.asking.reading() as connection:
            return topics.every(connection)
