"""This machine: the database, the permissions of secret files, the clock, and free space on the disk."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from newsletter.database.engine import open_database, place, reading, require_current
from newsletter.database.tables import issues
from newsletter.doctor.finding import DoctorFinding, error, ok, warning
from newsletter.errors import DatabaseError
from newsletter.runtime.clock import in_full
from newsletter.settings import Settings

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
"""This program was written later; a clock that shows an earlier time is wrong."""

LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000
"""Free octets on the disk of the database: below the first is a warning, below the second an error."""

TOLERATED = timedelta(minutes=5)


def examine_database(settings: Settings, folder: Path, now: datetime) -> Iterator[DoctorFinding]:
    """Check that the database can be opened, is undamaged, fits this version, and is not ahead of the clock."""
    try:
        engine = open_database(settings.database_url, settings.durability, folder)
        try:
            require_current(engine)
            yield from _within(engine, now)
        finally:
            engine.dispose()
    except DatabaseError as trouble:
        change = "Follow the advice above, or put a backup copy in its place."
        yield error("database", f"{trouble}.", "Nothing can be sent or logged.", change)


def examine_secrets(folder: Path, settings: Settings) -> Iterator[DoctorFinding]:
    """Check that no other user of this machine can read .env, the DKIM key, or people's addresses."""
    database = _file_of(settings, folder)
    files = [folder / ".env", *([folder / settings.dkim_key_file] if settings.dkim_key_file else [])]
    files += [database, Path(f"{database}-wal")] if database else []
    open_to_others = [file for file in files if file.is_file() and file.stat().st_mode & 0o077]
    for file in open_to_others:
        found = f"Others on this machine may read or change {file}."
        yield warning("secrets", found, "It has passwords or addresses in it.", f"Run: chmod 600 {file}")
    if not open_to_others:
        yield ok("secrets", "Only you can read your passwords and your list.")


def examine_clock(now: datetime) -> DoctorFinding:
    """Check that the clock is not obviously wrong."""
    if now < WRITTEN:
        found = f"The clock says {now:%Y-%m-%d %H:%M} UTC, which is before this program was written."
        return error("clock", found, "An email with a wrong date looks like spam.", "Set the clock of this machine.")
    return ok("clock", f"It is {in_full(now)} here.")


def examine_disk(
    folder: Path, settings: Settings, free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
) -> DoctorFinding:
    """Check that there is space for the send log."""
    database = _file_of(settings, folder)
    where = database.parent if database and database.parent.is_dir() else folder
    left = free(where)
    found = f"{left / 1e9:,.1f} GB are free at {where.resolve()}."
    consequence = "Sending stops when the disk is full."
    if left < TOO_LITTLE:
        return error("disk", found, consequence, _ROOM)
    return warning("disk", found, consequence, _ROOM) if left < LITTLE else ok("disk", found)


_ROOM = "Delete files that you do not need, or use a larger disk."


def _within(engine: Engine, now: datetime) -> Iterator[DoctorFinding]:
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            answer = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
            if answer != "ok":
                raise DatabaseError(database=place(engine), why=f"it is damaged: {answer.splitlines()[0]}")
        newest: datetime | None = connection.execute(select(func.max(issues.c.frozen_at))).scalar()
    yield ok("database", f"{place(engine)} is undamaged and up to date.")
    if newest and newest > now + TOLERATED:
        found = f"The newest issue is of {newest:%Y-%m-%d %H:%M} UTC, and the clock says {now:%Y-%m-%d %H:%M}."
        yield error("clock", found, "Your emails get a wrong date.", "Set the clock of this machine.")


def _file_of(settings: Settings, folder: Path) -> Path | None:
    name = settings.database_url.removeprefix("sqlite:///")
    return folder / name if name != settings.database_url and name not in ("", ":memory:") else None
