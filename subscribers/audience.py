"""Everybody on the list becomes recipients and exclusions, as SQL: nothing is asked or written here.

Recipients and exclusions share nobody and together are everybody, or everybody of a segment, so that
candidates = frozen + excluded.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, false, func, or_, select, true

from subscribers.consent import Consent
from subscribers.suppression import suppressed
from subscribers.tables import subscribers
from subscribers.topics import declined

SUPPRESSED, PAUSED, HAD_IT, DECLINED = "suppressed", "paused", "had it already", "topic not wanted"
"""The reasons of an exclusion that are not a state of consent."""

_CONFIRMED = Consent.CONFIRMED.value


@dataclass(frozen=True)
class Audience:
    """Whom an issue is for, at a moment: those `among` the list who want its topic, without those who `had_it`."""

    at: datetime
    among: ColumnElement[bool] = field(default_factory=true)
    had_it: ColumnElement[bool] = field(default_factory=false)
    topic: str = ""
    """Of the post; empty: none, which nobody can decline."""

    def recipients(self) -> Select[tuple[int, str, str, str, str, dict[str, str]]]:
        """Select who is written to: consent confirmed, address not suppressed, topic wanted, not paused."""
        return select(
            subscribers.c.id,
            subscribers.c.address,
            subscribers.c.first_name,
            subscribers.c.last_name,
            subscribers.c.language,
            subscribers.c.fields,
        ).where(self.among, ~self._left_out())

    def exclusions(self) -> Select[tuple[int, str]]:
        """Select the others as subscriber_id and reason; their own word comes first."""
        columns = subscribers.c
        reason = case(
            (columns.consent != _CONFIRMED, columns.consent),
            (suppressed(columns.address), SUPPRESSED),
            (self.had_it, HAD_IT),
            (declined(columns.id, self.topic), DECLINED),
            else_=PAUSED,
        )
        return select(columns.id.label("subscriber_id"), reason.label("reason")).where(self.among, self._left_out())

    def _left_out(self) -> ColumnElement[bool]:
        columns = subscribers.c
        left_out = [columns.consent != _CONFIRMED, suppressed(columns.address), self.had_it]
        left_out += [declined(columns.id, self.topic)] if self.topic else []
        return or_(*left_out, _paused(columns.paused_until, self.at))


def may_receive(
    subscriber_id: ColumnElement[int],
    address: ColumnElement[str],
    at: ColumnElement[datetime],
    topic: ColumnElement[str] | str = "",
) -> ColumnElement[bool]:
    """Say of a row of another statement whether it may still be written to of `topic`; somebody erased may not."""
    person = subscribers.alias()
    still_wanted = exists().where(
        person.c.id == subscriber_id, person.c.consent == _CONFIRMED, ~_paused(person.c.paused_until, at)
    )
    return still_wanted & ~suppressed(address) & ~declined(subscriber_id, topic)


def field_names(connection: Connection) -> frozenset[str]:
    """Name every field that anybody on the list has, for a post's merge tags."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(subscribers.c.fields).table_valued("key")
        names = select(each.c.key).select_from(subscribers.join(each, true()))
    else:
        names = select(func.jsonb_object_keys(subscribers.c.fields))
    return frozenset(connection.execute(names.distinct()).scalars())


def _paused(until: ColumnElement[Any], at: Any) -> ColumnElement[bool]:
    return and_(until.is_not(None), until > at)
