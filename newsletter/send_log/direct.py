"""Statements run for every message: written once with SQLAlchemy, and passed to each driver in its fastest way.

The SQLite driver gets the bare values row by row, because SQLAlchemy takes longer to bind a row than SQLite to write
it. PostgreSQL gets all rows in one statement, because a statement costs it more than a row. There each column is an
array, unless all rows have the same value, as they mostly do when all goes well: an array costs the driver more.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Dialect, Update, bindparam, func
from sqlalchemy.types import TypeEngine

Parameter = Callable[[str], ColumnElement[Any]]


class ForEach:
    """An UPDATE to run once for each of several rows; the values of a row stand in the order of `parameters`.

    `statement` builds the UPDATE from its parameters, by name; the UPDATE holds no other values.
    """

    def __init__(self, parameters: Mapping[str, TypeEngine[Any]], statement: Callable[[Parameter], Update]) -> None:
        self._parameters = parameters
        self._statement = statement
        self._at_once: dict[tuple[str, ...], str] = {}

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run the UPDATE for each of `rows`; say how many rows of the table it changed."""
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            return int(driver.executemany(self._row_by_row, rows).rowcount)
        columns = dict(zip(self._parameters, zip(*rows, strict=True), strict=True))
        differing = tuple(name for name, column in columns.items() if len(rows) == 1 or len(set(column)) > 1)
        given = {name: list(column) if name in differing else column[0] for name, column in columns.items()}
        return connection.exec_driver_sql(self._for_all(differing, connection.dialect), given).rowcount

    @cached_property
    def _row_by_row(self) -> str:
        from sqlalchemy.dialects import sqlite  # here, because only one of the two databases is needed

        compiled: Any = self._statement(bindparam).compile(dialect=sqlite.dialect(paramstyle="qmark"))
        if compiled.positiontup != list(self._parameters):
            raise TypeError(f"the parameters stand in the order {compiled.positiontup}")
        return str(compiled)

    def _for_all(self, differing: tuple[str, ...], dialect: Dialect) -> str:
        if differing not in self._at_once:
            arrays = [bindparam(name, type_=ARRAY(self._parameters[name])) for name in differing]
            rows = func.unnest(*arrays).table_valued(*differing, name="rows").render_derived()
            alike = {name: bindparam(name, type_=kind) for name, kind in self._parameters.items()}
            of_row = {name: rows.c[name] for name in differing}
            self._at_once[differing] = str(self._statement((alike | of_row).__getitem__).compile(dialect=dialect))
        return self._at_once[differing]
