"""What a subscriber can settle themselves: name, language, topics, a pause, another address. GET shows, POST saves.

    GET, POST  /p/TOKEN            name, language, topics and pause
    POST       /p/TOKEN/address    asks the new address whether it is theirs; nothing changes before it says so

The token is that of the unsubscribe link. Whoever holds it may set these things and is shown nothing of what is held,
because mails are forwarded.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta

from sqlalchemy import update
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from subscribers import requests, topics
from subscribers.address import normalise
from subscribers.errors import BadAddress, BadLink
from subscribers.listed import Listed, find
from subscribers.public import network_address, network_of, read_form
from subscribers.requests import Asked
from subscribers.signup import Asking, one_line
from subscribers.site import Site
from subscribers.tables import subscribers

PAUSES = {"0": 0, "30": 30, "90": 90, "180": 180}
"""What a reader may choose, in days."""


@dataclass(frozen=True)
class Preferences:
    """The page of one reader's wishes."""

    site: Site
    asking: Asking

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/p/{token}", self.show, methods=["GET"]),
            Route("/p/{token}", self.save, methods=["POST"]),
            Route("/p/{token}/address", self.show, methods=["GET"]),
            Route("/p/{token}/address", self.change_address, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the page; change nothing."""
        try:
            return self._page(request, self._person(request))
        except BadLink:
            return self.site.bad_link(request)

    async def save(self, request: Request) -> Response:
        """Save name, language, topics and pause; an empty name says nothing."""
        form = await read_form(request)
        return await run_in_threadpool(self._save, request, form)

    async def change_address(self, request: Request) -> Response:
        """Ask the new address."""
        form = await read_form(request)
        return await run_in_threadpool(self._change_address, request, form.get("email", ""))

    def _save(self, request: Request, form: dict[str, str]) -> Response:
        try:
            person = self._person(request)
        except BadLink:
            return self.site.bad_link(request)
        if person is None:
            return self._page(request, None)
        names = {name: one_line(form.get(name, "")) for name in ("first_name", "last_name")}
        wishes: dict[str, object] = {name: value for name, value in names.items() if value}
        language = form.get("language", "")
        if language in self.site.languages:
            wishes["language"] = language
        if form.get("pause") in PAUSES:
            days = PAUSES[form["pause"]]
            until = self.asking.clock().astimezone(UTC) + timedelta(days=days)
            wishes["paused_until"] = until if days else None
        with self.asking.writing() as connection:
            if wishes:
                connection.execute(update(subscribers).where(subscribers.c.id == person.id).values(wishes))
            choice = topics.chosen(form, topics.every(connection))
            topics.choose(connection, person.id, choice, self.asking.clock())
        spoken = self.site.spoken(language, request.query_params.get("lang"), person.language)
        return self._page(request, self._person(request), said="saved", language=spoken)

    def _change_address(self, request: Request, text: str) -> Response:
        try:
            person = self._person(request)
        except BadLink:
            return self.site.bad_link(request)
        if person is None:
            return self._page(request, None)
        try:
            address = normalise(text)
        except BadAddress:
            return self._page(request, person, said="wrong", status=422)
        client = network_address(request)
        wish = requests.Request(
            Asked.CHANGE,
            address,
            self.site.spoken(request.query_params.get("lang"), person.language),
            network_of(client),
            client,
            subscriber_id=person.id,
        )
        task = self.asking.put(wish)
        answer = self._page(request, person, said="asked")
        answer.background = task
        return answer

    def _person(self, request: Request) -> Listed | None:
        """Find who the token names. Raises BadLink."""
        number, _ = self.asking.signer.read_unsubscribe(request.path_params["token"])
        with self.asking.reading() as connection:
            return find(connection, number)

    def _page(
        self, request: Request, person: Listed | None, said: str = "", status: int = 200, language: str = ""
    ) -> Response:
        wish = language or request.query_params.get("lang")
        spoken = self.site.spoken(wish, person.language if person else None)
        if person is None:
            return self.site.page("gone", spoken, others=self.site.others(spoken))
        token = request.path_params["token"]
        up = "../" if request.url.path.endswith("/address") else ""
        paused = person.paused_until is not None and person.paused_until > self.asking.clock()
        with self.asking.reading() as connection:
            kinds = topics.every(connection)
            declined = topics.declined_by(connection, person.id)
        return self.site.page(
            "preferences",
            spoken,
            status,
            said=said,
            save=f"{up}{token}?lang={spoken}",
            change=f"{up}{token}/address?lang={spoken}",
            unsubscribe=f"{up}../u/{token}?lang={spoken}",
            languages=self.site.languages,
            topics=[(each.slug, each.title(spoken, self.site.language), each.slug not in declined) for each in kinds],
            shown=topics.SHOWN,
            wants=topics.WANTS,
            paused=paused,
            can_ask=self.asking.owed is not None,
            pauses=list(PAUSES.values()),
            others=self.site.others(spoken),
        )
