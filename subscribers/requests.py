"""Requests from a page that their mailbox must still confirm: to be on the list, or to change the address.

A request is a pending row with the evidence of what was asked, when and from where. It changes nothing else, because
any visitor can type any address into a form. It can be used once, within seven days, and is deleted after that. The
notice to the old mailbox after a change of address is such a row too: confirming it undoes the change.

No request that the page accepted is dropped: one above a cap is kept, and its mail waits (see `pending_mail`). If very
many requests wait, from one network or in total, so that their mails would come too late, a new request is not kept,
and the page says so.
Functions take a connection inside a transaction and never commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from subscribers import consent, moves, topics, unsubscribe_reason
from subscribers.address import mailbox_of
from subscribers.consent import Consent
from subscribers.erasure import Memory
from subscribers.errors import TooManyRequests
from subscribers.moves import GOOD_FOR, MOVED
from subscribers.suppression import is_suppressed
from subscribers.tables import consents, insert_into, is_number, requests, subscribers

AGAIN = timedelta(minutes=10)
"""How long after a mail the same may be asked for again, once in `DAY`."""
DAY = timedelta(days=1)
"""The time in which one address has at most one request, and one mailbox at most two mails: see `pending_mail`."""
KEPT_OF_A_NETWORK = 1000
"""Requests of one network that are kept in a day; their mails may wait behind the caps of `pending_mail`."""
KEPT = 5000
"""Requests that are kept in a day, from all networks."""


class RequestKind(StrEnum):
    """What a request is for."""

    SUBSCRIBE = "subscribe"
    CHANGE = "change"
    MOVED = MOVED
    """A notice to the old mailbox after a change of address."""


@dataclass(frozen=True)
class Request:
    """What was asked for, with its evidence. `address` is normalised; the confirmation question goes there."""

    asked: RequestKind
    address: str
    language: str
    network: str
    network_address: str
    wording: str = ""
    subscriber_id: int | None = None
    """The subscriber whose address is to change, or who asks to come back; None: a visitor asks to be on the list."""
    topics: Mapping[str, bool] = field(default_factory=dict)
    """The topics the form showed, each with whether its box starts ticked on the confirm page."""
    issue_id: int | None = None
    """The issue whose link was used."""


@dataclass(frozen=True)
class Answers:
    """What the owner of the mailbox filled in when they confirmed."""

    first_name: str = ""
    language: str = ""
    """An empty language or name: they filled in none."""
    topics: Mapping[str, bool] = field(default_factory=dict)


class ConfirmationOutcome(Enum):
    """The result of a confirmation."""

    DONE = auto()
    HELD = auto()
    """The address must not be written to, or belongs to another subscriber, or the change was undone already."""
    OVER = auto()
    """The link was used, or is too old, or a newer request or a later no took its place."""


def ask(connection: Connection, request: Request, at: datetime) -> int | None:
    """Store a request, with its mail as pending; return its number.

    None: there was a request for this address within a day, and it is too early or too late for a second mail.
    Raises TooManyRequests, whatever the address is.
    """
    connection.execute(delete(requests).where(requests.c.at < at - GOOD_FOR))
    _room_for(connection, request.network, at)
    mailbox, day = mailbox_of(request.address), f"{at.astimezone(UTC):%Y-%m-%d}"
    lately = (
        (requests.c.address == request.address) & (requests.c.at > at - DAY) & (requests.c.asked != RequestKind.MOVED)
    )
    if connection.scalar(select(requests.c.id).where(lately).limit(1)) is not None:
        return _ask_again(connection, request, at)
    row = {**vars(request), "asked": request.asked.value, "at": at, "day": day, "mailbox": mailbox, "first_name": ""}
    statement = insert_into(connection, requests).on_conflict_do_nothing().returning(requests.c.id)
    number: int | None = connection.execute(statement, row | {"mail_at": at}).scalar()
    if number is None:
        return None  # another request for this address came at the same moment
    # An older mail that still waits for a relay is replaced by this one, so that the mailbox does not get both.
    older = (
        (requests.c.address == request.address) & (requests.c.id != number) & (requests.c.asked != RequestKind.MOVED)
    )
    connection.execute(update(requests).where(older, requests.c.mail_at.is_not(None)).values(mail_at=None))
    if request.asked is RequestKind.CHANGE:
        _end_changes(connection, request.subscriber_id, at, but=number)
    return number


def read(connection: Connection, request_id: int, at: datetime) -> Row[Any] | None:
    """Read a request that can still be confirmed; None: it cannot, or there is none."""
    row = _row(connection, request_id)
    return row if row is not None and _is_open(connection, row, at) else None


def confirm(
    connection: Connection,
    request_id: int,
    memory: Memory,
    at: datetime,
    network_address: str,
    answers: Answers | None = None,
) -> ConfirmationOutcome:
    """Do what was asked for, as the mailbox's owner confirms, with the `answers` they filled in. Works only once."""
    asked = _row(connection, request_id)
    if asked is None or not _is_open(connection, asked, at):
        return ConfirmationOutcome.OVER
    unused = (requests.c.id == request_id) & requests.c.used_at.is_(None) & requests.c.over_at.is_(None)
    # One statement tests and changes: a button may be pressed twice at once.
    row = connection.execute(update(requests).where(unused).values(used_at=at).returning(requests)).first()
    if row is None:
        return ConfirmationOutcome.OVER
    if is_suppressed(connection, row.address):
        return ConfirmationOutcome.HELD
    memory.release(connection, row.address)
    if row.asked == RequestKind.MOVED:
        return _move_back(connection, row, at, network_address)
    if row.asked == RequestKind.CHANGE:
        return _change(connection, row, at, network_address)
    _subscribe(connection, row, at, network_address, answers or Answers())
    return ConfirmationOutcome.DONE


