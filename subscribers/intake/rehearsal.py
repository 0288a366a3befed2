"""A rehearsal of an import on SQLite, on copies: it writes, and nobody else has to wait for it.

A temporary table stands before the one of its name, and writing to it takes no lock that others want. What is made here
goes with the transaction; where that only reads, the list itself cannot be written to at all.
"""

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateTable

from subscribers.tables import consents, subscribers, suppressions


def take_copies(connection: Connection) -> None:
    """Put copies before the tables that an import writes to, until the transaction ends."""
    for table in (subscribers, suppressions):
        _put_before(connection, table)
        columns = ", ".join(table.columns.keys())
        connection.exec_driver_sql(f"INSERT INTO temp.{table.name} ({columns}) SELECT {columns} FROM main.{table.name}")  # noqa: S608  # our own names
    _put_before(connection, consents)  # empty, because evidence is only added


def _put_before(connection: Connection, table: Table) -> None:
    words = str(CreateTable(table).compile(dialect=connection.dialect)).strip()
    connection.exec_driver_sql(words.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
