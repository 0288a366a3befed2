"""What somebody asked for on a page and has yet to confirm from their own mailbox: to be on the list, or a new address.

A request is a pending row with the evidence of who asked what, when and from where. It changes nothing else, because
anybody can type anybody's address into a form. It is used once, within seven days, and goes after that.
Functions take a connection inside a transaction and never commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from subscribers import consent, topics
from subscribers.consent import Consent
from subscribers.erasure import Memory
from subscribers.suppression import is_suppressed
from subscribers.tables import consents, insert_into, requests, subscribers

GOOD_FOR = timedelta(days=7)
MOST_OF_A_NETWORK = 20
"""Requests from one network in an hour."""
MOST = 500
"""Requests in an hour, from everywhere."""


class Asked(StrEnum):
    """What a request is for."""

    SUBSCRIBE = "subscribe"
    CHANGE = "change"


@dataclass(frozen=True)
class Request:
    """What was asked for, with its evidence. `address` is normalised, and is where the question goes."""

    asked: Asked
    address: str
    language: str
    network: str
    network_address: str
    wording: str = ""
    first_name: str = ""
    subscriber_id: int | None = None
    topics: Mapping[str, bool] = field(default_factory=dict)
    """Which of those that the form showed are wanted."""


class Outcome(Enum):
    """What a confirmation came to."""

    DONE = auto()
    HELD = auto()
    """The address must not be written to, or is somebody else's."""
    OVER = auto()
    """The link was used, or is too old."""


def ask(connection: Connection, request: Request, at: datetime) -> int | None:
    """Write down a request, and that a mail about it is owed.

    None: this address was asked for today already, or too many were this hour.
    """
    connection.execute(delete(requests).where(requests.c.at < at - GOOD_FOR))
    recent = requests.c.at > at - timedelta(hours=1)
    if _count(connection, recent) >= MOST:
        return None
    if _count(connection, recent, requests.c.network == request.network) >= MOST_OF_A_NETWORK:
        return None
    row = {**vars(request), "asked": request.asked.value, "at": at, "day": f"{at.astimezone(UTC):%Y-%m-%d}"}
    statement = insert_into(connection, requests).on_conflict_do_nothing().returning(requests.c.id)
    number = connection.execute(statement, row | {"mail_at": at}).scalar()
    if number is not None:
        # What still waits for a relay is asked anew by this one: nobody gets both.
        older = (requests.c.address == request.address) & (requests.c.id != number)
        connection.execute(update(requests).where(older, requests.c.mail_at.is_not(None)).values(mail_at=None))
    return number


def read(connection: Connection, request_id: int, at: datetime) -> Row[Any] | None:
    """Read a request that can still be confirmed."""
    row = _row(connection, request_id)
    return row if row is not None and row.used_at is None and row.at > at - GOOD_FOR else None


def confirm(connection: Connection, request_id: int, memory: Memory, at: datetime, network_address: str) -> Outcome:
    """Do what was asked for, because the mailbox's owner says so. Once only."""
    unused = (requests.c.id == request_id) & requests.c.used_at.is_(None) & (requests.c.at > at - GOOD_FOR)
    # One statement looks and acts, because a button may be pressed twice at once.
    row = connection.execute(update(requests).where(unused).values(used_at=at).returning(requests)).first()
    if row is None:
        return Outcome.OVER
    if is_suppressed(connection, row.address):
        return Outcome.HELD
    memory.release(connection, row.address)
    if row.asked == Asked.CHANGE:
        return _change(connection, row, at, network_address)
    _subscribe(connection, row, at, network_address)
    return Outcome.DONE


def newcomer(connection: Connection, request_id: int) -> int | None:
    """Name whom a confirmed request has put on the list; None where it was for something else."""
    row = _row(connection, request_id)
    if row is None or row.asked != Asked.SUBSCRIBE:
        return None
    return connection.execute(select(subscribers.c.id).where(subscribers.c.address == row.address)).scalar()


def _subscribe(connection: Connection, row: Row[Any], at: datetime, network_address: str) -> None:
    newcomer = {
        "address": row.address,
        "first_name": row.first_name,
        "language": row.language,
        "consent": Consent.PENDING.value,
        "joined_at": at,
    }
    connection.execute(insert_into(connection, subscribers).on_conflict_do_nothing(), newcomer)
    number = connection.execute(select(subscribers.c.id).where(subscribers.c.address == row.address)).scalar_one()
    asked = {"subscriber_id": number, "consent": Consent.PENDING.value, "at": row.at, "source": "subscribe form"}
    connection.execute(insert(consents), asked | {"wording": row.wording, "network_address": row.network_address})
    consent.record(connection, number, Consent.CONFIRMED, at, "confirmed by mail", row.wording, network_address)
    topics.choose(connection, number, row.topics, at)


def _change(connection: Connection, row: Row[Any], at: datetime, network_address: str) -> Outcome:
    taken = connection.execute(select(subscribers.c.id).where(subscribers.c.address == row.address)).first()
    person = connection.execute(select(subscribers).where(subscribers.c.id == row.subscriber_id)).first()
    if taken is not None or person is None or is_suppressed(connection, person.address):
        return Outcome.HELD
    moved = subscribers.c.id == bindparam("person")
    connection.execute(update(subscribers).where(moved).values(address=row.address), {"person": row.subscriber_id})
    evidence = {"subscriber_id": person.id, "consent": person.consent, "at": at, "network_address": network_address}
    connection.execute(insert(consents), evidence | {"source": f"address changed from {person.address}", "wording": ""})
    return Outcome.DONE


def _row(connection: Connection, request_id: int) -> Row[Any] | None:
    return connection.execute(select(requests).where(requests.c.id == request_id)).first()


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(requests).where(*where)).scalar_one()
