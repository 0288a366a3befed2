"""What somebody asked for on a page and has yet to confirm from their own mailbox: to be on the list, or a new address.

A request is a pending row with the evidence of who asked what, when and from where. It changes nothing else, because
anybody can type anybody's address into a form. It is used once, within seven days, and goes after that. A notice to the
mailbox that somebody moved away from is such a row too: to confirm it is to move back.

Nothing that is promised is dropped: a request above a cap is kept, and its mail waits (see `owed`). Only where a
network has asked for more than its mails could wait for, nothing is kept, and the page says so.
Functions take a connection inside a transaction and never commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from subscribers import consent, moves, parting, topics
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
"""In so long one address has one request, and one mailbox two mails at most: see `owed`."""
KEPT_OF_A_NETWORK = 1000
"""Requests of one network that are kept in a day: those above a cap wait."""
KEPT = 5000
"""Requests that are kept in a day, from everywhere."""


class Asked(StrEnum):
    """What a request is for."""

    SUBSCRIBE = "subscribe"
    CHANGE = "change"
    MOVED = MOVED
    """A notice to the old mailbox after a change of address."""


@dataclass(frozen=True)
class Request:
    """What was asked for, with its evidence. `address` is normalised, and is where the question goes."""

    asked: Asked
    address: str
    language: str
    network: str
    network_address: str
    wording: str = ""
    subscriber_id: int | None = None
    """Whose address is to change, or who asks to come back; None: a stranger asks to be on the list."""
    topics: Mapping[str, bool] = field(default_factory=dict)
    """Which of those that the form showed are ticked to begin with, when the mailbox's owner is asked."""
    issue_id: int | None = None
    """The issue whose link led here."""


@dataclass(frozen=True)
class Answers:
    """What the owner of the mailbox said with their yes."""

    first_name: str = ""
    language: str = ""
    """Empty, as a name: they said nothing of it."""
    topics: Mapping[str, bool] = field(default_factory=dict)


class Outcome(Enum):
    """What a confirmation came to."""

    DONE = auto()
    HELD = auto()
    """The address must not be written to, or is somebody else's."""
    OVER = auto()
    """The link was used, or is too old, or a newer one took its place."""


def ask(connection: Connection, request: Request, at: datetime) -> int | None:
    """Write down a request, and that a mail about it is owed.

    None: this address was asked for within a day, and not so long ago that the same mail may go once more.
    Raises TooManyRequests, whatever the address is.
    """
    connection.execute(delete(requests).where(requests.c.at < at - GOOD_FOR))
    _room_for(connection, request.network, at)
    mailbox, day = mailbox_of(request.address), f"{at.astimezone(UTC):%Y-%m-%d}"
    lately = (requests.c.address == request.address) & (requests.c.at > at - DAY) & (requests.c.asked != Asked.MOVED)
    if connection.scalar(select(requests.c.id).where(lately).limit(1)) is not None:
        return _ask_again(connection, request, at)
    row = {**vars(request), "asked": request.asked.value, "at": at, "day": day, "mailbox": mailbox, "first_name": ""}
    statement = insert_into(connection, requests).on_conflict_do_nothing().returning(requests.c.id)
    number: int | None = connection.execute(statement, row | {"mail_at": at}).scalar()
    if number is None:
        return None  # somebody asked for it at the same moment
    # What still waits for a relay is asked anew by this one: nobody gets both.
    older = (requests.c.address == request.address) & (requests.c.id != number) & (requests.c.asked != Asked.MOVED)
    connection.execute(update(requests).where(older, requests.c.mail_at.is_not(None)).values(mail_at=None))
    if request.asked is Asked.CHANGE:
        _end_changes(connection, request.subscriber_id, at, but=number)
    return number


def read(connection: Connection, request_id: int, at: datetime) -> Row[Any] | None:
    """Read a request that can still be confirmed."""
    row = _row(connection, request_id)
    return row if row is not None and _is_open(connection, row, at) else None


def confirm(
    connection: Connection,
    request_id: int,
    memory: Memory,
    at: datetime,
    network_address: str,
    answers: Answers | None = None,
) -> Outcome:
    """Do what was asked for, because the mailbox's owner says so, with what they say of themselves. Once only."""
    asked = _row(connection, request_id)
    if asked is None or not _is_open(connection, asked, at):
        return Outcome.OVER
    unused = (requests.c.id == request_id) & requests.c.used_at.is_(None) & requests.c.over_at.is_(None)
    # One statement looks and acts, because a button may be pressed twice at once.
    row = connection.execute(update(requests).where(unused).values(used_at=at).returning(requests)).first()
    if row is None:
        return Outcome.OVER
    if is_suppressed(connection, row.address):
        return Outcome.HELD
    memory.release(connection, row.address)
    if row.asked == Asked.MOVED:
        return _move_back(connection, row, at, network_address)
    if row.asked == Asked.CHANGE:
        return _change(connection, row, at, network_address)
    _subscribe(connection, row, at, network_address, answers or Answers())
    return Outcome.DONE


