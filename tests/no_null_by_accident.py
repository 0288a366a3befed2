"""While tests run, a column that is compared with None by == or != raises: SQLAlchemy would make it IS NULL.

mypy says so of values whose type it knows (see `none_in_sql`); this sees the others: rows, settings, `filter_by`.
"""

from typing import Any

from sqlalchemy.sql.operators import ColumnOperators


class NullByAccident(Exception):
    """A column was compared with None; where that is meant, .is_(None) says so."""


def refuse_none() -> None:
    """Refuse it from now on, in this process and those it forks."""
    equal, unequal = ColumnOperators.__eq__, ColumnOperators.__ne__

    def eq(self: ColumnOperators, other: Any) -> ColumnOperators:
        return equal(self, _value(self, other))

    def ne(self: ColumnOperators, other: Any) -> ColumnOperators:
        return unequal(self, _value(self, other))

    ColumnOperators.__eq__ = eq  # type: ignore[method-assign]
    ColumnOperators.__ne__ = ne  # type: ignore[method-assign]


def _value(column: ColumnOperators, other: Any) -> Any:
    if other is None:
        raise NullByAccident(str(column))
    return other
