from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from tests.browser import running
from tests.public_pages import Mailbox, Pages, corresponding, serving


@pytest.fixture
def pages(engine: Engine) -> Iterator[Pages]:
    """The public pages, served over HTTP, with the list in `engine`."""
    with serving(engine) as served:
        yield served


@pytest.fixture
def mailbox(engine: Engine, tmp_path: Path) -> Iterator[Mailbox]:
    """The public pages with a way to send mail, and what they sent."""
    with corresponding(engine, tmp_path / "mails") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, with JavaScript on; a module's own, because Playwright keeps an event loop running meanwhile."""
    with running() as chromium:
        yield chromium
