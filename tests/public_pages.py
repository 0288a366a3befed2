"""The public pages for tests: the whole web app, served on a free port of the loopback interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import Engine, select

from newsletter.database import reading
from newsletter.settings import Settings
from newsletter.settings.values import mailbox
from newsletter.theme import template_folders
from newsletter.web import Listener, application
from subscribers.tables import consents, subscribers
from subscribers.tokens import LinkSigner

SETTINGS = Settings(
    secret_key="a key for tests, forty characters long!!",
    organisation="Co-production Wales",
    postal_address="1 Example Street, Cardiff",
    from_=mailbox("Co-production Wales <news@example.org>"),
    list_id="news.example.org",
)


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


@contextmanager
def serving(engine: Engine, settings: Settings = SETTINGS) -> Iterator[Pages]:
    """Serve the pages of the list in `engine` until the block ends."""
    signer = LinkSigner(settings.secret_keys, settings.list_name)
    app = application(engine, settings, template_folders(None))
    with Listener.on("127.0.0.1", 0) as listener, listener.serving(app), httpx.Client(trust_env=False) as client:
        yield Pages(engine, listener.address, signer, client)
