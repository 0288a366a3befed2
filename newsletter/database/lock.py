"""One sender per issue: a lock that ends with the process that holds it, and names its holder.

On SQLite it is an flock on a file beside the database; on PostgreSQL an advisory lock of a separate connection. Either
can be lost while its holder is alive: the file may be removed, the connection cut. So the lock only says when an
earlier sender may be taken for dead; newsletter.send_log.senders keeps that sender from doing harm if it is alive.
"""

import fcntl
import getpass
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from newsletter.errors import SenderBusy

ADVISORY_CLASS = 0x6E6577
"""Keeps our advisory locks on PostgreSQL apart from those of others in the same database; in letters, "new"."""


@contextmanager
def sender_lock(engine: Engine, issue: int, now: datetime) -> Iterator[Callable[[], bool]]:
    """Hold the right to send `issue` until the block ends. Raises SenderBusy, which names the holder.

    The block gets a function that says whether the lock is still held; it may be called from another thread, and may
    wait for the database.
    """
    holder = f"{getpass.getuser()} on {platform.node()} (process {os.getpid()}, since {now:%Y-%m-%d %H:%M} UTC)"
    held = _file_lock if engine.dialect.name == "sqlite" else _advisory_lock
    with held(engine, issue, holder) as is_held:
        yield is_held


@contextmanager
def _file_lock(engine: Engine, issue: int, holder: str) -> Iterator[Callable[[], bool]]:
    path = Path(f"{engine.url.database}.issue-{issue}.lock")
    handle = _locked(path, issue)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, holder.encode(), 0)
        yield lambda: _stands_at(path, handle)
    finally:
        if _stands_at(path, handle):  # otherwise the file there is another sender's lock
            path.unlink()  # while we still hold the lock: a sender that has opened the file sees that it is gone
        os.close(handle)


def _locked(path: Path, issue: int) -> int:
    """Open and lock the file at `path`; try again if another file stands there once the lock is held."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _stands_at(path, handle):
                return handle
        except BlockingIOError:
            busy = os.pread(handle, 500, 0).decode(errors="replace")
            os.close(handle)
            raise SenderBusy(number=issue, holder=busy) from None
        os.close(handle)


def _stands_at(path: Path, handle: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), os.fstat(handle))
    return False


@contextmanager
def _advisory_lock(engine: Engine, issue: int, holder: str) -> Iterator[Callable[[], bool]]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        keys = {"kind": ADVISORY_CLASS, "issue": issue}
        if not connection.execute(text("SELECT pg_try_advisory_lock(:kind, :issue)"), keys).scalar():
            raise SenderBusy(number=issue, holder=_advisory_holder(connection.execute(_HOLDER, keys).scalar()))
        connection.execute(text("SELECT set_config('application_name', :holder, false)"), {"holder": holder[:63]})
        try:
            yield _asks(connection, issue)
        finally:
            with suppress(DBAPIError):  # if the connection is gone, the lock is gone too
                connection.execute(text("SELECT pg_advisory_unlock(:kind, :issue)"), keys)


def _asks(connection: Connection, issue: int) -> Callable[[], bool]:
    """Return a function that asks the connection that holds the lock; another would not notice that this one is cut."""
    driver: Any = connection.connection.driver_connection
    trouble = connection.dialect.loaded_dbapi.Error

    def is_held() -> bool:
        try:
            return driver.execute(_HELD, (ADVISORY_CLASS, issue)).fetchone() is not None
        except trouble:
            return False

    return is_held


_HELD = (
    "SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND granted "
    "AND classid::bigint = %s AND objid::bigint = %s"
)

_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND classid = :kind AND objid = :issue"
)


def _advisory_holder(name: object) -> str:
    return str(name) if name else "another sender"
