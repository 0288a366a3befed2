"""The subscribers of the list become recipients and exclusions, in SQL; `count` and `each` also run it.

Every subscriber of the list, or of the segment, is either a recipient or an exclusion, never both, so that
candidates = frozen + excluded.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, false, func, or_, select, true

from subscribers.consent import Consent
from subscribers.suppression import suppressed
from subscribers.tables import subscribers
from subscribers.topics import declined

SUPPRESSED, PAUSED, HAD_IT, DECLINED = "suppressed", "paused", "had it already", "topic not wanted"
"""The reasons of an exclusion that are not a state of consent."""
LEFT_OUT = {
    Consent.PENDING.value: "not confirmed yet",
    Consent.WITHDRAWN.value: "unsubscribed",
    SUPPRESSED: "on your do-not-email list",
    PAUSED: "taking a break",
    HAD_IT: "had this post already",
    DECLINED: "chose not to get this topic",
}
"""Each reason of an exclusion as organisers read it; JSON and CSV have the reasons themselves."""

_CONFIRMED = Consent.CONFIRMED.value


@dataclass(frozen=True)
class Audience:
    """The audience of an issue at a moment: subscribers `among` the list who want its topic and have not `had_it`."""

    at: datetime
    among: ColumnElement[bool] = field(default_factory=true)
    had_it: ColumnElement[bool] = field(default_factory=false)
    topic: str = ""
    """The topic of the post; empty: it has none, so no subscriber can have declined it."""

    def recipients(self) -> Select[tuple[int, str, str, str, str, dict[str, str]]]:
        """Select the recipients: consent confirmed, address not suppressed, topic not declined, not paused."""
        return select(
            subscribers.c.id,
            subscribers.c.address,
            subscribers.c.first_name,
            subscribers.c.last_name,
            subscribers.c.language,
            subscribers.c.fields,
        ).where(self.among, ~self._left_out())

    def count(self, connection: Connection) -> int:
        """Count the recipients."""
        people = self.recipients().subquery()
        return int(connection.execute(select(func.count()).select_from(people)).scalar_one())

    def each(self, connection: Connection) -> Iterator[Row[Any]]:
        """Yield the recipients one by one, with the columns of `recipients`."""
        yield from connection.execute(self.recipients(), execution_options={"yield_per": 1000})

    def exclusions(self) -> Select[tuple[int, str]]:
        """Select the others as subscriber_id and reason. The subscriber's own consent comes first."""
        columns = subscribers.c
        reason = case(
            (columns.consent != _CONFIRMED, columns.consent),
            (suppressed(columns.address), SUPPRESSED),
            (self.had_it, HAD_IT),
            (declined(columns.id, self.topic), DECLINED),
            else_=PAUSED,
        )
        return select(columns.id.label("subscriber_id"), reason.label("reason")).where(self.among, self._left_out())

    def why_left_out(self, connection: Connection) -> Counter[str]:
        """Count the exclusions by reason."""
        left_out = self.exclusions().subquery()
        counted = select(left_out.c.reason, func.count()).group_by(left_out.c.reason)
        return Counter(dict(connection.execute(counted).all()))

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
    """Make a condition for another statement's row: may it still get mail of `topic`? An erased subscriber may not."""
    person = subscribers.alias()
    still_wanted = exists().where(
        person.c.id == subscriber_id, person.c.consent == _CONFIRMED, ~_paused(person.c.paused_until, at)
    )
    return still_wanted & ~suppressed(address) & ~declined(subscriber_id, topic)


def field_names(connection: Connection) -> frozenset[str]:
    """Name every field that at least one subscriber has, for a post's merge tags."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(subscribers.c.fields).table_valued("key")
        names = select(each.c.key).select_from(subscribers.join(each, true()))
    else:
        names = select(func.jsonb_object_keys(subscribers.c.fields))
    return frozenset(connection.execute(names.distinct()).scalars())


def _paused(until: ColumnElement[Any], at: Any) -> ColumnElement[bool]:
    return and_(until.is_not(None), until > at)
