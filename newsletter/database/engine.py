"""The one door to the database: SQLite in WAL mode, or PostgreSQL; the same tables in both.

A block of work is either reading or writing. A writing block is one transaction; it takes SQLite's only write lock at
its start, so it cannot fail half way because another program holds the lock.
"""

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from newsletter.database.prepare import BUSY_SECONDS, prepare_postgresql, prepare_sqlite
from newsletter.database.sqlite_files import FilesLost
from newsletter.errors import DatabaseDeadlock, DatabaseError, DatabaseLost
from newsletter.runtime.extras import extra
from newsletter.settings import Durability

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
REVISION = max(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""The newest migration: the tables as this version needs them. A newer program may have added to them."""

DEADLOCKS = 4
"""How often `written` begins again after a deadlock."""


def open_database(url: str, durability: Durability = Durability.POWER, folder: Path = Path()) -> Engine:
    """Open an engine for `url`; it connects on first use. Raises DatabaseError if `url` names no database.

    The relative path of an SQLite file begins at `folder`.
    """
    try:
        address = _within(folder, make_url(url))
        with extra("postgresql", "psycopg", "use PostgreSQL"):
            engine = create_engine(address, **_engine_options(address))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise DatabaseError(database=url.partition(":")[0], why=str(error).splitlines()[0]) from None
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine, durability)
    elif engine.dialect.name == "postgresql":
        prepare_postgresql(engine, durability)
    else:
        raise DatabaseError(database=engine.dialect.name, why="it must be sqlite or postgresql+psycopg")
    return engine


def limit_idle_transactions(engine: Engine, seconds: float) -> None:
    """Have PostgreSQL end a connection of `engine` that is silent for so long within a transaction, and undo it.

    For a process that may be stopped at any moment and for any time: its locks would hold up those who take over.
    """
    engine.dispose()  # the connections that are open would have no limit

    @event.listens_for(engine, "connect")
    def limit(connection: Any, record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET idle_in_transaction_session_timeout = {round(seconds * 1000)}")
        connection.autocommit = False


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction: committed at the end of the block, undone if the block raises. Raises DatabaseError."""
    with translated(engine), engine.connect() as connection, connection.begin():
        yield connection


def written(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do `work` in one transaction, and return its result; do it again if the database ended it for a deadlock.

    PostgreSQL ends one of two transactions that wait for each other, whichever began to wait first. Raises
    DatabaseError.
    """
    for _ in range(DEADLOCKS):
        try:
            with writing(engine) as connection:
                return work(connection)
        except DatabaseDeadlock:
            time.sleep(random.uniform(0, 0.1))  # noqa: S311  # it hides nothing
    with writing(engine) as connection:
        return work(connection)


class Writer:
    """Makes many small transactions on one connection, because to open one takes longer than a small transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open one transaction, as the function `writing` does."""
        with translated(self._engine):
            self._connection = self._connection or self._engine.connect()
            try:
                with self._connection.begin():
                    yield self._connection
            except BaseException:
                self.close()  # the state of the connection is unknown
                raise

    def close(self) -> None:
        """Give the connection back; the next transaction opens a new one."""
        if self._connection:
            connection, self._connection = self._connection, None
            connection.close()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a view of the database at one moment, which blocks no writer. Raises DatabaseError."""
    with translated(engine), engine.connect().execution_options(reading=True) as connection:
        yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the driver's exceptions into a DatabaseError that an organiser can act on."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        said = getattr(error, "orig", error)
        kind = _kind_of(said)
        why = str(said).strip().splitlines()[0]
        raise kind(database=place(engine), why=why) from error


def _kind_of(said: object) -> type[DatabaseError]:
    if isinstance(said, FilesLost):
        return DatabaseLost
    return DatabaseDeadlock if getattr(said, "sqlstate", None) == _DEADLOCK else DatabaseError


_DEADLOCK = "40P01"


def place(engine: Engine) -> str:
    """Return where the database is, without its password."""
    return engine.url.database or ":memory:" if engine.dialect.name == "sqlite" else without_secrets(engine.url)


def without_secrets(url: URL) -> str:
    """Return the address of a database without its passwords, including those among its options."""
    secret = [name for name in url.query if re.search("pass|secret|token|pwd", name, re.IGNORECASE)]
    # The name of a password file is no secret, and it helps to find the right file.
    hidden = {name: "***" for name in secret if not name.lower().endswith("file")}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def upgrade(engine: Engine) -> None:
    """Bring the tables to the shape this version needs, in one transaction; safe to repeat.

    Tables that a newer version has brought further stay as they are. Raises DatabaseError if this version cannot use
    them.
    """
    from alembic import command  # here, because only this needs Alembic, which takes long to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        if _is_newer(connection, engine):
            return
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)


def require_current(engine: Engine) -> None:
    """Raise DatabaseError unless the database exists and has the shape this version needs, or more."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise DatabaseError(database=place(engine), why="it does not exist yet; `newsletter init` makes it")
    with reading(engine) as connection:
        if _revision(connection) != REVISION and not _is_newer(connection, engine):
            raise DatabaseError(database=place(engine), why="it is of an older version; run `newsletter db upgrade`")


def _revision(connection: Connection) -> str:
    known = inspect(connection).has_table("alembic_version")
    return (known and connection.execute(text("SELECT version_num FROM alembic_version")).scalar()) or ""


def _is_newer(connection: Connection, engine: Engine) -> bool:
    """Say whether a newer program has added to the tables. Raises DatabaseError if this one cannot use them any more.

    Migrations only add, so it mostly can; one that does more says so in `lineage.readable_from`.
    """
    found = _revision(connection)
    if found <= REVISION:
        return False
    readable_from = connection.execute(text("SELECT readable_from FROM lineage")).scalar()
    if not readable_from or readable_from > REVISION:
        raise DatabaseError(database=place(engine), why=_TOO_NEW)
    return True


_TOO_NEW = (
    "a newer version of this program has changed it, so this one cannot use it; install the newer version here too"
)


def _within(folder: Path, address: URL) -> URL:
    file = address.database or ":memory:"
    if address.get_backend_name() != "sqlite" or file == ":memory:" or file.startswith("file:"):
        return address
    return address.set(database=str(folder / file))


def _engine_options(address: URL) -> dict[str, Any]:
    if address.get_backend_name() == "sqlite":
        return {} if "timeout" in address.query else {"connect_args": {"timeout": BUSY_SECONDS}}
    return {"pool_pre_ping": True}
