"""A rehearsal (dry run) of an import, on copies: it runs what the import runs, and no other program waits for it.

A temporary table hides the real table with the same name, so the same statements run, and writing to it takes no lock
that another program needs. The copies are made from the metadata, with all keys, constraints and indexes, so that a
rehearsal fails exactly when the import would fail. They end with the transaction.
"""

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from subscribers.tables import metadata


def take_copies(connection: Connection) -> None:
    """Hide every table of the list behind a copy of it, until the transaction is rolled back."""
    schema = "main" if connection.dialect.name == "sqlite" else connection.dialect.default_schema_name
    for table in metadata.sorted_tables:  # a table comes after those it refers to
        _hide(connection, table)
        quoted = connection.dialect.identifier_preparer.quote  # a column may be named like a word of SQL
        name, columns = quoted(table.name), ", ".join(map(quoted, table.columns.keys()))
        copied = f'INSERT INTO {name} ({columns}) SELECT {columns} FROM "{schema}".{name}'  # noqa: S608  # our own names
        connection.exec_driver_sql(copied)
        if connection.dialect.name == "postgresql":
            _count_on(connection, table)
    if connection.dialect.name == "postgresql":
        # Plans made earlier use the real table: PostgreSQL does not plan again because a new table hides it.
        connection.exec_driver_sql("DISCARD PLANS")


def _hide(connection: Connection, table: Table) -> None:
    words = str(CreateTable(table).compile(dialect=connection.dialect)).strip()
    connection.exec_driver_sql(words.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
    for index in table.indexes:
        words = str(CreateIndex(index).compile(dialect=connection.dialect))
        if connection.dialect.name == "sqlite":  # SQLite looks for the table in the schema of the index
            words = words.replace(" INDEX ", " INDEX temp.", 1)
        connection.exec_driver_sql(words)


def _count_on(connection: Connection, table: Table) -> None:
    """Make PostgreSQL number new rows of the copy above its existing ones; SQLite does so by itself."""
    number = table.autoincrement_column
    if number is not None:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('pg_temp.{table.name}', '{number.name}'), "  # noqa: S608  # our own names
            f"coalesce(max({number.name}), 0) + 1, false) FROM {table.name}"
        )