def came_to(connection: Connection, request_id: int) -> tuple[RequestKind, Consent] | None:
    """Return what a request was for and the consent at its address now; None: no subscriber there, or no request.

    For a reader who presses twice: a used link is no error if what it asked for is now so.
    """
    row = _row(connection, request_id)
    if row is None:
        return None
    there = select(subscribers.c.id, subscribers.c.consent).where(subscribers.c.address == row.address)
    person = connection.execute(there).first()
    if person is None or (row.asked != RequestKind.SUBSCRIBE and person.id != row.subscriber_id):
        return None
    return RequestKind(row.asked), Consent(person.consent)


def newcomer(connection: Connection, request_id: int) -> int | None:
    """Return the subscriber at the address of a request to subscribe; None: it asked for something else."""
    row = _row(connection, request_id)
    if row is None or row.asked != RequestKind.SUBSCRIBE:
        return None
    return connection.execute(select(subscribers.c.id).where(subscribers.c.address == row.address)).scalar()


def _room_for(connection: Connection, network: str, at: datetime) -> None:
    """Raise TooManyRequests if the day's requests are at a cap. Counts all kept requests, confirmed or not."""
    lately = requests.c.at > at - DAY, requests.c.asked != RequestKind.MOVED
    if _count(connection, *lately) >= KEPT or _count(connection, *lately, requests.c.network == network) >= (
        KEPT_OF_A_NETWORK
    ):
        raise TooManyRequests(network=network)


def _ask_again(connection: Connection, request: Request, at: datetime) -> int | None:
    """Make the same mail pending again, in case it did not arrive: once a day, at least `AGAIN` after the first."""
    whose = requests.c.subscriber_id == request.subscriber_id if request.subscriber_id is not None else None
    same = [
        requests.c.address == request.address,
        requests.c.at > at - DAY,
        requests.c.asked == request.asked.value,
        requests.c.subscriber_id.is_(None) if whose is None else whose,
    ]
    waited = func.coalesce(requests.c.mailed_at, requests.c.at) <= at - AGAIN
    fresh = [getattr(requests.c, name).is_(None) for name in ("again_at", "used_at", "over_at", "mail_at")]
    statement = update(requests).where(*same, waited, *fresh).values(again_at=at, mail_at=at)
    return connection.execute(statement.returning(requests.c.id)).scalar()


def _end_changes(connection: Connection, subscriber_id: int | None, at: datetime, but: int) -> None:
    """End a subscriber's open requests to change the address, except number `but`."""
    others = is_number(requests.c.subscriber_id, subscriber_id) & (requests.c.id != but)
    waiting = requests.c.used_at.is_(None) & requests.c.over_at.is_(None)
    change = requests.c.asked == RequestKind.CHANGE.value
    connection.execute(update(requests).where(others, waiting, change).values(over_at=at, mail_at=None))


