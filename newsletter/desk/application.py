"""The desk as one ASGI application, and the address to open it at. In: an organiser's folder. Out: pages.

A page is a function that takes the desk and what was asked, and returns an answer. It runs in a thread, so it may wait
for the database. A GET changes nothing.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from newsletter.app.pages import on_this_machine
from newsletter.app.workspace import Workspace
from newsletter.desk import assets, audience, home, issues, list_import, people, posts, reports, send, set_up, write
from newsletter.desk.desk import Desk
from newsletter.desk.forms import StaleForm
from newsletter.desk.guard import DeskGuard, DeskKey
from newsletter.desk.pages import DeskPage, asked_by
from subscribers.errors import Explained

_log = logging.getLogger(__name__)
_PARTS = (assets, home, posts, send, write, issues, people, list_import, audience, reports, set_up)
PAGES: tuple[DeskPage, ...] = tuple(page for part in _PARTS for page in part.PAGES)


@dataclass(frozen=True)
class DeskServer:
    """An open desk: the address with its key, and `serve`, which returns after a signal."""

    address: str
    serve: Callable[[], None]


@contextmanager
def open_desk(workspace: Workspace, port: int = 0) -> Iterator[DeskServer]:
    """Listen on this machine for the desk of a folder, until the block ends; `port` 0: any free one.

    Raises CannotListen, SettingsError or DatabaseError.
    """
    _ = workspace.engine  # so that a missing database is said in the terminal, not on a page
    with on_this_machine(port) as listener:
        key = DeskKey(listener.port)
        app = application(workspace, key)
        yield DeskServer(f"{listener.address}/?key={key.once}", partial(listener.serve, app))


def application(workspace: Workspace, key: DeskKey) -> Starlette:
    """Make the application of a desk."""
    desk = Desk(workspace)
    problems = _Problems(desk)
    app = Starlette(
        routes=[route for page in PAGES for route in page.routes(desk)],
        middleware=[Middleware(DeskGuard, key)],
        exception_handlers={
            StaleForm: problems.stale,
            Explained: problems.explained,
            HTTPException: problems.refused,
            Exception: problems.fault,
        },
    )
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True)
class _Problems:
    """Pages shown instead of what was asked for; each says what to do."""

    desk: Desk

    def stale(self, request: Request, error: Exception) -> Response:
        return self._page(request, "stale", 409)

    def explained(self, request: Request, error: Exception) -> Response:
        return self._page(request, "problem", 422, why=str(error))

    def refused(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 400
        answer = self._page(request, "too-much" if status in (408, 413) else "not-found", status)
        if status in (408, 413):
            answer.headers["Connection"] = "close"  # the rest of the request is not waited for
        return answer

    def fault(self, request: Request, error: Exception) -> Response:
        # Without its words, which may have an address in them.
        _log.error("a page of the desk failed: %s", type(error).__name__)
        return self._page(request, "fault", 500)

    def _page(self, request: Request, name: str, status: int, **values: object) -> Response:
        return self.desk.page(asked_by(self.desk, request), name, status, **values)
