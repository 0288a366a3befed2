"""One web server for all tests of a process: what it serves changes, as it takes longer to start one than to test.

A server stays with its block: a test that serves two apps at the same time has two servers.
"""

import asyncio
import atexit
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from newsletter.web.server import Listener

SECONDS = 10

_until_the_end = ExitStack()
atexit.register(_until_the_end.close)
_free: list["SharedServer"] = []


class SharedServer:
    """A server at `address`; what it serves is decided afterwards, because an app may need to know its own address."""

    def __init__(self) -> None:
        listener = _until_the_end.enter_context(Listener.on("127.0.0.1", 0))
        self.address = listener.address
        self._app = _Changing()
        _until_the_end.enter_context(listener.serving(self._app))

    @contextmanager
    def serving(self, app: Starlette) -> Iterator[None]:
        """Serve `app` until the block ends; begin and end it as a server of its own would."""
        ready, over = threading.Event(), asyncio.Event()
        life = asyncio.run_coroutine_threadsafe(self._app.live(app, ready, over), self._app.loop)
        life.add_done_callback(lambda _: ready.set())
        assert ready.wait(SECONDS)
        if life.done():
            life.result(0)
        try:
            yield
        finally:
            self._app.loop.call_soon_threadsafe(over.set)
            life.result(SECONDS)


@contextmanager
def shared_server() -> Iterator[SharedServer]:
    """Lend a server until the block ends."""
    server = _free.pop() if _free else SharedServer()
    try:
        yield server
    finally:
        _free.append(server)


class _Changing(Starlette):
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__(lifespan=_Changing._begin)
        self._shown: Starlette | None = None
        self._requests: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[None]:
        self.loop = asyncio.get_running_loop()
        yield

    async def live(self, app: Starlette, ready: threading.Event, over: asyncio.Event) -> None:
        """Show `app` until it is over, and wait for its threads: they use the database of the test."""
        with ThreadPoolExecutor() as threads:
            self.loop.set_default_executor(threads)
            async with app.router.lifespan_context(app):
                self._shown = app
                ready.set()
                await over.wait()
                self._shown = None
                if self._requests:
                    await asyncio.wait(self._requests, timeout=SECONDS / 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        assert self._shown, "a request after the end of its test"
        request: asyncio.Task[None] | None = asyncio.current_task()
        assert request
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        await self._shown(scope, receive, send)
