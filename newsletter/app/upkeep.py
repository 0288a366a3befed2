"""Looks after the database: makes a copy of it, and checks that what is in it still holds. Only reads."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from newsletter.app.list_folder import ListFolder
from newsletter.database.backup import back_up
from newsletter.database.engine import place, reading
from newsletter.errors import AccountDoesNotBalance
from newsletter.issue import read_issues
from newsletter.reports.account import account_of
from subscribers.tables import consents, subscribers

MOST_FAULTS = 20
"""So many faults that SQLite finds in its file are named."""


@dataclass(frozen=True)
class DatabaseCopy:
    """A copy that was made."""

    database: str
    """What it is a copy of, without a password."""
    file: Path
    bytes: int


@dataclass(frozen=True)
class DatabaseCheck:
    """What was checked, and each fault that was found, in words."""

    database: str
    issues: int | None
    """How many there are; None: the file is damaged, so they were not counted."""
    subscribers: int | None
    faults: tuple[str, ...]


def copy_database(folder: ListFolder, file: Path) -> DatabaseCopy:
    """Copy the database to a new `file`, also while an issue is being sent. Raises CopyFailed or DatabaseError."""
    return DatabaseCopy(place(folder.engine), file, back_up(folder.engine, file))


def check_database(folder: ListFolder) -> DatabaseCheck:
    """Check the file, every issue's account, and that each consent has its evidence. Raises DatabaseError."""
    with reading(folder.engine) as connection:
        if damage := tuple(_of_the_file(connection)):
            return DatabaseCheck(place(folder.engine), None, None, damage)
        number = connection.execute(select(func.count()).select_from(subscribers)).scalar_one()
        faults = *_of_accounts(connection), *_of_consents(connection)
        return DatabaseCheck(place(folder.engine), len(read_issues(connection)), number, faults)


def _of_the_file(connection: Connection) -> Iterator[str]:
    """Ask SQLite for damage to its file, and for rows that refer to none; PostgreSQL never lets the latter happen."""
    if connection.dialect.name != "sqlite":
        return
    try:
        damage = connection.execute(text(f"PRAGMA integrity_check({MOST_FAULTS})")).scalars().all()
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_CORRUPT:
            raise
        damage = [str(error.orig)]  # so badly that SQLite cannot even look
    yield from (f"The file is damaged: {said}" for said in damage if said != "ok")
    for table, _, parent, _ in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(MOST_FAULTS):
        yield f"A row of {table} refers to a row of {parent} that is not there."


def _of_accounts(connection: Connection) -> Iterator[str]:
    for issue in read_issues(connection):
        try:
            account_of(connection, issue)
        except AccountDoesNotBalance as error:
            yield str(error)


def _of_consents(connection: Connection) -> Iterator[str]:
    of_them = select(consents.c.consent).where(consents.c.subscriber_id == subscribers.c.id)
    newest = of_them.order_by(consents.c.id.desc()).limit(1).scalar_subquery()
    differ = subscribers.c.consent != func.coalesce(newest, "")
    number = connection.execute(select(func.count()).select_from(subscribers).where(differ)).scalar_one()
    if number:
        yield f"{number:,} subscribers have a consent that the evidence does not show: `newsletter why ADDRESS` tells."
