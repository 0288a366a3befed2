"""Changes of address, and how to undo them: we keep a subscriber's old address, so that its mailbox can object.

The holder of a forwarded link can ask for a change to an address of their own, and will confirm it from there. So the
old mailbox can undo the change for seven days, even after later changes. No import brings back an address that a
subscriber has left. Functions take a connection inside a transaction and never commit.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from subscribers import history
from subscribers.tables import consents, moves, one_of, subscribers

GOOD_FOR = timedelta(days=7)
"""How long a request for a change, and the link that undoes it, is valid."""
MOVED = "moved"
"""A request of this kind is the notice of a move."""


def move(
    connection: Connection, person: Row[Any], address: str, at: datetime, network_address: str, issue_id: int | None
) -> int:
    """Give `person`, a row of `subscribers`, another address; return the number of the move."""
    whose = subscribers.c.id == person.id
    with history.kept(connection, whose, at):  # because a suppression stays with the old address
        connection.execute(update(subscribers).where(whose).values(address=address))
    source = f"address changed from {person.address}"
    _note(connection, person.id, person.consent, source, at, network_address, issue_id)
    row = {"subscriber_id": person.id, "old_address": person.address, "new_address": address, "at": at}
    row |= {"network_address": network_address, "issue_id": issue_id}
    number: int = connection.execute(insert(moves).returning(moves.c.id), row).scalar_one()
    return number


def undo(connection: Connection, move_id: int, at: datetime, network_address: str) -> bool:
    """Undo a move and all later ones of that subscriber; False: it was undone already, or the subscriber is erased."""
    row = connection.execute(select(moves).where(moves.c.id == move_id, moves.c.undone_at.is_(None))).first()
    if row is None:
        return False
    since = (moves.c.subscriber_id == row.subscriber_id) & (moves.c.id >= move_id) & moves.c.undone_at.is_(None)
    connection.execute(update(moves).where(since).values(undone_at=at))
    whose = subscribers.c.id == row.subscriber_id
    back = update(subscribers).where(whose).values(address=row.old_address).returning(subscribers.c.consent)
    with history.kept(connection, whose, at):
        consent = connection.execute(back).scalar_one()
    _note(connection, row.subscriber_id, consent, "address changed back", at, network_address, row.issue_id)
    return True


def left_behind(connection: Connection, addresses: Collection[str]) -> set[str]:
    """Say which of these normalised addresses a subscriber has moved away from and no subscriber has now."""
    if connection.scalar(select(moves.c.id).limit(1)) is None:
        return set()
    there = exists().where(subscribers.c.address == moves.c.old_address)
    left = select(moves.c.old_address).where(moves.c.undone_at.is_(None), ~there)
    return set(connection.scalars(left.where(one_of(connection, moves.c.old_address, addresses))))


def addresses_of(connection: Connection, subscriber_id: int | None) -> set[str]:
    """Name every address that a subscriber has moved from or to."""
    if subscriber_id is None:
        return set()
    rows = connection.execute(
        select(moves.c.old_address, moves.c.new_address).where(moves.c.subscriber_id == subscriber_id)
    )
    return {address for row in rows for address in row}


def _note(
    connection: Connection,
    subscriber_id: int,
    consent: str,
    source: str,
    at: datetime,
    network_address: str,
    issue_id: int | None,
) -> None:
    evidence = {"subscriber_id": subscriber_id, "consent": consent, "at": at, "source": source, "wording": ""}
    connection.execute(insert(consents), evidence | {"network_address": network_address, "issue_id": issue_id})