def came_to(connection: Connection, request_id: int) -> tuple[Asked, Consent] | None:
    """Say what a request was for, and how the person at its address stands now; None: nobody is there, or it is gone.

    For whoever presses twice: a link that was used is no mishap where what it asked for holds.
    """
    row = _row(connection, request_id)
    if row is None:
        return None
    there = select(subscribers.c.id, subscribers.c.consent).where(subscribers.c.address == row.address)
    person = connection.execute(there).first()
    if person is None or (row.asked != Asked.SUBSCRIBE and person.id != row.subscriber_id):
        return None
    return Asked(row.asked), Consent(person.consent)


def newcomer(connection: Connection, request_id: int) -> int | None:
    """Name whom a confirmed request has put on the list; None where it was for something else."""
    row = _row(connection, request_id)
    if row is None or row.asked != Asked.SUBSCRIBE:
        return None
    return connection.execute(select(subscribers.c.id).where(subscribers.c.address == row.address)).scalar()


def _room_for(connection: Connection, network: str, at: datetime) -> None:
    """Raise TooManyRequests where more is asked for than can wait. Counts what was kept, whatever became of it."""
    lately = requests.c.at > at - DAY, requests.c.asked != Asked.MOVED
    if _count(connection, *lately) >= KEPT or _count(connection, *lately, requests.c.network == network) >= (
        KEPT_OF_A_NETWORK
    ):
        raise TooManyRequests(network=network)


def _ask_again(connection: Connection, request: Request, at: datetime) -> int | None:
    """Owe the same mail once more where it did not come: once in a day, and ten minutes after the first."""
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
    """Let an older request to change somebody's address die with a newer one."""
    others = is_number(requests.c.subscriber_id, subscriber_id) & (requests.c.id != but)
    waiting = requests.c.used_at.is_(None) & requests.c.over_at.is_(None)
    change = requests.c.asked == Asked.CHANGE.value
    connection.execute(update(requests).where(others, waiting, change).values(over_at=at, mail_at=None))


def _is_open(connection: Connection, row: Row[Any], at: datetime) -> bool:
    if row.used_at is not None or row.over_at is not None or row.at <= at - GOOD_FOR:
        return False
    if row.asked != Asked.SUBSCRIBE:
        return True
    # Who said no since has said it later than they asked.
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
    parting.forget(connection, number)


def _change(connection: Connection, row: Row[Any], at: datetime, network_address: str) -> Outcome:
    person = connection.execute(select(subscribers).where(subscribers.c.id == row.subscriber_id)).first()
    if person is None or _is_taken(connection, row.address) or is_suppressed(connection, person.address):
        return Outcome.HELD
    move = moves.move(connection, person, row.address, at, network_address, row.issue_id)
    # The owner of the old mailbox is told, always: whoever held a forwarded link may have done this.
    notice = {
        "asked": Asked.MOVED.value,
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
    return Outcome.DONE


def _move_back(connection: Connection, row: Row[Any], at: datetime, network_address: str) -> Outcome:
    taken = _is_taken(connection, row.address, but=row.subscriber_id)
    if taken or not moves.undo(connection, row.move_id, at, network_address):
        return Outcome.HELD
    _end_changes(connection, row.subscriber_id, at, but=row.id)
    # Notices of the moves after it: their mailboxes were never the person's.
    later = requests.c.move_id.is_not(None) & (requests.c.move_id > row.move_id)
    later &= (requests.c.subscriber_id == row.subscriber_id) & requests.c.used_at.is_(None)
    connection.execute(update(requests).where(later).values(over_at=at, mail_at=None))
    return Outcome.DONE


def _is_taken(connection: Connection, address: str, but: int | None = None) -> bool:
    there = select(subscribers.c.id).where(subscribers.c.address == address)
    return connection.scalar(there if but is None else there.where(subscribers.c.id != but)) is not None


def _row(connection: Connection, request_id: int) -> Row[Any] | None:
    return connection.execute(select(requests).where(requests.c.id == request_id)).first()


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(requests).where(*where)).scalar_one()
