"""One sender per issue: a lock that dies with whoever holds it, and says who that is.

On SQLite an flock on a file beside the database; on PostgreSQL an advisory lock of a connection of its own.
"""

import fcntl
import getpass
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from newsletter.errors import SenderBusy

_ADVISORY_CLASS = 0x6E6577  # "new": keeps our locks apart from those of others in the same database


@contextmanager
def sender_lock(engine: Engine, issue: int, now: datetime) -> Iterator[None]:
    """Hold the right to send `issue` until the block ends. Raises SenderBusy naming the holder."""
    holder = f"{getpass.getuser()} on {platform.node()} (process {os.getpid()}, since {now:%Y-%m-%d %H:%M} UTC)"
    held = _file_lock if engine.dialect.name == "sqlite" else _advisory_lock
    with held(engine, issue, holder):
        yield


@contextmanager
def _file_lock(engine: Engine, issue: int, holder: str) -> Iterator[None]:
    path = Path(f"{engine.url.database}.issue-{issue}.lock")
    handle = _locked(path, issue)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, holder.encode(), 0)
        yield
    finally:
        path.unlink(
            missing_ok=True
        )  # while it is held still: whoever has opened it sees that it is not there any longer
        os.close(handle)


def _locked(path: Path, issue: int) -> int:
    """Open and lock the file that stands at `path`: the one that is there once it is locked."""
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
def _advisory_lock(engine: Engine, issue: int, holder: str) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        keys = {"kind": _ADVISORY_CLASS, "issue": issue}
        if not connection.execute(text("SELECT pg_try_advisory_lock(:kind, :issue)"), keys).scalar():
            raise SenderBusy(number=issue, holder=_advisory_holder(connection.execute(_HOLDER, keys).scalar()))
        connection.execute(text("SELECT set_config('application_name', :holder, false)"), {"holder": holder[:63]})
        try:
            yield
        finally:
            with suppress(DBAPIError):  # because where the connection is gone, so is the lock
                connection.execute(text("SELECT pg_advisory_unlock(:kind, :issue)"), keys)


_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND classid = :kind AND objid = :issue"
)


def _advisory_holder(name: object) -> str:
    return str(name) if name else "another sender"
