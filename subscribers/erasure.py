"""Forget one person: delete their rows and keep a keyed hash of their address, so that no import brings them back.

The hash is an HMAC under a key derived from the secret key: with the database alone, an address cannot be tested
against it. Functions take a connection inside a transaction and never commit.
"""

import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from subscribers import history
from subscribers.errors import ForgottenKey
from subscribers.tables import consents, erasures, insert_into, metadata, moves, one_of, subscribers


class Memory:
    """Recognises erased addresses by their hashes. The first key makes new hashes; every key recognises old ones."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = [hmac.digest(key.encode(), b"newsletter erasure", "sha256") for key in secret_keys if key]
        self._marks = [hmac.digest(key, b"mark", "sha256").hex()[:16] for key in self._keys]

    def keep(self, connection: Connection, address: str, at: datetime) -> None:
        """Remember that a normalised `address` was erased. Raises ForgottenKey if there is no key at all."""
        if not self._keys:
            raise ForgottenKey(number="Those")
        row = {"digest": _digest(self._keys[0], address), "key": self._marks[0], "at": at}
        connection.execute(insert_into(connection, erasures).on_conflict_do_nothing(), row)

    def among(self, connection: Connection, addresses: Collection[str]) -> set[str]:
        """Say which of these normalised addresses were erased. Raises ForgottenKey if a hash's key is missing."""
        if not self._any(connection):
            return set()
        known = {_digest(key, address): address for key in self._keys for address in addresses}
        found = connection.scalars(select(erasures.c.digest).where(one_of(connection, erasures.c.digest, known)))
        return {known[digest] for digest in found}

    def release(self, connection: Connection, address: str) -> bool:
        """Forget the hash of a normalised `address` when its owner subscribes again; say whether it was erased."""
        digests = [_digest(key, address) for key in self._keys]
        return connection.execute(delete(erasures).where(erasures.c.digest.in_(digests))).rowcount > 0

    def _any(self, connection: Connection) -> bool:
        marks = set(connection.scalars(select(erasures.c.key).distinct()))
        lost = marks - set(self._marks)
        if lost:
            raise ForgottenKey(number="Some")
        return bool(marks)


def forget(connection: Connection, memory: Memory, addresses: Iterable[str], at: datetime) -> int:
    """Delete all rows about the person with these normalised addresses; say how many. Remember each as erased.

    The months in which they joined and left go on counting them: see `history`.
    """
    gone = 0
    for address in addresses:
        with history.kept(connection, subscribers.c.address == address, at, erased=True):
            gone += _delete(connection, address)
        memory.keep(connection, address, at)
    return gone


def _delete(connection: Connection, address: str) -> int:
    gone = 0
    # By number, not only by address: a request to change the address is stored under the new address.
    person = select(subscribers.c.id).where(subscribers.c.address == address).scalar_subquery()
    for table in _NUMBERED:
        gone += connection.execute(delete(table).where(table.c.subscriber_id == person)).rowcount
    moved = or_(moves.c.old_address == address, moves.c.new_address == address)
    gone += connection.execute(delete(moves).where(moved)).rowcount
    # The evidence of a change of address contains the old address, so take it out.
    named = consents.c.source == f"address changed from {address}"
    connection.execute(update(consents).where(named).values(source="address changed"))
    for table in _ADDRESSED:
        gone += connection.execute(delete(table).where(table.c.address == address)).rowcount
    return gone


_NUMBERED = [
    table for table in metadata.sorted_tables if "subscriber_id" in table.c and not table.c.subscriber_id.foreign_keys
]
"""Tables with a subscriber_id but no foreign key: their rows are not deleted with the subscriber, as consents are."""
_ADDRESSED = [table for table in metadata.sorted_tables if "address" in table.c]


def _digest(key: bytes, address: str) -> str:
    return hmac.digest(key, address.encode(), "sha256").hex()
