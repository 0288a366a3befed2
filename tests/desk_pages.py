"""The desk for tests: its pages served on a free port of this machine, and an organiser's browser that fills forms."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from lxml.html import HtmlElement, document_fromstring

from newsletter.app.setup import upgrade_database
from newsletter.app.workspace import Workspace
from newsletter.desk.application import application
from newsletter.desk.guard import DeskKey
from newsletter.settings import env_file
from tests.public_pages import http_client
from tests.shared_server import shared_server

SETTINGS = {
    "secret_key": "a key for tests, forty characters long!!",
    "organisation": "Co-production Wales",
    "postal_address": "1 Example Street, Cardiff",
    "from_": "Co-production Wales <news@example.org>",
    "smtp_host": "127.0.0.1",
    "smtp_port": "9",
    "smtp_security": "none",
    "durability": "process",
}


@dataclass
class DeskBrowser:
    """A client that has come in through the address with the key, and fills forms as a browser does."""

    url: str
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(self.url + path, headers=headers)

    def page(self, path: str) -> HtmlElement:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return self.parsed(answer)

    def parsed(self, answer: httpx.Response) -> HtmlElement:
        return document_fromstring(answer.text)

    def fields(self, page: HtmlElement, action: str) -> dict[str, str]:
        """Return what the form of a page for `action` holds, as a browser would send it."""
        form = next(each for each in page.forms if urlsplit(each.get("action") or "").path == action)
        return {name: value for name, value in form.form_values() if isinstance(value, str)}

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as a browser sends it from a page of the desk."""
        own = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return self.client.post(self.url + path, data=fields, headers={**own, **headers})

    def fill(self, page_path: str, action: str, **fields: str) -> httpx.Response:
        """Open a page, fill in its form for `action`, and send it."""
        return self.post(action, self.fields(self.page(page_path), action) | fields)


@dataclass
class OpenDesk(DeskBrowser):
    """An open desk in this process."""

    workspace: Workspace
    key: DeskKey


@contextmanager
def come_in(address: str) -> Iterator[DeskBrowser]:
    """Open the address that `newsletter desk` has printed."""
    with http_client(follow_redirects=False) as client:
        assert client.get(address).status_code == 303
        yield DeskBrowser(address.partition("/?")[0], client)


def organisers_folder(folder: Path, **settings: str) -> Workspace:
    """Make a folder with settings, posts/ and a database."""
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    (folder / ".env").write_text(env_file.render(SETTINGS | settings), encoding="utf-8")
    workspace = Workspace(folder)
    upgrade_database(workspace)
    return workspace


@contextmanager
def open_desk_of(workspace: Workspace) -> Iterator[OpenDesk]:
    """Serve the desk of a folder until the block ends, and come in."""
    with shared_server() as server, http_client(follow_redirects=False) as client:
        key = DeskKey(urlsplit(server.address).port or 0)
        with server.serving(application(workspace, key)):
            opened = OpenDesk(server.address, client, workspace, key)
            assert client.get(f"{server.address}/?key={key.once}").status_code == 303
            yield opened
    workspace.close()
