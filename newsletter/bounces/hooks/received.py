"""Records what a service's events say, and counts them. Callers hold the transaction.

Only our own token says whom an event is about; the address in it is shown and never trusted. An event without our
token, and one that we do not know, is counted and has no consequence.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from newsletter.bounces.consequences import record_feedback
from newsletter.bounces.hooks.event import EventKind, HookEvent
from newsletter.bounces.hooks.proof import FRESH
from newsletter.bounces.parse.identity import Signatures
from newsletter.bounces.parse.kinds import Bounce, Complaint, Feedback, Identity, Unsubscribe
from newsletter.database.tables import hook_events, hook_tokens
from newsletter.settings import HookService
from subscribers.tables import insert_into

REFUSED, UNREADABLE, NOT_OURS, AGAIN = "refused", "unreadable", "not ours", "again"
"""What is counted besides `EventKind`: bodies that are not proven to come from the service; events that cannot be read,
that have no token of ours, and that came before."""
MOST_NAMES, MOST_LETTERS = 40, 40
"""How many names of events are kept for a service, and how many characters of each: strangers choose them."""

_NOT_SHOWN = re.compile(r"[^\w ,.:/()'-]")
"""What no name of an event contains; without an @ it can hold no address."""

Counted = Counter[tuple[str, str]]
"""How many events: by what they say, or one of the words above, and by the service's name for them."""


@dataclass(frozen=True, slots=True)
class HookTally:
    """What came from a service so far: of one kind, by one name."""

    service: HookService
    what: str
    name: str
    number: int
    last_at: datetime


def record(
    connection: Connection, service: HookService, events: Iterable[HookEvent], signatures: Signatures, now: datetime
) -> Counted:
    """Record each event and do what follows from it; return what came."""
    counts: Counted = Counter()
    for event in events:
        what = event.what.value
        if event.what not in (EventKind.IGNORED, EventKind.UNKNOWN):
            what = _record_one(connection, service, event, signatures.of_echo(event.echoes), now)
        counts[what, event.name] += 1
    return counts


def count(connection: Connection, service: HookService, counts: Counted, now: datetime) -> None:
    """Add `counts` to what came from a service."""
    table = hook_events.c
    known = set(connection.scalars(select(table.name).where(table.service == service.value).distinct()))
    merged: Counted = Counter()
    for (what, name), number in counts.items():
        short = _NOT_SHOWN.sub("?", name)[:MOST_LETTERS]
        if short not in known and len(known) >= MOST_NAMES:
            short = "other"
        known.add(short)
        merged[what, short] += number
    for (what, name), number in sorted(merged.items()):
        row = {"service": service.value, "what": what, "name": name, "number": number, "last_at": now}
        statement = insert_into(connection, hook_events)
        added = {"number": table.number + statement.excluded.number, "last_at": statement.excluded.last_at}
        key = [table.service, table.what, table.name]
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=added), row)


def is_first_use(connection: Connection, token: str, body: bytes, now: datetime) -> bool | None:
    """Remember a token that may be used once: True at its first use, None if it came with this body before, else False.

    Tokens are forgotten when the time that was signed with them is too old to be accepted.
    """
    table = hook_tokens.c
    connection.execute(delete(hook_tokens).where(table.at < now - 3 * FRESH))
    digest, whole = (hashlib.sha256(each).hexdigest() for each in (token.encode("utf-8", "replace"), body))
    statement = insert_into(connection, hook_tokens).on_conflict_do_nothing().returning(table.digest)
    if connection.execute(statement, {"digest": digest, "body": whole, "at": now}).first() is not None:
        return True
    return None if connection.scalar(select(table.body).where(table.digest == digest)) == whole else False


def tallies(connection: Connection, services: Sequence[HookService] | None = None) -> list[HookTally]:
    """Read what came from `services`, or from all: what came last first."""
    table = hook_events.c
    rows = connection.execute(select(hook_events).order_by(table.last_at.desc(), table.what, table.name))
    found = [HookTally(HookService(row.service), row.what, row.name, row.number, row.last_at) for row in rows]
    return [each for each in found if services is None or each.service in services]


def last_event(connection: Connection, service: HookService) -> datetime | None:
    """Return when the last event came that was proven to be of the service."""
    table = hook_events.c
    proven = select(func.max(table.last_at)).where(
        table.service == service.value, table.what.not_in([REFUSED, UNREADABLE])
    )
    return connection.execute(proven).scalar()


def _record_one(
    connection: Connection, service: HookService, event: HookEvent, who: Identity | None, now: datetime
) -> str:
    if who is None:
        return NOT_OURS
    result = record_feedback(connection, _news(service, event, who), now)
    if not result.address:
        return NOT_OURS  # of a subscriber who was erased, or was never written to
    return event.what.value if result.new else AGAIN


def _news(service: HookService, event: HookEvent, who: Identity) -> Feedback:
    # A service may say many times that a mail is late; once is enough.
    told = "late" if event.what is EventKind.DEFERRED else event.identifier
    digest = hashlib.sha256(f"webhook {service.value} {told}".encode("utf-8", "replace")).hexdigest()
    if event.what is EventKind.COMPLAINED:
        return Complaint(who, event.feedback_type, service.brand, digest, event.at)
    if event.what is EventKind.UNSUBSCRIBED:
        return Unsubscribe(who, digest, service.brand)
    return Bounce(who, event.reports, service.brand, digest, event.at)
