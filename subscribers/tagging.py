"""Tags: the organiser's own labels for subscribers, added and removed. Functions never commit."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, func, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from subscribers.errors import BadTag
from subscribers.segment import has_tag
from subscribers.tables import subscribers

LONGEST = 100
"""The longest tag, in characters."""


def tag_name(text: str) -> str:
    """Check a tag and return it without surrounding space. Raises BadTag."""
    tag = text.strip()
    if not tag or len(tag) > LONGEST or not tag.isprintable() or ";" in tag:
        raise BadTag(tag=text[:LONGEST])
    return tag


def tag(connection: Connection, name: str, who: ColumnElement[bool]) -> int:
    """Put a tag on the subscribers for whom `who` is true; say how many did not have it before."""
    tags = subscribers.c.tags
    more: ColumnElement[Any] = func.json_insert(tags, "$[#]", name)
    if connection.dialect.name != "sqlite":
        more = cast(tags, JSONB).concat(cast([name], JSONB))
    without = ~has_tag(name, connection.dialect.name)
    return connection.execute(update(subscribers).where(who, without).values(tags=more)).rowcount


def untag(connection: Connection, name: str, who: ColumnElement[bool]) -> int:
    """Take a tag off the subscribers for whom `who` is true; say how many had it."""
    tags = subscribers.c.tags
    if connection.dialect.name == "sqlite":
        each = func.json_each(tags).table_valued("value", "key")
        rest: ColumnElement[Any] = (
            select(func.json_group_array(each.c.value)).where(each.c.value != name).scalar_subquery()
        )
    else:
        rest = cast(tags, JSONB).op("-")(cast(name, Text))
    there = has_tag(name, connection.dialect.name)
    return connection.execute(update(subscribers).where(who, there).values(tags=rest)).rowcount


def counted(connection: Connection) -> list[tuple[str, int]]:
    """List every tag in use, each with how many subscribers have it."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(subscribers.c.tags).table_valued("value")
        found = select(each.c.value, func.count()).select_from(subscribers.join(each, true())).group_by(each.c.value)
    else:
        one = func.jsonb_array_elements_text(subscribers.c.tags).table_valued("value").render_derived()
        found = select(one.c.value, func.count()).select_from(subscribers.join(one, true())).group_by(one.c.value)
    return sorted((str(name), int(number)) for name, number in connection.execute(found))
