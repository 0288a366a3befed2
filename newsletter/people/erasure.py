"""Erase one person everywhere: from the list, from every issue, and from old pages of the database's files.

The totals of every issue still add up: each of the person's deliveries stays as a row, without address, names, fields
or the text of replies, and with a number that belongs to no subscriber. Sends nothing and asks no questions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    PoolProxiedConnection,
    String,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)

from newsletter.database.engine import writing
from newsletter.database.tables import attempts, deliveries, events, exclusions, issues, replies
from newsletter.database.tables import metadata as send_log
from subscribers.address import normalise
from subscribers.erasure import Memory, forget
from subscribers.moves import addresses_of
from subscribers.tables import is_number, one_of, subscribers
from subscribers.tables import metadata as people
from subscribers.through import keep_through

ERASED = "erased-"
"""What an erased delivery has in place of its address, with its id; it has no @, so it cannot equal a real address."""

Noted = Callable[[Connection, int], object]
"""Is called last in the transaction of an erasure, with the number of rows that were erased."""

table = deliveries.c


@dataclass(frozen=True)
class Erasure:
    """What was erased of a person, and whether traces may be left in the files."""

    address: str
    rows: int
    """Rows deleted from the list: their own, suppressions, requests."""
    deliveries: int
    residue: str
    """Why old pages of the database's files may still contain their data; empty: they do not."""


@dataclass(frozen=True)
class Erasable:
    """What `erase` would erase of a person."""

    address: str
    addresses: tuple[str, ...]
    """This address, and those at which the person was written to before."""
    listed: bool
    """Whether they are on the list."""
    deliveries: int


def look(connection: Connection, address: str) -> Erasable:
    """Say what `erase` would erase of the person behind `address`. Raises BadAddress."""
    wanted = normalise(address)
    person = _person(connection, wanted)
    addresses = _addresses(connection, wanted, person)
    ids = connection.scalars(select(table.id).where(_theirs(addresses, person))).all()
    return Erasable(wanted, tuple(addresses), person is not None, len(ids))


def erase(engine: Engine, address: str, memory: Memory, now: datetime, noted: Noted | None = None) -> Erasure:
    """Erase the person behind `address`; safe to repeat. Raises BadAddress, ForgottenKey and DatabaseError."""
    wanted = normalise(address)
    with writing(engine) as connection:
        person = _person(connection, wanted)
        addresses = _addresses(connection, wanted, person)
        unnamed = _unname(connection, addresses, person)
        if person is not None:
            keep_through(connection, person)
        gone = forget(connection, memory, addresses, now)
        if noted:
            noted(connection, gone + unnamed)
    return Erasure(wanted, gone, unnamed, _scrub(engine))


def _person(connection: Connection, wanted: str) -> int | None:
    return connection.scalar(select(subscribers.c.id).where(subscribers.c.address == wanted))


def _theirs(addresses: list[str], person: int | None) -> ColumnElement[bool]:
    return or_(table.address.in_(addresses), is_number(table.subscriber_id, person))


def _addresses(connection: Connection, wanted: str, person: int | None) -> list[str]:
    """Find the person's other addresses, from deliveries and moves, except those that another subscriber has now."""
    if person is None:
        return [wanted]
    earlier = select(table.address).distinct().where(table.subscriber_id == person)
    others = select(subscribers.c.address).where(subscribers.c.id != person)
    moved = addresses_of(connection, person)
    moved -= set(connection.scalars(others.where(one_of(connection, subscribers.c.address, moved))))
    return sorted({wanted, *moved, *connection.scalars(earlier.where(table.address.not_in(others)))})


def _unname(connection: Connection, addresses: list[str], person: int | None) -> int:
    ids = list(connection.scalars(select(table.id).where(_theirs(addresses, person))))
    connection.execute(update(attempts).where(attempts.c.delivery_id.in_(ids)).values(reply=""))
    unsaid = {"diagnostic": "", "reporter": "", "digest": literal(ERASED) + cast(events.c.id, String)}
    connection.execute(update(events).where(events.c.delivery_id.in_(ids)).values(unsaid))
    unsaid_too = {"digest": literal(ERASED) + cast(replies.c.id, String)}
    connection.execute(update(replies).where(replies.c.delivery_id.in_(ids)).values(unsaid_too))
    for row in connection.execute(select(exclusions).where(is_number(exclusions.c.subscriber_id, person))).all():
        _unname_exclusion(connection, row)
    nobody: dict[str, Any] = {
        "address": literal(ERASED) + cast(table.id, String),
        "subscriber_id": -table.id,
        "first_name": "",
        "last_name": "",
        "fields": {},
        "reply": None,
    }
    connection.execute(update(deliveries).where(table.id.in_(ids)).values(nobody))
    for address in addresses:  # why an issue is paused may quote a relay that names the recipient
        unsaid_why = func.replace(issues.c.why, address, "…")
        connection.execute(update(issues).where(issues.c.why.contains(address, autoescape=True)).values(why=unsaid_why))
    return len(ids)


def _unname_exclusion(connection: Connection, row: Any) -> None:
    of_issue = exclusions.c.issue_id == row.issue_id
    lowest = connection.scalar(select(func.min(exclusions.c.subscriber_id)).where(of_issue)) or 0
    this = of_issue & (exclusions.c.subscriber_id == row.subscriber_id)
    connection.execute(update(exclusions).where(this).values(subscriber_id=min(lowest, 0) - 1))


def _scrub(engine: Engine) -> str:
    """Overwrite deleted data in the database's files; return why that is not complete, or "" if it is.

    Needed because other programs delete without overwriting, and SQLite's log keeps the earlier content of pages.
    """
    connection = engine.raw_connection()
    try:
        busy = _vacuum_file(connection) if engine.dialect.name == "sqlite" else _vacuum_tables(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        return str(error).strip().splitlines()[0]
    finally:
        connection.invalidate()
    return "another program is reading it" if busy else ""


def _vacuum_file(connection: PoolProxiedConnection) -> bool:
    cursor = connection.cursor()
    cursor.execute("VACUUM")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    answer = cursor.fetchone()
    connection.driver_connection.check_files()  # type: ignore[union-attr]  # a lost file may still hold them
    return bool(answer and answer[0])


def _vacuum_tables(connection: PoolProxiedConnection) -> bool:
    # VACUUM frees the space to be overwritten. Copies that the server makes, as its archive, are its administrator's.
    connection.driver_connection.autocommit = True  # type: ignore[union-attr]
    for each in (*people.sorted_tables, *send_log.sorted_tables):
        connection.cursor().execute(f"VACUUM {each.name}")
    return False
