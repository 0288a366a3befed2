"""What some statements need: room for long ones, and counts that grow. Callers hold the transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table

from subscribers.tables import insert_into

ROOM, USUAL_ROOM = 24_000, 2_000
"""SQLite's page cache in KB, while a long list is written and at other times."""


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Give SQLite a larger page cache during the block: a long list writes all over the index of addresses."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA cache_size=-{ROOM}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{USUAL_ROOM}")


def add_to(connection: Connection, counts: Table, key: Mapping[str, Any], numbers: Mapping[str, int]) -> None:
    """Add `numbers` to the row of `counts` with this `key`; the first time, make the row."""
    statement = insert_into(connection, counts)
    sums = {name: counts.c[name] + statement.excluded[name] for name in numbers}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=sums), {**key, **numbers})
