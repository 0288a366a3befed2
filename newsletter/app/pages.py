"""The public pages, put together from the settings, the database, the templates and the relay of a folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from newsletter.app.workspace import Workspace


@dataclass(frozen=True)
class PagesServer:
    """Pages at an address of this machine. Connections wait until `serve` is called, which returns after a signal."""

    address: str
    serve: Callable[[], None]


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
