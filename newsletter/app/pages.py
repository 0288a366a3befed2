"""The public pages of a folder, put together from its settings, database, templates and relay; and its metrics."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette

from newsletter.app.workspace import Workspace
from newsletter.reports.numbers import NumberCounter
from newsletter.runtime.clock import now
from newsletter.runtime.extras import extra


@dataclass(frozen=True)
class PagesServer:
    """Pages at an address of this machine. Connections wait until `serve` is called, which returns after a signal."""

    address: str
    serve: Callable[[], None]


@contextmanager
def numbers_served(workspace: Workspace, host: str, port: int) -> Iterator[str]:
    """Serve numbers for Prometheus at `host` and `port` (0: any free one) until the block ends; yield their address.

    Raises MissingExtra, CannotListen or DatabaseError.
    """
    with extra("metrics", "prometheus_client", "serve metrics"):
        from newsletter.web.metrics import metrics_application
    from newsletter.web.server import Listener

    app = metrics_application(NumberCounter(workspace.engine, now))
    with Listener.on(host, port) as listener, listener.serving(app):
        yield f"{listener.address}/metrics"


@contextmanager
def public_pages(workspace: Workspace, host: str, port: int) -> Iterator[PagesServer]:
    """Listen at `host` and `port` (0: any free one) for the public pages until the block ends.

    Without a relay there are no pages that must ask by mail. Raises CannotListen, SettingsError or DatabaseError.
    """
    from newsletter.web import server as web  # because nothing else needs a web server

    transport = workspace.transport() if workspace.settings.smtp_host else None
    app = web.application(workspace.engine, workspace.settings, workspace.templates, transport, workspace.published)
    with web.Listener.on(host, port) as listener:
        yield PagesServer(listener.address, partial(listener.serve, app))


@dataclass(frozen=True)
class LocalListener:
    """A socket on this machine that listens already; `serve` serves an application there until a signal."""

    address: str
    port: int
    serve: Callable[[Starlette], None]


@contextmanager
def on_this_machine(port: int = 0) -> Iterator[LocalListener]:
    """Listen at the loopback address until the block ends; `port` 0: any free one. Raises CannotListen."""
    from newsletter.web import server as web

    with web.Listener.on("127.0.0.1", port) as listener:
        found = int(listener.address.rpartition(":")[2])
        yield LocalListener(listener.address, found, partial(listener.serve, quietly=True))
