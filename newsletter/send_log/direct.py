"""Statements run for every message: written once with SQLAlchemy, and given to the driver in the way it likes best.

SQLite takes row after row of bare values, because binding a row takes SQLAlchemy longer than writing it takes SQLite.
PostgreSQL takes all rows as one statement, each column an array, because a statement costs it more than its row.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Update, bindparam, func
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

Parameter = Callable[[str], ColumnElement[Any]]


class ForEach:
    """An UPDATE to be run for each of some rows, whose values stand in the order of `parameters`.

    `statement` makes it of its parameters, by name; it has no values of its own.
    """

    def __init__(self, parameters: Mapping[str, TypeEngine[Any]], statement: Callable[[Parameter], Update]) -> None:
        self._parameters = parameters
        self._statement = statement
        self._whole: str | None = None

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run it, if there are rows; say how many it changed."""
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            return connection.exec_driver_sql(self._row_by_row, list(rows)).rowcount
        columns = dict(zip(self._parameters, map(list, zip(*rows, strict=True)), strict=True))
        return connection.exec_driver_sql(self._at_once(connection.dialect), columns).rowcount

    @cached_property
    def _row_by_row(self) -> str:
        compiled: Any = self._statement(bindparam).compile(dialect=sqlite.dialect(paramstyle="qmark"))
        if compiled.positiontup != list(self._parameters):
            raise TypeError(f"the parameters stand in the order {compiled.positiontup}")
        return str(compiled)

    def _at_once(self, dialect: Dialect) -> str:
        if self._whole is None:
            arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in self._parameters.items()]
            rows = func.unnest(*arrays).table_valued(*self._parameters, name="rows").render_derived()
            self._whole = str(self._statement(lambda name: rows.c[name]).compile(dialect=dialect))
        return self._whole
