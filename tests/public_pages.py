"""The public pages for tests: the whole web app, served on a free port of the loopback interface."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from newsletter.message import MailObject
from newsletter.settings import Settings
from newsletter.settings.values import mailbox
from newsletter.theme import template_folders
from newsletter.transport.folder import Folder
from newsletter.web.server import application
from subscribers.tables import consents, subscribers
from subscribers.tokens import LinkSigner
from tests.shared_server import shared_server

SETTINGS = Settings(
    secret_key="a key for tests, forty characters long!!",
    organisation="Co-production Wales",
    postal_address="1 Example Street, Cardiff",
    from_=mailbox("Co-production Wales <news@example.org>"),
    list_id="news.example.org",
)

UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(**options: Any) -> httpx.Client:
    """Make a client for pages that are served without TLS: to read all authorities takes longer than most tests."""
    return httpx.Client(trust_env=False, verify=UNUSED, **options)


@dataclass(frozen=True)
class Pages:
    """Where the pages are, and what they have changed."""

    engine: Engine
    url: str
    signer: LinkSigner
    client: httpx.Client

    def link(self, subscriber_id: int, issue: int = 1) -> str:
        return f"{self.url}/u/{self.signer.unsubscribe(subscriber_id, issue)}"

    def everything(self) -> list[tuple[object, ...]]:
        """Read the list and all evidence, to see whether anything has changed."""
        with reading(self.engine) as connection:
            people = connection.execute(select(subscribers).order_by(subscribers.c.id))
            rows = [*people, *connection.execute(select(consents).order_by(consents.c.id))]
        return [tuple(row) for row in rows]

    def consent(self, subscriber_id: int) -> str:
        with reading(self.engine) as connection:
            query = select(subscribers.c.consent).where(subscribers.c.id == subscriber_id)
            return str(connection.execute(query).scalar_one())


@dataclass(frozen=True)
class Mailbox:
    """The public pages, and the mails they have sent, in a folder."""

    pages: Pages
    folder: Path

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.pages.client.post(self.pages.url + path, data=form)

    def mails(self, number: int) -> list[EmailMessage]:
        """Wait until there are so many mails, as they go out after the answer; and see that there are no more."""
        deadline = time.monotonic() + 10
        while len(self._files()) < number and time.monotonic() < deadline:
            time.sleep(0.01)
        parsed = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self._files()]
        assert len(parsed) == number
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]

    def link(self, number: int = 1) -> str:
        """Find the link to confirm in the newest of so many mails."""
        body = self.mails(number)[-1].get_body(("plain",))
        assert body is not None
        return next(word for word in str(body.get_content()).split() if "/confirm/" in word).strip("<>")

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)


class Pile(Folder):
    """A folder that keeps every mail, also where one person gets several that belong to no issue."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._numbers = count(1)

    def _write(self, mail: MailObject) -> Path:
        return super()._write(mail._replace(delivery=next(self._numbers)))


@contextmanager
def corresponding(engine: Engine, folder: Path, **changed: Any) -> Iterator[Mailbox]:
    """Serve the pages of the list in `engine`, their mails going into `folder`, with settings `changed`."""
    signer = LinkSigner(SETTINGS.secret_keys, SETTINGS.list_name)
    with shared_server() as server:
        settings = replace(SETTINGS, base_url=server.address, **changed)
        app = application(engine, settings, template_folders(None), Pile(folder))
        with server.serving(app), http_client() as reader:
            yield Mailbox(Pages(engine, server.address, signer, reader), folder)


@contextmanager
def serving(engine: Engine, settings: Settings = SETTINGS, published: Path | None = None) -> Iterator[Pages]:
    """Serve the pages of the list in `engine`, and the files in `published`, until the block ends."""
    signer = LinkSigner(settings.secret_keys, settings.list_name)
    app = application(engine, settings, template_folders(None), published=published)
    with shared_server() as server, server.serving(app), http_client() as reader:
        yield Pages(engine, server.address, signer, reader)
