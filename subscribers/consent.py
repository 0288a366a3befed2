"""Subscribe, confirm, withdraw: each change of consent with its evidence.

`consents` is append-only and `subscribers.consent` repeats its latest row; both are written here together. Saying the
same thing twice changes nothing and adds no second row, with one exception: if only an import said it so far, the
subscriber's own word is added too, so that it remains when the import is taken back. Functions take a connection
inside a transaction and never commit.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, exists, insert, literal_column, or_, select, update

from subscribers.tables import consents, subscribers

UNDONE_WITHIN = timedelta(hours=1)
"""How long the page that unsubscribed a subscriber can undo it."""


class Consent(StrEnum):
    """Whether a subscriber agreed to get our mail."""

    PENDING = "pending"
    """They were asked and have not answered."""
    CONFIRMED = "confirmed"
    """They said yes."""
    WITHDRAWN = "withdrawn"
    """They said no, and no later yes."""


def record(
    connection: Connection,
    subscriber_id: int,
    consent: Consent,
    at: datetime,
    source: str,
    wording: str = "",
    network_address: str = "",
    *,
    import_id: int | None = None,
    issue_id: int | None = None,
) -> bool:
    """Record that a subscriber's consent is now `consent`; say whether that changed it (False also: not on the list).

    `issue_id` is the issue whose link the subscriber used; None or 0: the link of no issue.
    """
    others = tuple(other for other in Consent if other is not consent)
    evidence = _evidence(at, source, wording, network_address, import_id=import_id, issue_id=issue_id)
    if _move(connection, subscriber_id, others, consent, evidence):
        return True
    if import_id is None and connection.execute(_only_an_import_said(subscriber_id, consent)).scalar():
        _leave_evidence(connection, subscriber_id, consent, evidence)
    return False


def confirm(
    connection: Connection,
    subscriber_id: int,
    at: datetime,
    source: str,
    wording: str = "",
    network_address: str = "",
    *,
    import_id: int | None = None,
) -> bool:
    """Record a pending subscriber's yes; leave a withdrawn subscriber as they are. Say whether that is a change."""
    evidence = _evidence(at, source, wording, network_address, import_id=import_id)
    return _move(connection, subscriber_id, (Consent.PENDING,), Consent.CONFIRMED, evidence)


def withdraw(
    connection: Connection,
    subscriber_id: int,
    at: datetime,
    source: str,
    network_address: str = "",
    *,
    import_id: int | None = None,
    issue_id: int | None = None,
) -> bool:
    """Stop all mail to a subscriber who said no, by a link of issue `issue_id` if any; say whether that is a change."""
    said = connection, subscriber_id, Consent.WITHDRAWN, at, source, "", network_address
    return record(*said, import_id=import_id, issue_id=issue_id)


def restore(
    connection: Connection,
    subscriber_id: int,
    at: datetime,
    source: str,
    network_address: str = "",
    *,
    issue_id: int | None = None,
) -> bool:
    """Undo a withdrawal at the subscriber's own word; leave a subscriber who has not withdrawn as they are."""
    evidence = _evidence(at, source, "", network_address, issue_id=issue_id)
    return _move(connection, subscriber_id, (Consent.WITHDRAWN,), Consent.CONFIRMED, evidence)


def newest_evidence(connection: Connection, subscriber_id: int) -> int:
    """Return the number of a subscriber's newest evidence; 0: there is none."""
    theirs = select(consents.c.id).where(consents.c.subscriber_id == subscriber_id)
    return connection.scalar(theirs.order_by(consents.c.id.desc()).limit(1)) or 0


def may_undo(connection: Connection, subscriber_id: int, evidence_id: int, at: datetime) -> bool:
    """Say whether evidence `evidence_id` is a withdrawal that the page that recorded it may undo.

    It must be the subscriber's newest evidence, less than an hour old, and follow a yes: undoing the no of a
    subscriber who never said yes would make up a yes.
    """
    theirs = select(consents).where(consents.c.subscriber_id == subscriber_id, consents.c.id <= evidence_id)
    rows = connection.execute(theirs.order_by(consents.c.id.desc()).limit(2)).all()
    if len(rows) < 2 or evidence_id != newest_evidence(connection, subscriber_id):
        return False
    no, before = rows
    is_fresh: bool = no.id == evidence_id and no.consent == Consent.WITHDRAWN and no.at > at - UNDONE_WITHIN
    return is_fresh and bool(before.consent == Consent.CONFIRMED)


def _move(
    connection: Connection,
    subscriber_id: int,
    before: tuple[Consent, ...],
    after: Consent,
    evidence: Mapping[str, Any],
) -> bool:
    # One statement tests and changes: of two requests at the same moment, only one changes the row and adds evidence.
    if connection.execute(_change(before, after), {"subscriber": subscriber_id}).rowcount == 0:
        return False
    _leave_evidence(connection, subscriber_id, after, evidence)
    return True


def _evidence(
    at: datetime,
    source: str,
    wording: str,
    network_address: str,
    *,
    import_id: int | None = None,
    issue_id: int | None = None,
) -> Mapping[str, Any]:
    return {
        "at": at,
        "source": source,
        "wording": wording,
        "network_address": network_address,
        "import_id": import_id,
        "issue_id": issue_id or None,
    }


def _leave_evidence(connection: Connection, subscriber_id: int, consent: Consent, evidence: Mapping[str, Any]) -> None:
    connection.execute(_EVIDENCE, {"subscriber_id": subscriber_id, "consent": consent.value, **evidence})


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
    # Cached: building the statement took as long as executing it.
    stood = or_(*(subscribers.c.consent == literal_column(f"'{consent}'") for consent in before))
    return update(subscribers).where(subscribers.c.id == bindparam("subscriber"), stood).values(consent=after.value)


_EVIDENCE = insert(consents)
