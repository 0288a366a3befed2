"""The public pages as one ASGI app: the pages behind a subscriber's links, issues in the browser, a health check.

    GET  /u/TOKEN          asks whether to unsubscribe      POST acts (subscribers.pages)
    GET  /p/TOKEN          a subscriber's preferences          POST saves (subscribers.preferences)
    GET  /subscribe        a form, and /confirm/TOKEN          POST asks, confirms (subscribers.signup)
    GET  /archive          the sent issues, and a feed; and /i/TOKEN, one mail in the browser (newsletter.web.archive)
    GET  /f/NAME           pictures and documents of posts       (newsletter.publish.route)
    POST /hooks/SERVICE/SECRET      what relays tell of bounces and complaints (newsletter.web.hooks)
    GET  /                 links to these pages; robots.txt, an icon    (newsletter.web.entrance)
    GET  /health           whether the program is alive and can answer requests (newsletter.web.health)

A GET changes nothing. The only file that uses uvicorn. It adds limits: how long a connection may take to ask and to be
answered, and how many connections there may be.
"""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Self

import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from uvicorn.protocols.http.h11_impl import H11Protocol

from newsletter.bounces.hooks.posted import Hooks
from newsletter.bounces.hooks.sns import Sns
from newsletter.bounces.parse.identity import Signatures
from newsletter.database.engine import reading, writing
from newsletter.database.group_commit import GroupCommit
from newsletter.errors import DatabaseError, NewsletterError, UnknownIssue
from newsletter.issue.approvers import approvers_in
from newsletter.languages import speak
from newsletter.message.dkim import dkim_signer
from newsletter.publish.route import routes as published_files
from newsletter.runtime import signals
from newsletter.runtime.clock import now
from newsletter.settings import ArchiveAccess, Settings
from newsletter.transactional import Greetings, Questions
from newsletter.transactional.notice import Notices
from newsletter.transport import Transport
from newsletter.web.approvals import ApprovalPages
from newsletter.web.archive.pages import ArchivePages
from newsletter.web.entrance import Entrance, Refusals
from newsletter.web.health import health_route
from newsletter.web.hooks import HookPages
from newsletter.web.site import site_of
from subscribers.erasure import Memory
from subscribers.errors import BadLink
from subscribers.forwarded import Forwarded, Proxies
from subscribers.pages import Pages
from subscribers.preferences import PreferencesPage
from subscribers.public import SecurityHeaders
from subscribers.signup import Asking, Signup
from subscribers.site import Site
from subscribers.tokens import LinkSigner

STARTUP_SECONDS = 10
HEAD_SECONDS = 15.0
"""How long a connection may be silent, or take to send the head of a request, before it is closed."""
MOST_SECONDS = 600.0
"""How long one request and its answer may take, so that a post's document can also be fetched over a slow line."""
MOST_CONNECTIONS = 400
"""Connections at the same time: below the 1,024 files that a process may usually open."""


class CannotListen(NewsletterError):
    """Cannot listen at {address}: {why}"""


def application(
    engine: Engine,
    settings: Settings,
    templates: Sequence[Path],
    transport: Transport | None = None,
    published: Path | None = None,
    sns: Sns | None = None,
) -> Starlette:
    """Make the app; it also serves the files in `published`. Raises SettingsError for a missing setting.

    What must be confirmed by mail (subscribing, a change of address) needs a `transport` and a base URL. `sns` verifies
    Amazon's notices; None: one that asks Amazon.
    """
    settings.require("secret_key", "organisation", "from_")
    signer = LinkSigner(settings.secret_keys, settings.list_name)
    site = site_of(settings, templates)
    reads, writes = partial(reading, engine), GroupCommit(engine).writing
    notices = Notices(settings, templates, partial(dkim_signer, settings))
    asks = transport is not None and bool(settings.base_url)
    questions = Questions(notices, transport, signer, reads, writes, now) if transport and asks else None
    asking = Asking(signer, reads, writes, now, questions.look if questions else None)
    greet = Greetings(notices, transport, now).greet if transport and asks and settings.greetings else None
    routes = Pages(site, signer, reads, writes, now, greet, asking).routes()
    routes += PreferencesPage(site, asking).routes()
    routes += Signup(site, asking, Memory(settings.secret_keys), greet).routes() if asks else []
    routes += published_files(published) if published else []
    routes += _hooks(engine, settings, sns)
    routes += _approvals(engine, settings, site, signer, Greetings(notices, transport, now) if transport else None)
    routes += ArchivePages(
        site,
        signer,
        reads,
        settings.archive,
        settings.base_url,
        settings.list_name,
        lambda language, day: speak(templates, language).date(day),
        can_subscribe=asks,
    ).routes()

    ways = ["archive"] if settings.archive is not ArchiveAccess.NO and settings.base_url else []
    entrance = Entrance(site, [*ways, *(["subscribe"] if asks else [])])
    every = [health_route(engine), *entrance.routes(), *routes]
    return _guarded(every, entrance, Proxies(settings.trusted_proxies), questions)


