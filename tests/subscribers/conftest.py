from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from tests.browser import running
from tests.public_pages import Pages, serving


@pytest.fixture
def pages(engine: Engine) -> Iterator[Pages]:
    """The public pages, served over HTTP, with the list in `engine`."""
    with serving(engine) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, with JavaScript on; a module's own, because Playwright keeps an event loop running meanwhile."""
    with running() as chromium:
        yield chromium
