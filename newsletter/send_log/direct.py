"""Statements run for every message: written with SQLAlchemy, compiled once, rows given to the driver as they are.

Because binding a row takes SQLAlchemy longer than writing it takes SQLite. Such a statement has no values of its own,
only parameters, whose order in the SQL is the order of a row.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Update

from newsletter.tables import deliveries


def execute_each(
    connection: Connection, statement: Update, parameters: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Run `statement` for each of `rows`, whose values stand in the order of `parameters`; say how many rows it met."""
    return connection.exec_driver_sql(_in_words(statement, parameters, connection.dialect), list(rows)).rowcount


def driven(dialect: Dialect, moment: datetime | None) -> Any:
    """Say what the driver takes for `moment`."""
    return _moments(dialect)(moment)


@lru_cache(maxsize=32)
def _in_words(statement: Update, parameters: tuple[str, ...], dialect: Dialect) -> str:
    kind: Any = type(dialect)
    positional = kind(paramstyle="qmark" if dialect.name == "sqlite" else "format")
    compiled: Any = statement.compile(dialect=positional)
    if tuple(compiled.positiontup) != parameters:
        raise TypeError(f"the parameters stand in the order {compiled.positiontup}")
    return str(compiled)


@lru_cache(maxsize=32)
def _moments(dialect: Dialect) -> Callable[[datetime | None], Any]:
    return deliveries.c.at.type.dialect_impl(dialect).bind_processor(dialect) or (lambda moment: moment)
