"""Prepares the connections of an engine: SQLite's with pragmas and its write lock, PostgreSQL's with its settings."""

import random
import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from newsletter.database.sqlite_files import FilesLost, SqliteFiles, WatchedConnection
from newsletter.settings import Durability

BUSY_SECONDS = 60
"""How long a writer waits for another program's write before it gives up. The address can set another time: in SQLite's
?timeout=, in PostgreSQL's ?options=-c%20lock_timeout%3D…"""
LOOK_AGAIN = (0.0005, 0.002)
"""Seconds between two attempts to take SQLite's write lock: a random time in this range."""


def prepare_sqlite(engine: Engine, durability: Durability) -> None:
    """Have each connection use WAL, and each transaction begin as `engine.reading` or `engine.writing` says."""
    synchronous = "FULL" if durability is Durability.POWER else "NORMAL"
    files = SqliteFiles(engine.url.database or ":memory:")

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> WatchedConnection:
        return files.connect(*arguments, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: WatchedConnection, record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA schema_version").fetchone()  # SQLite opens the log of a new database when it reads
        files.remember(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        try:
            driver.check_files()
        except FilesLost as lost:
            raise OperationalError("BEGIN", None, lost) from lost
        reading = connection.get_execution_options().get("reading")
        if reading:
            connection.exec_driver_sql("BEGIN")
        else:
            _take_the_write_lock(connection)


def _take_the_write_lock(connection: Connection) -> None:
    """Begin a transaction that holds the write lock; wait for the lock as long as the busy timeout says.

    SQLite's own wait tries less and less often, so a program that writes much would starve the others.
    """
    driver: Any = connection.connection.driver_connection
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    deadline = time.monotonic() + patience / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(random.uniform(*LOOK_AGAIN))  # noqa: S311  # it hides nothing
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, so that the error is SQLAlchemy's
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience}")


def prepare_postgresql(engine: Engine, durability: Durability) -> None:
    """Have each connection use UTC, wait for locks as long as BUSY_SECONDS, and commit as `durability` says."""
    commit = "on" if durability is Durability.POWER else "off"

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET synchronous_commit = {commit}")
        connection.execute("SET timezone = 'UTC'")
        if "lock_timeout" not in str(engine.url.query.get("options", "")):
            connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        connection.autocommit = False
