"""A rule of the house for mypy: a column is never compared by == or != with a value that may be None.

SQLAlchemy makes `column == None` IS NULL. Where an unknown person's number is None, that is true of every row that has
no number there, and the rows of strangers are shown, or erased. `.is_(None)` says it where it is meant.
"""

from collections.abc import Callable
from typing import Any

from mypy.plugin import MethodContext, Plugin
from mypy.types import NoneType, Type, UnionType, get_proper_type


class NoneInSql(Plugin):
    """Looks at every == and != of SQLAlchemy's expressions."""

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        if fullname.startswith("sqlalchemy.") and fullname.endswith((".__eq__", ".__ne__")):
            return _look
        return None


def _look(context: MethodContext) -> Type:
    for given in (each for argument in context.arg_types for each in argument):
        if _may_be_none(given):
            _say(context)
    return context.default_return_type


def _say(context: MethodContext) -> None:
    errors: Any = context.api.errors  # type: ignore[attr-defined]
    # Because mypy tries a comparison the other way round where it fails, and keeps quiet about the first.
    watchers, errors._watchers = errors._watchers, []
    try:
        context.api.fail("A column is compared with a value that may be None, which is IS NULL", context.context)
    finally:
        errors._watchers = watchers


def _may_be_none(given: Type) -> bool:
    proper = get_proper_type(given)
    return isinstance(proper, NoneType) or (isinstance(proper, UnionType) and any(map(_may_be_none, proper.items)))


def plugin(version: str) -> type[Plugin]:
    """What mypy asks for."""
    return NoneInSql
