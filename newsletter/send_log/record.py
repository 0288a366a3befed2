"""The two things written for every message: that its final dot may leave, and what it came to."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    bindparam,
    case,
    exists,
    insert,
    literal_column,
    null,
    select,
    true,
    update,
)

from newsletter.errors import ClaimLost
from newsletter.send_log.direct import ForEach
from newsletter.tables import State, attempts, deliveries
from newsletter.transport.reply import Reply
from subscribers import suppression
from subscribers.tables import moments_for

table = deliveries.c


class Result(NamedTuple):
    """What one try came to: the state it leads to, and the answer it rests on."""

    delivery: int
    address: str
    state: State
    reply: Reply
    retry_at: datetime | None = None
    suppress: bool = False


def mark_dotted(connection: Connection, deliveries_: Sequence[int]) -> None:
    """Write down that the final dot of each is about to leave; once this is committed, it may. Raises ClaimLost."""
    if _MARK_DOTTED.execute(connection, [(each,) for each in deliveries_]) != len(deliveries_):
        raise ClaimLost


def record(connection: Connection, results: Sequence[Result], at: datetime, shelf_life: timedelta) -> None:
    """Write down what tries came to by `at`, and suppress the addresses that are known not to exist."""
    if not results:
        return
    written = moments_for(connection)
    moment = written(at)
    trouble = _to_be_noted(connection, [result for result in results if result.state is not State.ACCEPTED])
    _RECORD.execute(connection, [_outcome(result, moment, written) for result in results])
    if trouble:
        connection.execute(insert(attempts), [_attempt(result, at) for result in trouble])
    for result in trouble:
        if result.suppress:
            why = suppression.Reason.BOUNCED
            suppression.suppress(connection, result.address, why, at, detail=result.reply.text)
        if result.state is State.DEFERRED:
            connection.execute(_EXPIRE, {"delivery": result.delivery, "cutoff": at - shelf_life})


# Written out, so that the statements below have no value of their own.
_SENDING: ColumnElement[bool] = table.state.concat(literal_column("''")) == literal_column(f"'{State.SENDING}'")
"""Not to be found by an index, because PostgreSQL would look through all that are being sent for each few of them."""

_MARK_DOTTED = ForEach(
    {"delivery": Integer()},
    lambda of: update(deliveries).where(table.id == of("delivery"), _SENDING, ~table.dotted).values(dotted=true()),
)

_RECORD = ForEach(
    {
        "to_state": table.state.type,
        "tries": Integer(),
        "to_retry_at": table.at.type,
        "to_code": Integer(),
        "to_reply": Text(),
        "to_at": table.at.type,
        "delivery": Integer(),
    },
    lambda of: (
        update(deliveries)
        .where(table.id == of("delivery"), _SENDING)
        .values(
            state=of("to_state"),
            code=of("to_code"),
            # Because somebody may be erased between a claim and its answer, and answers repeat addresses.
            reply=case((table.subscriber_id < literal_column("0"), null()), else_=of("to_reply")),
            at=of("to_at"),
            retry_at=of("to_retry_at"),
            attempts=table.attempts + of("tries"),
        )
    ),
)

_EXPIRE = (
    update(deliveries)
    .where(
        table.id == bindparam("delivery"),
        table.state == State.DEFERRED,
        exists().where(attempts.c.delivery_id == table.id, attempts.c.at < bindparam("cutoff")),
    )
    .values(state=State.EXPIRED, retry_at=null())
)


def _outcome(result: Result, moment: Any, written: Callable[[datetime | None], Any]) -> tuple[Any, ...]:
    reply = result.reply
    retry_at = written(result.retry_at) if result.retry_at else None
    # Because an answer that stops everything says nothing about this person: it is not a try.
    tries = 0 if result.state is State.QUEUED else 1
    return result.state.value, tries, retry_at, reply.code, reply.text, moment, result.delivery


def _attempt(result: Result, at: datetime) -> dict[str, Any]:
    reply = result.reply
    return {
        "delivery_id": result.delivery,
        "at": at,
        "stage": reply.stage,
        "code": reply.code,
        "reply": reply.text,
    }


def _to_be_noted(connection: Connection, results: list[Result]) -> list[Result]:
    """Without those who were erased meanwhile, and those written already: a commit may fail after it was done."""
    if not results:
        return results
    asked = select(table.id).where(
        table.id.in_([result.delivery for result in results]), _SENDING, table.subscriber_id >= 0
    )
    open_ = set(connection.scalars(asked))
    return [result for result in results if result.delivery in open_]
