"""Everybody on the list becomes recipients and exclusions, as SQL: nothing is asked or written here.

Recipients and exclusions share nobody and together are everybody, so that candidates = frozen + excluded.
"""

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, or_, select, true

from subscribers.consent import Consent
from subscribers.suppression import suppressed
from subscribers.tables import subscribers

SUPPRESSED = "suppressed"
"""The reason of an exclusion that is not a state of consent."""

_CONFIRMED = Consent.CONFIRMED.value


def recipients() -> Select[tuple[int, str, str, str, str, dict[str, str]]]:
    """Select who is written to: consent confirmed, address not suppressed."""
    return select(
        subscribers.c.id,
        subscribers.c.address,
        subscribers.c.first_name,
        subscribers.c.last_name,
        subscribers.c.language,
        subscribers.c.fields,
    ).where(subscribers.c.consent == _CONFIRMED, ~suppressed(subscribers.c.address))


def exclusions() -> Select[tuple[int, str]]:
    """Select everybody else as subscriber_id and reason: pending, withdrawn or suppressed; their own word first."""
    confirmed = subscribers.c.consent == _CONFIRMED
    return select(
        subscribers.c.id.label("subscriber_id"),
        case((confirmed, SUPPRESSED), else_=subscribers.c.consent).label("reason"),
    ).where(or_(~confirmed, suppressed(subscribers.c.address)))


def may_receive(subscriber_id: ColumnElement[int], address: ColumnElement[str]) -> ColumnElement[bool]:
    """Say of a row of another statement whether it may still be written to; somebody erased may not."""
    person = subscribers.alias()
    still_confirmed = exists().where(person.c.id == subscriber_id, person.c.consent == _CONFIRMED)
    return still_confirmed & ~suppressed(address)


def field_names(connection: Connection) -> frozenset[str]:
    """Name every field that anybody on the list has, for a post's merge tags."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(subscribers.c.fields).table_valued("key")
        names = select(each.c.key).select_from(subscribers.join(each, true()))
    else:
        names = select(func.jsonb_object_keys(subscribers.c.fields))
    return frozenset(connection.execute(names.distinct()).scalars())
