"""Claims the next deliveries: a page of them becomes `sending`, for one sender only.

A claim is one compare-and-set statement, so two senders never hold the same row. It reads consent and suppression
again, so a recipient who has unsubscribed by then is skipped.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, literal, or_, select, type_coerce, update
from sqlalchemy.types import NullType

from newsletter.database.tables import State, deliveries, issues, waits_as
from newsletter.message import Recipient
from newsletter.send_log.slices import Stretch
from subscribers import audience

table = deliveries.c


def claim(
    connection: Connection,
    issue: int,
    sender: int,
    most: int,
    now: datetime,
    due_by: datetime,
    stretch: Stretch | None = None,
) -> list[Recipient]:
    """Claim up to `most` deliveries for `sender`: queued ones, or else those whose retry was due by `due_by`.

    Those of the whole issue, or only those of the `stretch` that the sender was given.

    A recipient who may not be written to any more is marked skipped, and the next are claimed instead; so an empty list
    means that none is left to offer. Call it only after `require_present` for `sender`, in the same transaction.
    """
    given = {
        "issue": issue,
        "sender": sender,
        "most": most,
        "now": now,
        "due_by": due_by,
        "absurd": now + timedelta(hours=2),
    }
    if stretch:
        given |= {"first": stretch.first, "last": stretch.last}
    for statement in _OF_A_STRETCH if stretch else _OF_AN_ISSUE:
        while rows := connection.execute(statement, given).all():
            claimed = [
                Recipient(delivery, subscriber, address, first_name, last_name, _read(fields), attempts, language)
                for state, delivery, subscriber, address, first_name, last_name, fields, attempts, language in rows
                if state == _CLAIMED
            ]
            if claimed:
                return sorted(claimed)
    return []


_CLAIMED = State.SENDING.value
_NONE: Mapping[str, str] = MappingProxyType({})


def _read(fields: Any) -> Mapping[str, str]:
    """Read the fields of a recipient; most have none. Only one of the two drivers decodes JSON by itself."""
    if not fields or fields == "{}":
        return _NONE
    read: Mapping[str, str] = json.loads(fields) if isinstance(fields, str) else fields
    return read


def _claim(state: State, *also: ColumnElement[bool]) -> Any:
    waiting = waits_as(state)
    topic = select(issues.c.topic).where(issues.c.id == bindparam("issue")).scalar_subquery()
    wanted = audience.may_receive(table.subscriber_id, table.address, bindparam("now", type_=table.at.type), topic)
    candidates = select(table.id, wanted.label("wanted")).where(table.issue_id == bindparam("issue"), waiting, *also)
    if state is State.DEFERRED:
        # The clock may have been set back: a retry further in the future than any we set is due now.
        due = or_(table.retry_at <= bindparam("due_by"), table.retry_at > bindparam("absurd", type_=table.at.type))
        candidates = candidates.where(due).order_by(table.retry_at)
    else:
        candidates = candidates.order_by(table.id)
    locked = candidates.limit(bindparam("most")).with_for_update(skip_locked=True)
    # MATERIALIZED: otherwise PostgreSQL would run the limited query again for every row that it updates.
    picked = locked.cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        update(deliveries)
        .where(table.id == picked.c.id, waiting)
        .values(
            state=case((picked.c.wanted, State.SENDING.value), else_=State.SKIPPED.value),
            reply=case((picked.c.wanted, table.reply), else_=literal("no longer wanted when their turn came")),
            at=case((picked.c.wanted, table.at), else_=bindparam("now", type_=table.at.type)),
            dotted=False,
            sender=bindparam("sender", type_=table.sender.type),
        )
        .returning(
            table.state,
            table.id,
            table.subscriber_id,
            table.address,
            table.first_name,
            table.last_name,
            type_coerce(table.fields, NullType),
            table.attempts,
            table.language,
        )
    )


def _in_order(*within: ColumnElement[bool]) -> tuple[Any, ...]:
    # Deliveries without an answer come first; those given back with one, or whose answer caused a stop, come later.
    new = _claim(State.QUEUED, table.at.is_(None), *within)
    return new, _claim(State.QUEUED, *within), _claim(State.DEFERRED, *within)


_OF_AN_ISSUE = _CLAIM_NEW, _CLAIM_QUEUED, _CLAIM_DEFERRED = _in_order()
_OF_A_STRETCH = _in_order(table.id >= bindparam("first"), table.id <= bindparam("last"))
