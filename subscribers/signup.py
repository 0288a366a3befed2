"""The pages to subscribe: a form, the confirmation question by mail, and its answer. No cookie, no login, no script.

    GET, POST  /subscribe        takes an address, stores a request, and gives the same answer for every valid address
    GET        /confirm/TOKEN    shows a button, and changes nothing, because mail scanners follow links
    POST       /confirm/TOKEN    does what the request asked for, once

Any visitor can type any address. So the form asks only for the address; the confirm page asks for name, language and
topics, because only the owner of the mailbox has its link. That page also confirms the other requests: to change an
address, and to change it back (see `RequestKind`).

A request and its pending mail are stored together, and the mail is sent only after the page was answered; so the answer
does not show whether an address is on the list.
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
from subscribers.errors import BadAddress, TooManyRequests
from subscribers.greeting import Greet, Occasion, greeting
from subscribers.knocks import Knocks
from subscribers.names import LONGEST, one_line, typed_name
from subscribers.pending_mail import MOST_OF_A_NETWORK
from subscribers.public import Database, network_address, network_of, read_form
from subscribers.requests import KEPT_OF_A_NETWORK, Answers, ConfirmationOutcome, RequestKind
from subscribers.site import Site
from subscribers.tokens import LinkSigner
from subscribers.topics import Topic

TRAP = "website"
"""A field that people do not see and spam programs fill in."""


@dataclass(frozen=True)
class ConfirmationQuestion:
    """The confirmation mail to make: does the owner of `address` want what was `asked` for?

    `token` is that of the confirm link. It contains no text typed by a visitor except the address.
    """

    asked: RequestKind
    address: str
    token: str
    language: str


@dataclass(frozen=True)
class Asking:
    """Stores a request and starts its mail, which asks the owner of the address to confirm it."""

    signer: LinkSigner
    reading: Database
    writing: Database
    clock: Callable[[], datetime]
    send_pending: Callable[[], Awaitable[None]] | None
    """Starts the sending of pending mails. None: no mail can be sent from here, so no request is stored."""
    _knocks: Knocks = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_knocks", Knocks(self.clock, KEPT_OF_A_NETWORK))

    def knock(self, network: str) -> bool:
        """Count one request from `network`; say whether it sent so many in the last hour that its mails may wait.

        Raises TooManyRequests if it sent too many in the last day.
        """
        in_an_hour, in_a_day = self._knocks.count(network)
        if in_a_day > KEPT_OF_A_NETWORK:
            raise TooManyRequests(network=network)
        return in_an_hour > MOST_OF_A_NETWORK

    def put(self, request: requests.Request) -> BackgroundTask | None:
        """Store the request and its pending mail; return the task that starts the sending, to run after the response.

        Commits. None: there is no new mail, because the address was asked lately or because no mail can be sent from
        here. Raises TooManyRequests; that depends on the network and the total, never on the address.
        """
        if self.send_pending is None:
            return None
        with self.writing() as connection:
            number = requests.ask(connection, request, self.clock())
        return BackgroundTask(self.send_pending) if number is not None else None


@dataclass(frozen=True)
class Signup:
    """The pages on which visitors subscribe and confirm what they asked for."""

    site: Site
    asking: Asking
    memory: Memory
    greet: Greet | None = None
    """None: send no welcome."""

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
        """Store the request of a filled-in form; the answer is the same for every valid address."""
        form = await read_form(request)
        language = self.site.spoken(form.get("language"), request.query_params.get("lang"))
        typed = one_line(form.get("email", ""), LONGEST_ADDRESS)
        try:
            address = normalise(form.get("email", ""))
        except BadAddress:
            return self._form(language, 422, typed)
        return await run_in_threadpool(self._subscribe, request, address, form, language)

    def question(self, request: Request) -> Response:
        """Show the confirm page of a request, or say that its link was used or is too old; change nothing."""
        number = self.asking.signer.read_request(request.path_params["token"])
        with self.asking.reading() as connection:
            row = requests.read(connection, number, self.asking.clock())
            stands = requests.came_to(connection, number) if row is None else None
        if row is None:
            return self._used(request, stands)
        return self._question(request, row)

    async def confirm(self, request: Request) -> Response:
        """Do what the request asked for, and commit it; then start the mails that follow from it."""
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
                        RequestKind.SUBSCRIBE,
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
        kinds = self._kinds() if row.asked == RequestKind.SUBSCRIBE else []
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
        number = self.asking.signer.read_request(request.path_params["token"])
        chosen = form.get("language", "")
        with self.asking.writing() as connection:
            client = network_address(request)
            at = self.asking.clock()
            row = requests.read(connection, number, at)
            spoken = self.site.spoken(chosen, request.query_params.get("lang"), row.language if row else "")
            answers = Answers(
                typed_name(form.get("first_name", "")),
                chosen if chosen in self.site.languages else "",
                topics.chosen(form, topics.every(connection)),
            )
            outcome = requests.confirm(connection, number, self.memory, at, client, answers)
            person = requests.newcomer(connection, number) if outcome is ConfirmationOutcome.DONE else None
            first = greeting(connection, self.asking.signer, Occasion.WELCOME, person, at) if person else None
            stands = requests.came_to(connection, number)
        if outcome is ConfirmationOutcome.HELD:
            return self.site.page("held", spoken)
        if outcome is ConfirmationOutcome.OVER or stands is None:
            return self._used(request, stands)
        answer = self._done(spoken, *stands)
        # A changed address: send the pending notice to the old mailbox. A new subscriber: send a welcome. Never both.
        after = (
            [BackgroundTask(self.asking.send_pending)]
            if self.asking.send_pending and stands[0] is RequestKind.CHANGE
            else []
        )
        after += [BackgroundTask(self.greet, first)] if self.greet and first else []
        answer.background = after[0] if after else None
        return answer

    def _used(self, request: Request, stands: tuple[RequestKind, Consent] | None) -> Response:
        """Answer a link that was used or is too old; `stands` is what `came_to` says about its request.

        A reader who presses twice sees again that it worked.
        """
        language = self.site.spoken(request.query_params.get("lang"))
        if stands is not None and stands[1] is Consent.CONFIRMED and stands[0] is not RequestKind.MOVED:
            return self._done(language, *stands)
        return self.site.page("over", language, others=self.site.others(language))

    def _done(self, language: str, asked: RequestKind, consent: Consent) -> Response:
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