def _is_open(connection: Connection, row: Row[Any], at: datetime) -> bool:
    if row.used_at is not None or row.over_at is not None or row.at <= at - GOOD_FOR:
        return False
    if row.asked != RequestKind.SUBSCRIBE:
        return True
    # A no that came after the request is the newer word.
    person = select(subscribers.c.id).where(subscribers.c.address == row.address).scalar_subquery()
    no = (consents.c.subscriber_id == person) & (consents.c.consent == Consent.WITHDRAWN.value)
    return connection.scalar(select(consents.c.id).where(no, consents.c.at > row.at).limit(1)) is None


def _subscribe(connection: Connection, row: Row[Any], at: datetime, network_address: str, answers: Answers) -> None:
    newcomer = {
        "address": row.address,
        "first_name": answers.first_name,
        "language": answers.language or row.language,
        "consent": Consent.PENDING.value,
        "joined_at": at,
    }
    new = insert_into(connection, subscribers).on_conflict_do_nothing().returning(subscribers.c.id)
    number = connection.execute(new, newcomer).scalar()
    if number is None:
        number = connection.execute(select(subscribers.c.id).where(subscribers.c.address == row.address)).scalar_one()
        said = {"first_name": answers.first_name, "language": answers.language}
        said = {name: value for name, value in said.items() if value}
        if said:
            connection.execute(update(subscribers).where(subscribers.c.id == number).values(said))
    source = "subscribe form" if row.subscriber_id is None else "asked to come back"
    asked = {"subscriber_id": number, "consent": Consent.PENDING.value, "at": row.at, "source": source}
    evidence = {"wording": row.wording, "network_address": row.network_address, "issue_id": row.issue_id}
    connection.execute(insert(consents), asked | evidence)
    yes = at, "confirmed by mail", row.wording, network_address
    consent.record(connection, number, Consent.CONFIRMED, *yes, issue_id=row.issue_id)
    topics.choose(connection, number, answers.topics, at)
    unsubscribe_reason.forget(connection, number)


def _change(connection: Connection, row: Row[Any], at: datetime, network_address: str) -> ConfirmationOutcome:
    person = connection.execute(select(subscribers).where(subscribers.c.id == row.subscriber_id)).first()
    if person is None or _is_taken(connection, row.address) or is_suppressed(connection, person.address):
        return ConfirmationOutcome.HELD
    move = moves.move(connection, person, row.address, at, network_address, row.issue_id)
    # Always tell the owner of the old mailbox: the holder of a forwarded link may have done this.
    notice = {
        "asked": RequestKind.MOVED.value,
        "address": person.address,
        "subscriber_id": person.id,
        "language": person.language or row.language,
        "day": f"m{move}",
        "move_id": move,
        "issue_id": row.issue_id,
        "network": row.network,
        "network_address": network_address,
        **dict.fromkeys(("first_name", "wording", "mailbox"), ""),
    }
    connection.execute(insert(requests), notice | {"at": at, "mail_at": at, "topics": {}})
    return ConfirmationOutcome.DONE


def _move_back(connection: Connection, row: Row[Any], at: datetime, network_address: str) -> ConfirmationOutcome:
    taken = _is_taken(connection, row.address, but=row.subscriber_id)
    if taken or not moves.undo(connection, row.move_id, at, network_address):
        return ConfirmationOutcome.HELD
    _end_changes(connection, row.subscriber_id, at, but=row.id)
    # End the notices of later moves: their mailboxes never belonged to the subscriber.
    later = requests.c.move_id.is_not(None) & (requests.c.move_id > row.move_id)
    later &= (requests.c.subscriber_id == row.subscriber_id) & requests.c.used_at.is_(None)
    connection.execute(update(requests).where(later).values(over_at=at, mail_at=None))
    return ConfirmationOutcome.DONE


def _is_taken(connection: Connection, address: str, but: int | None = None) -> bool:
    there = select(subscribers.c.id).where(subscribers.c.address == address)
    return connection.scalar(there if but is None else there.where(subscribers.c.id != but)) is not None


def _row(connection: Connection, request_id: int) -> Row[Any] | None:
    return connection.execute(select(requests).where(requests.c.id == request_id)).first()


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(requests).where(*where)).scalar_one()
