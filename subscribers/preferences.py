"""What a subscriber can settle themselves: name, language, topics, a pause, another address. GET shows, POST saves.

    GET, POST  /p/TOKEN            name, language, topics and pause
    POST       /p/TOKEN/address    mails the new address a question; nothing changes before it is confirmed

The token is that of the unsubscribe link. Mails are forwarded, so the holder of the link may change these things but
does not see the address or names that we hold. Each change is recorded with the issue whose link was used.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta

from sqlalchemy import insert, update
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from subscribers import requests, topics
from subscribers.address import MOST as LONGEST_ADDRESS
from subscribers.address import normalise
from subscribers.consent import Consent
from subscribers.errors import BadAddress, TooManyRequests
from subscribers.listed import ListedSubscriber, find
from subscribers.names import LONGEST, one_line, typed_name
from subscribers.public import network_address, network_of, read_form
from subscribers.requests import RequestKind
from subscribers.signup import Asking
from subscribers.site import Site
from subscribers.tables import changes, subscribers

PAUSES = {"0": 0, "30": 30, "90": 90, "180": 180}
"""The pauses a reader may choose, in days."""


@dataclass(frozen=True)
class PreferencesPage:
    """The preferences page."""

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
        return self._page(request, self._person(request)[0])

    async def save(self, request: Request) -> Response:
        """Save name, language, topics and pause; an empty name changes nothing."""
        form = await read_form(request)
        return await run_in_threadpool(self._save, request, form)

    async def change_address(self, request: Request) -> Response:
        """Mail the new address and ask for confirmation."""
        form = await read_form(request)
        return await run_in_threadpool(self._change_address, request, form.get("email", ""))

    def _save(self, request: Request, form: dict[str, str]) -> Response:
        person, issue = self._person(request)
        if person is None:
            return self._page(request, None)
        at = self.asking.clock()
        names = {name: typed_name(form.get(name, "")) for name in ("first_name", "last_name")}
        values: dict[str, object] = {name: value for name, value in names.items() if value}
        what = [name.replace("_", " ") for name in values]
        language = form.get("language", "")
        if language in self.site.languages and language != person.language:
            values["language"] = language
            what.append(f"language {language}")
        if form.get("pause") in PAUSES:
            days = PAUSES[form["pause"]]
            until = at.astimezone(UTC) + timedelta(days=days)
            values["paused_until"] = until if days else None
            what += [f"a break until {until:%Y-%m-%d}" if days else "no break"] if days or person.paused_until else []
        with self.asking.writing() as connection:
            if values:
                connection.execute(update(subscribers).where(subscribers.c.id == person.id).values(values))
            declined = topics.declined_by(connection, person.id)
            choice = topics.chosen(form, topics.every(connection))
            topics.choose(connection, person.id, choice, at)
            changed = {slug: wanted for slug, wanted in choice.items() if wanted is (slug in declined)}
            what += [f"topic {slug} {'wanted' if wanted else 'not wanted'}" for slug, wanted in changed.items()]
            if what:
                row = {"subscriber_id": person.id, "what": "; ".join(what), "at": at, "issue_id": issue or None}
                connection.execute(insert(changes), row | {"network_address": network_address(request)})
        spoken = self.site.spoken(language, request.query_params.get("lang"), person.language)
        return self._page(request, self._person(request)[0], said="saved", language=spoken)

    def _change_address(self, request: Request, text: str) -> Response:
        person, issue = self._person(request)
        if person is None:
            return self._page(request, None)
        try:
            address = normalise(text)
        except BadAddress:
            return self._page(request, person, said="wrong", status=422, typed=one_line(text, LONGEST_ADDRESS))
        client = network_address(request)
        spoken = self.site.spoken(request.query_params.get("lang"), person.language)
        wanted = requests.Request(
            RequestKind.CHANGE,
            address,
            spoken,
            network_of(client),
            client,
            subscriber_id=person.id,
            issue_id=issue or None,
        )
        try:
            waits = self.asking.knock(wanted.network)
            task = self.asking.put(wanted)
        except TooManyRequests:
            return self.site.busy(spoken)
        answer = self._page(request, person, said="waits" if waits else "asked", asked=address)
        answer.background = task
        return answer

    def _person(self, request: Request) -> tuple[ListedSubscriber | None, int]:
        """Find the subscriber in the token, and the issue that it came with. Raises BadLink."""
        number, issue = self.asking.signer.read_unsubscribe(request.path_params["token"])
        with self.asking.reading() as connection:
            return find(connection, number), issue

    def _page(
        self,
        request: Request,
        person: ListedSubscriber | None,
        said: str = "",
        status: int = 200,
        language: str = "",
        typed: str = "",
        asked: str = "",
    ) -> Response:
        wanted = language or request.query_params.get("lang")
        spoken = self.site.spoken(wanted, person.language if person else None)
        if person is None:
            return self.site.page("gone", spoken, others=self.site.others(spoken))
        token = request.path_params["token"]
        up = "../" if request.url.path.endswith("/address") else ""
        if person.consent == Consent.WITHDRAWN:
            return self._unsubscribed(spoken, f"{up}../u/{token}")
        until = person.paused_until
        paused = until is not None and until > self.asking.clock()
        with self.asking.reading() as connection:
            kinds = topics.every(connection)
            declined = topics.declined_by(connection, person.id)
        return self.site.page(
            "preferences",
            spoken,
            status,
            said=said,
            error=said == "wrong",
            typed=typed,
            asked=asked,
            save=f"{up}{token}?lang={spoken}",
            change=f"{up}{token}/address?lang={spoken}",
            unsubscribe=f"{up}../u/{token}?lang={spoken}",
            languages=self.site.languages,
            topics=[(each.slug, self.site.title(each, spoken), each.slug not in declined) for each in kinds],
            shown=topics.SHOWN,
            wants=topics.WANTS,
            paused=self.site.date(spoken, until.date()) if paused and until else "",
            can_ask=self.asking.send_pending is not None,
            pauses=list(PAUSES.values()),
            longest=LONGEST,
            others=self.site.others(spoken),
        )

    def _unsubscribed(self, language: str, here: str) -> Response:
        """Show a person who has unsubscribed that they have, and how to come back."""
        return self.site.unsubscribed(language, here, can_ask=self.asking.send_pending is not None)
