"""Subscribe, confirm, withdraw: each change of mind with its evidence.

`consents` is append-only and `subscribers.consent` repeats its latest row; both are written here together. Saying the
same thing twice changes nothing and leaves no second row. Functions take a connection inside a transaction and
never commit.
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import Connection, Update, bindparam, insert, literal_column, or_, update

from subscribers.tables import consents, subscribers


class Consent(StrEnum):
    """Whether somebody agreed to hear from us."""

    PENDING = "pending"
    """They were asked and have not answered."""
    CONFIRMED = "confirmed"
    """They said yes."""
    WITHDRAWN = "withdrawn"
    """They said yes once, and no since."""


def record(
    connection: Connection,
    subscriber_id: int,
    consent: Consent,
    at: datetime,
    source: str,
    wording: str = "",
    network_address: str = "",
) -> bool:
    """Write down that a subscriber's consent is now `consent`; say whether that is a change of somebody on the list."""
    others = tuple(other for other in Consent if other is not consent)
    return _move(connection, subscriber_id, others, consent, at, source, wording, network_address)


def confirm(
    connection: Connection,
    subscriber_id: int,
    at: datetime,
    source: str,
    wording: str = "",
    network_address: str = "",
) -> bool:
    """Take a pending subscriber's yes; a withdrawn one is left alone."""
    return _move(connection, subscriber_id, (Consent.PENDING,), Consent.CONFIRMED, at, source, wording, network_address)


def withdraw(connection: Connection, subscriber_id: int, at: datetime, source: str, network_address: str = "") -> bool:
    """Stop all mail to a subscriber who said so; say whether that is a change."""
    return record(connection, subscriber_id, Consent.WITHDRAWN, at, source, network_address=network_address)


def restore(connection: Connection, subscriber_id: int, at: datetime, source: str, network_address: str = "") -> bool:
    """Undo a withdrawal, because the person said so themselves; one who has not withdrawn is left alone."""
    return _move(connection, subscriber_id, (Consent.WITHDRAWN,), Consent.CONFIRMED, at, source, "", network_address)


def _move(
    connection: Connection,
    subscriber_id: int,
    before: tuple[Consent, ...],
    after: Consent,
    at: datetime,
    source: str,
    wording: str,
    network_address: str,
) -> bool:
    # One statement looks and acts, because two requests may come at once: only one of them leaves evidence.
    if connection.execute(_change(before, after), {"subscriber": subscriber_id}).rowcount == 0:
        return False
    evidence = {
        "subscriber_id": subscriber_id,
        "consent": after.value,
        "at": at,
        "source": source,
        "wording": wording,
        "network_address": network_address,
    }
    connection.execute(_EVIDENCE, evidence)
    return True


@lru_cache(maxsize=16)
def _change(before: tuple[Consent, ...], after: Consent) -> Update:
    # Made once, because making it took as long as executing it.
    stood = or_(*(subscribers.c.consent == literal_column(f"'{consent}'") for consent in before))
    return update(subscribers).where(subscribers.c.id == bindparam("subscriber"), stood).values(consent=after.value)


_EVIDENCE = insert(consents)