def _approvals(
    engine: Engine, settings: Settings, site: Site, signer: LinkSigner, greetings: Greetings | None
) -> list[BaseRoute]:
    approvers, tell = approvers_in(settings), greetings.greet if greetings else None
    turns = partial(reading, engine), partial(writing, engine)
    return ApprovalPages(site, signer, *turns, approvers, now, tell).routes() if approvers else []


def _hooks(engine: Engine, settings: Settings, sns: Sns | None) -> list[BaseRoute]:
    if not settings.hooks or not settings.hook_secret:
        return []
    signatures = Signatures(settings.secret_keys, settings.list_name)
    hooks = Hooks(engine, settings.hooks, settings.hook_secret, settings.hook_key, signatures, sns or Sns())
    return HookPages(hooks).routes()


def _guarded(
    routes: Sequence[BaseRoute], entrance: Entrance, proxies: Proxies, questions: Questions | None
) -> Starlette:
    refusals = Refusals(entrance)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with questions.going_out() if questions else nullcontext():
            yield

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders), Middleware(Forwarded, proxies)],
        exception_handlers={
            BadLink: refusals.bad_link,
            UnknownIssue: refusals.not_found,
            404: refusals.not_found,
            HTTPException: refusals.not_taken,
            DatabaseError: refusals.trouble,
            Exception: refusals.trouble,
        },
    )
    app.router.redirect_slashes = False  # the redirect would go to any Host that the request names
    return app


class Listener:
    """A socket that listens before the app is made, so that the caller can use its address first."""

    def __init__(self, listening: socket.socket) -> None:
        self._socket = listening

    @classmethod
    @contextmanager
    def on(cls, host: str, port: int) -> Iterator[Self]:
        """Listen at `host` and `port` (0: any free one) until the block ends. Raises CannotListen."""
        try:
            listening = socket.create_server((host, port), family=_family(host), backlog=512)
            # Else the last packet of an answer waits 40 ms for the client to acknowledge the first.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            why = (error.strerror or str(error)).partition(" (while")[0]  # the message already names the address
            raise CannotListen(address=f"{host}:{port}", why=why) from None
        with listening:
            yield cls(listening)

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def serve(self, app: Starlette, *, quietly: bool = False) -> None:
        """Serve `app` until SIGINT, SIGTERM or SIGHUP; `quietly`: log errors only.

        Raises DatabaseLost after a request raised it: this process can answer no later request, only a new one can.
        """
        gc.freeze()  # the objects made so far stay alive: searching them again and again took a fifteenth of the time
        _Server(app, "error" if quietly else "info").run(sockets=[self._socket])
        if lost := getattr(app.state, "lost", None):
            raise lost

    @contextmanager
    def serving(self, app: Starlette) -> Iterator[None]:
        """Serve `app` in a thread until the block ends."""
        server = _Server(app, "error")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + STARTUP_SECONDS
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(timeout=STARTUP_SECONDS)


class _Deadlines(H11Protocol):
    """One connection, with deadlines to ask and to be answered. Above the limit, a new connection is closed at once.

    Needed because uvicorn waits for ever for the head of a request: a few slow clients could hold all connections.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._within(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._within(None)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self._within(MOST_SECONDS)

    def on_response_complete(self) -> None:
        self._within(HEAD_SECONDS)
        super().on_response_complete()

    def _within(self, seconds: float | None) -> None:
        """Close the connection after `seconds`, in place of the deadline set before; None: no deadline."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class _Server(uvicorn.Server):
    """A server that also stops when its app has lost the database, or when its terminal is closed."""

    def __init__(self, app: Starlette, level: str) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                http=_Deadlines,
                log_level=level,
                # Its lines would contain subscribers' tokens and network addresses.
                access_log=False,
                # uvicorn would believe any program on this machine; `forwarded` believes only trusted proxies.
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=5,
                ws="none",
            )
        )

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop. A signal that comes before the event loop runs ends it without a warning."""
        serving = self.serve(sockets)
        try:
            asyncio.run(serving)
        finally:
            serving.close()

    async def on_tick(self, counter: int) -> bool:
        """Say whether to stop; uvicorn asks ten times a second."""
        return await super().on_tick(counter) or hasattr(self._app.state, "lost")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """During the block, stop cleanly on a signal; a signal that was ignored at the start stays ignored."""
        with signals.handled_by(lambda number: self.handle_exit(number, None)):
            yield


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
