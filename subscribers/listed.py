"""Subscribers as they are on the list: found by number for their own pages, by address, or all in order. Only reads."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, func, or_, select

from subscribers.errors import UnknownSubscriber
from subscribers.tables import one_of, subscribers


class ListedSubscriber(NamedTuple):
    """What a page may know of a subscriber."""

    id: int
    address: str
    language: str
    consent: str
    paused_until: datetime | None


def find(connection: Connection, subscriber_id: int) -> ListedSubscriber | None:
    """Find a subscriber by the number in their links; None: they are not on the list any more."""
    row = connection.execute(
        select(*(subscribers.c[name] for name in ListedSubscriber._fields)).filter_by(id=subscriber_id)
    ).first()
    return ListedSubscriber(*row) if row else None


def number_of(connection: Connection, address: str) -> int:
    """Return the number of the subscriber with this normalised address. Raises UnknownSubscriber."""
    found = connection.scalar(select(subscribers.c.id).where(subscribers.c.address == address))
    if found is None:
        raise UnknownSubscriber(address=address)
    return int(found)


def these(connection: Connection, addresses: Collection[str]) -> ColumnElement[bool]:
    """Make a condition for another statement: has the row one of these normalised addresses? Raises UnknownSubscriber.

    It raises for the first address that is not on the list, so a mistyped one is not passed over in silence.
    """
    for address in addresses:
        number_of(connection, address)
    return one_of(connection, subscribers.c.address, addresses)


def each(connection: Connection, among: ColumnElement[bool] | None = None) -> Iterator[RowMapping]:
    """Yield all subscribers, or those `among` them, in the order in which they came: address, names, consent, tags."""
    columns = (subscribers.c[name] for name in ("address", "first_name", "last_name", "consent", "tags"))
    query = select(*columns).order_by(subscribers.c.id)
    query = query if among is None else query.where(among)
    yield from connection.execute(query, execution_options={"yield_per": 1000}).mappings()


def search(connection: Connection, words: str, most: int) -> list[RowMapping]:
    """Find the first `most` subscribers with `words` in their address or in one of their names, the newest first."""
    columns = (subscribers.c[name] for name in ("address", "first_name", "last_name", "consent", "tags"))
    wanted = words.casefold()
    names = (func.lower(subscribers.c[name]).contains(wanted, autoescape=True) for name in ("first_name", "last_name"))
    found = or_(subscribers.c.address.contains(wanted, autoescape=True), *names)
    return list(
        connection.execute(select(*columns).where(found).order_by(subscribers.c.id.desc()).limit(most)).mappings()
    )
