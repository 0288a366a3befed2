"""Subscribe, confirm, withdraw: each change of mind with its evidence.

`consents` is append-only and `subscribers.consent` repeats its latest row; both are written here together. Saying the
same thing twice changes nothing and leaves no second row, but for what an import said first: a person's own word
outlives the import that it agrees with. Functions take a connection inside a transaction and
never commit.
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import Connection, Select, Update, bindparam, exists, insert, literal_column, or_, select, update

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
    import_id: int | None = None,
) -> bool:
    """Write down that a subscriber's consent is now `consent`; say whether that is a change of somebody on the list."""
    others = tuple(other for other in Consent if other is not consent)
    said = at, source, wording, network_address, import_id
    if _move(connection, subscriber_id, others, consent, *said):
        return True
    if import_id is None and connection.execute(_only_an_import_said(subscriber_id, consent)).scalar():
        _leave_evidence(connection, subscriber_id, consent, *said)
    return False


def confirm(
    connection: Connection,
    subscriber_id: int,
    at: datetime,
    source: str,
    wording: str = "",
    network_address: str = "",
    import_id: int | None = None,
) -> bool:
    """Take a pending subscriber's yes; a withdrawn one is left alone."""
    said = at, source, wording, network_address, import_id
    return _move(connection, subscriber_id, (Consent.PENDING,), Consent.CONFIRMED, *said)


def withdraw(
    connection: Connection,
    subscriber_id: int,
    at: datetime,
    source: str,
    network_address: str = "",
    import_id: int | None = None,
) -> bool:
    """Stop all mail to a subscriber who said so; say whether that is a change."""
    return record(connection, subscriber_id, Consent.WITHDRAWN, at, source, "", network_address, import_id)


def restore(connection: Connection, subscriber_id: int, at: datetime, source: str, network_address: str = "") -> bool:
    """Undo a withdrawal, because the person said so themselves; one who has not withdrawn is left alone."""
    return _move(
        connection, subscriber_id, (Consent.WITHDRAWN,), Consent.CONFIRMED, at, source, "", network_address, None
    )


def _move(
    connection: Connection,
    subscriber_id: int,
    before: tuple[Consent, ...],
    after: Consent,
    at: datetime,
    source: str,
    wording: str,
    network_address: str,
    import_id: int | None,
) -> bool:
    # One statement looks and acts, because two requests may come at once: only one of them leaves evidence.
    if connection.execute(_change(before, after), {"subscriber": subscriber_id}).rowcount == 0:
        return False
    _leave_evidence(connection, subscriber_id, after, at, source, wording, network_address, import_id)
    return True


def _leave_evidence(
    connection: Connection,
    subscriber_id: int,
    consent: Consent,
    at: datetime,
    source: str,
    wording: str,
    network_address: str,
    import_id: int | None,
) -> None:
    evidence = {
        "subscriber_id": subscriber_id,
        "consent": consent.value,
        "at": at,
        "source": source,
        "wording": wording,
        "network_address": network_address,
        "import_id": import_id,
    }
    connection.execute(_EVIDENCE, evidence)


def _only_an_import_said(subscriber_id: int, consent: Consent) -> Select[tuple[int]]:
    told = (consents.c.subscriber_id == subscriber_id) & (consents.c.consent == consent.value)
    by_import = exists().where(told, consents.c.import_id.is_not(None))
    stands = (subscribers.c.id == subscriber_id) & (subscribers.c.consent == consent.value)
    own = consents.alias()
    by_themselves = exists().where(
        own.c.subscriber_id == subscriber_id, own.c.consent == consent.value, own.c.import_id.is_(None)
    )
    return select(subscribers.c.id).where(stands, by_import, ~by_themselves)


@lru_cache(maxsize=16)
def _change(before: tuple[Consent, ...], after: Consent) -> Update:
    # Made once, because making it took as long as executing it.
    stood = or_(*(subscribers.c.consent == literal_column(f"'{consent}'") for consent in before))
    return update(subscribers).where(subscribers.c.id == bindparam("subscriber"), stood).values(consent=after.value)


_EVIDENCE = insert(consents)
