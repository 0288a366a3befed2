"""The cast, a stopped clock, and both databases.

Ada   confirmed      Ben   pending      Cleo   unsubscribed      Dot   bounced
"""

import asyncio
import gc
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser
from sqlalchemy import Connection, Engine, insert

from newsletter.database.engine import open_database, upgrade, writing
from subscribers import pending_mail as owed
from subscribers import requests
from subscribers.tables import consents, subscribers, suppressions
from tests import browser as browsers
from tests import examples as _profiles  # noqa: F401
from tests import postgresql
from tests import starter as starters
from tests.no_null_by_accident import refuse_none
from tests.public_pages import Mailbox, Pages, corresponding, serving

settings.load_profile("daily")

refuse_none()

ROOM = 2**31
"""So many octets are enough for the folders of all tests, though each is removed after its test."""

TESTS = Path(__file__).parent
WHOLE_PROGRAMS = ("faults", "hostile", "journeys")

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden mails from what comes out now")


def pytest_configure() -> None:
    """Refuse to test another Python than the one that is meant: a green run of the wrong one says nothing."""
    _work_in_memory()
    meant = os.environ.get("PYTHON_TO_TEST", "")
    if meant and meant != platform.python_version():
        raise pytest.UsageError(f"Python {meant} was to be tested; this is Python {platform.python_version()}")


def _work_in_memory() -> None:
    """Let tests have their folders in memory, where there is room: most of a commit is waiting for a disk.

    A killed process needs no disk to find again what it wrote; what is asked of the disk, and when, is tried by itself.
    """
    memory = Path("/dev/shm")  # pytest makes a folder there that is the user's own
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return
    if shutil.disk_usage(memory).free > ROOM and not os.statvfs(memory).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.hookimpl(tryfirst=True)  # before those that were not asked for are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave whole programs with PostgreSQL behind them to the thorough tests: by day, SQLite shows what they do.

    What the statements do on PostgreSQL is tried every day by the tests of their own parts.
    """
    for item in items:
        chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "postgresql" in chosen and item.path.relative_to(TESTS).parts[0] in WHOLE_PROGRAMS:
            item.add_marker("thorough")


def pytest_report_header() -> str:
    """Say on which Python it was."""
    return f"Python {platform.python_version()} of {sys.base_prefix}"


def pytest_collection_finish() -> None:
    """Because an import looks for garbage when it is done: what is here by now is none, and takes long to look at."""
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A running PostgreSQL whose template database has our tables."""
    with postgresql.running() as server:
        url = server.new_database()
        template = open_database(url)
        upgrade(template)
        template.dispose()
        server.keep_as_template(url)
        yield server


@pytest.fixture(scope="session")
def starter() -> Iterator[starters.Starter]:
    """What starts commands of ours without waiting for Python."""
    with starters.running() as ready:
        yield ready


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with our tables, to be copied."""
    file = tmp_path_factory.mktemp("template") / "newsletter.db"
    engine = open_database(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with all tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), tmp_path)}"
    else:
        server: postgresql.Server = request.getfixturevalue("postgresql_server")
        with server.lent() as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database with all tables and nobody in it, once on SQLite and once on PostgreSQL."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@dataclass(frozen=True)
class Cast:
    """The ids of four people who are on the list."""

    ada: int
    ben: int
    cleo: int
    dot: int


@pytest.fixture
def cast(engine: Engine) -> Cast:
    """Ada (confirmed), Ben (pending), Cleo (unsubscribed) and Dot (bounced), all @example.org, on the list."""
    people = {"ada": "confirmed", "ben": "pending", "cleo": "withdrawn", "dot": "confirmed"}
    ids: dict[str, int] = {}
    with writing(engine) as connection:
        for name, consent in people.items():
            row = {"address": f"{name}@example.org", "first_name": name.title(), "consent": consent, "joined_at": NOON}
            ids[name] = connection.execute(insert(subscribers).returning(subscribers.c.id), row).scalar_one()
            evidence = {"subscriber_id": ids[name], "consent": consent, "at": NOON, "source": "test", "wording": "yes"}
            connection.execute(insert(consents), evidence)
        bounced = {"address": "dot@example.org", "reason": "bounced", "detail": "550 5.1.1", "at": NOON}
        connection.execute(insert(suppressions), bounced)
    return Cast(**ids)


@pytest.fixture
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the caps on what strangers may ask for, so that a test reaches them soon."""
    for module, name in ((owed, "MOST"), (owed, "MOST_OF_A_NETWORK"), (requests, "KEPT_OF_A_NETWORK")):
        monkeypatch.setattr(module, name, getattr(module, name) // 10)


def within(connection: Connection) -> Callable[[], AbstractContextManager[Connection]]:
    """Have what opens transactions of its own work within that of `connection`."""
    return lambda: nullcontext(connection)


@pytest.fixture
def noon() -> datetime:
    """The moment at which the tests' clock has stopped: 1 March 2026, 12:00 UTC."""
    return NOON


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


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """Chromium, with JavaScript on, and the event loop of Playwright; see `browser`."""
    with browsers.running() as running:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield running, loop
        asyncio._set_running_loop(loop)


@pytest.fixture
def browser(chromium: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """Chromium, with JavaScript on; its pages are closed at the end.

    As long as Playwright's event loop is the running one, asyncio runs no other; so it is that only within such tests.
    """
    running, loop = chromium
    asyncio._set_running_loop(loop)
    yield running
    for context in running.contexts:
        context.close()
    asyncio._set_running_loop(None)
