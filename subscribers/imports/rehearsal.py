"""A rehearsal of an import, on copies: it does what the import does, and no other program waits for it.

A temporary table hides the table of its name, so the same statements run, and writing to it takes no lock that another
program wants. The copies are made from the metadata: every table of the list, with its keys, constraints and indexes,
so a rehearsal fails where the import fails and nowhere else. They end with the transaction.
"""

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from subscribers.tables import metadata


def take_copies(connection: Connection) -> None:
    """Hide every table of the list behind a copy of it, until the transaction is undone."""
    schema = "main" if connection.dialect.name == "sqlite" else connection.dialect.default_schema_name
    for table in metadata.sorted_tables:  # a table stands after those it refers to
        _hide(connection, table)
        columns = ", ".join(table.columns.keys())
        copied = f'INSERT INTO {table.name} ({columns}) SELECT {columns} FROM "{schema}".{table.name}'  # noqa: S608  # our own names
        connection.exec_driver_sql(copied)
        if connection.dialect.name == "postgresql":
            _count_on(connection, table)
    if connection.dialect.name == "postgresql":
        # A plan made before names the real table, and a table that hides it does not make PostgreSQL plan anew.
        connection.exec_driver_sql("DISCARD PLANS")


def _hide(connection: Connection, table: Table) -> None:
    words = str(CreateTable(table).compile(dialect=connection.dialect)).strip()
    connection.exec_driver_sql(words.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
    for index in table.indexes:
        words = str(CreateIndex(index).compile(dialect=connection.dialect))
        if connection.dialect.name == "sqlite":  # which looks for the table in the schema of the index
            words = words.replace(" INDEX ", " INDEX temp.", 1)
        connection.exec_driver_sql(words)


def _count_on(connection: Connection, table: Table) -> None:
    """Give new rows of the copy numbers above those it has; SQLite does so by itself."""
    number = table.autoincrement_column
    if number is not None:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('pg_temp.{table.name}', '{number.name}'), "  # noqa: S608  # our own names
            f"coalesce(max({number.name}), 0) + 1, false) FROM {table.name}"
        )
