"""Addresses that must not be written to, and why: suppress, lift, look up.

A suppression belongs to an address, not to a row of the list: it outlives the row, and no import overrules it.
Functions take a connection inside a transaction and never commit.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, delete, exists, select

from subscribers import history
from subscribers.address import normalise
from subscribers.tables import insert_into, subscribers, suppressions


class SuppressionReason(StrEnum):
    """Why an address must not be written to."""

    BOUNCED = "bounced"
    """Mail to it bounced permanently."""
    COMPLAINED = "complained"
    """Its reader reported our mail as spam."""
    ASKED = "asked"
    """Its reader asked the organiser, by word or letter."""


def suppress(
    connection: Connection,
    address: str,
    reason: SuppressionReason,
    at: datetime,
    detail: str = "",
    import_id: int | None = None,
) -> bool:
    """Stop all mail to `address`; say whether that is new. Raises BadAddress.

    The first reason stays. Only a reason from an import is replaced by one from here, so that it remains when the
    import is taken back.
    """
    wanted = normalise(address)
    row = {"address": wanted, "reason": reason.value, "detail": detail, "at": at, "import_id": import_id}
    statement = insert_into(connection, suppressions)
    if import_id is None:
        said = {name: statement.excluded[name] for name in ("reason", "detail", "at", "import_id")}
        conflicting = statement.on_conflict_do_update(
            index_elements=[suppressions.c.address], set_=said, where=suppressions.c.import_id.is_not(None)
        )
    else:
        conflicting = statement.on_conflict_do_nothing()
    suppressing = conflicting.returning(suppressions.c.address)
    # A reason that is replaced takes the time of the new one: the months between go on counting the first.
    replaced = import_id is None and is_suppressed(connection, wanted)
    with history.kept(connection, subscribers.c.address == wanted, at) if replaced else nullcontext():
        return connection.execute(suppressing, row).first() is not None


def lift(connection: Connection, address: str, at: datetime) -> bool:
    """Allow mail to `address` again; say whether it was suppressed. Raises BadAddress."""
    wanted = normalise(address)
    with history.kept(connection, subscribers.c.address == wanted, at):
        return connection.execute(delete(suppressions).where(suppressions.c.address == wanted)).rowcount > 0


def is_suppressed(connection: Connection, address: str) -> bool:
    """Say whether `address` must not be written to. Raises BadAddress."""
    return connection.execute(select(suppressions.c.reason).filter_by(address=normalise(address))).first() is not None


def suppressed(address: ColumnElement[str]) -> ColumnElement[bool]:
    """Make a condition for another statement, in SQL: is the address in this column suppressed?"""
    stop = suppressions.alias()
    return exists().where(stop.c.address == address)


def everybody() -> Select[tuple[str, str, str, datetime]]:
    """Select all suppressions as address, reason, detail and at, ordered by address."""
    table = suppressions.c
    return select(table.address, table.reason, table.detail, table.at).order_by(table.address)


def each(connection: Connection) -> Iterator[RowMapping]:
    """Yield all suppressions one by one, as `everybody` selects them."""
    yield from connection.execute(everybody(), execution_options={"yield_per": 1000}).mappings()
