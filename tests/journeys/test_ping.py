"""`due` visits an address each time it went well, and only then, so that its silence means something."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.journeys.conftest import Organiser


class Watcher(HTTPServer):
    """A server that writes down who came by."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.visits: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/check-7f3a"


class Visit(BaseHTTPRequestHandler):
    """One visit."""

    server: Watcher

    def do_GET(self) -> None:
        self.server.visits.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    with Watcher() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_due_tells_that_it_is_alive_only_when_all_went_well(ready: Organiser, watcher: Watcher) -> None:
    assert ready.types("due").code == 0
    assert watcher.visits == []
    ready.settings["PING_URL"] = watcher.url
    assert ready.types("due").code == 0
    assert watcher.visits == ["/check-7f3a"]
    assert watcher.url not in ready.types("config", "show").out
    assert ready.types("due", DATABASE_URL=f"sqlite:///{ready.folder}/nowhere.db").code != 0
    assert len(watcher.visits) == 1


def test_a_watcher_that_cannot_be_reached_changes_nothing_else(ready: Organiser, watcher: Watcher) -> None:
    watcher.status = 500
    done = ready.types("due", PING_URL=watcher.url)
    assert (done.code, done.out) == (0, "")
    assert "NEWSLETTER_PING_URL could not be visited: the server answered 500" in done.err
    assert "check-7f3a" not in done.err
