"""The two writes for every message: first that its final dot may leave, then its result.

The final dot ends a message: once it may have left, the relay may have the mail. `sender` is the number of the run that
claimed the deliveries; the two writes leave alone those that it no longer holds (see `senders`). Callers hold the
transaction.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    bindparam,
    case,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from newsletter.database.tables import State, attempts, deliveries
from newsletter.errors import ClaimLost
from newsletter.policy.reply import Reply
from newsletter.send_log import spent
from newsletter.send_log.direct import ForEach
from subscribers import suppression
from subscribers.tables import moments_for

table = deliveries.c


class Result(NamedTuple):
    """The result of one try of a delivery: the state it leads to, and the answer that led there."""

    delivery: int
    address: str
    state: State
    reply: Reply
    retry_at: datetime | None = None
    """When to try again; only for DEFERRED."""
    suppress: bool = False
    """Whether to suppress the address, because the answer says that it does not exist."""


def mark_dotted(
    connection: Connection, sender: int, deliveries_: Sequence[int], unsure: Collection[int] = frozenset()
) -> None:
    """Write down that the final dots of these deliveries are about to leave; they may leave once this is committed.

    `unsure`: those whose mark may be there already, because a commit that had it reported a failure; no dot of theirs
    has left. Raises ClaimLost, and then none may leave, if `sender` no longer holds one of the deliveries, or if one
    that is not `unsure` was marked before.
    """
    again = [(each, sender) for each in deliveries_ if each in unsure]
    first = [(each, sender) for each in deliveries_ if each not in unsure]
    if _MARK_DOTTED.execute(connection, first) + _MARK_AGAIN.execute(connection, again) != len(deliveries_):
        raise ClaimLost


def record(connection: Connection, sender: int, results: Sequence[Result], at: datetime, shelf_life: timedelta) -> int:
    """Write down the results of tries at the time `at`, with everything that follows from them.

    That is: the state of the delivery, the count for the daily limit, a row in `attempts`, the suppression of an
    address that does not exist, and the end of deliveries that were deferred for longer than `shelf_life`. Returns how
    many deliveries it changed; those written before, and those that `sender` no longer holds, stay as they are.
    """
    if not results:
        return 0
    written = moments_for(connection)
    moment = written(at)
    trouble = _to_be_noted(connection, sender, [result for result in results if result.state not in _NOT_NOTED])
    changed = _RECORD.execute(connection, [_outcome(sender, result, moment, written) for result in results])
    # Which results changed a row is not known, only how many. So this may count too many, and too few mails are sent.
    spent.add(connection, sender, min(changed, sum(result.state in _TAKEN for result in results)), at)
    if trouble:
        connection.execute(insert(attempts), [_attempt(result, at) for result in trouble])
    for result in trouble:
        if result.suppress:
            why = suppression.SuppressionReason.BOUNCED
            suppression.suppress(connection, result.address, why, at, detail=result.reply.text)
        if result.state is State.DEFERRED:
            _expire_where_tried_enough(connection, result, shelf_life)
    return changed


def learn_late(connection: Connection, sender: int, results: Sequence[Result], at: datetime) -> int:
    """Write down the acceptances of a `sender` that was taken for dead, although it still ran; say how many.

    Its dotted deliveries became uncertain then; those that its relay did accept become accepted. Its other results are
    dropped, because another sender may hold those deliveries by now.
    """
    accepted = [result.delivery for result in results if result.state is State.ACCEPTED]
    words = "the relay had taken it: its answer came after its sender was taken for dead"
    return sum(learn_accepted(connection, delivery, at, words, sender) for delivery in accepted)


def learn_accepted(connection: Connection, delivery: int, at: datetime, how: str, sender: int | None = None) -> bool:
    """Mark an uncertain delivery as accepted, because we learned that it was; say whether it was uncertain.

    `how` we learned it, in words, becomes its answer. With a `sender`, change it only if that sender claimed it last.
    """
    uncertain = update(deliveries).where(table.id == delivery, table.state == State.UNCERTAIN)
    mine = uncertain if sender is None else uncertain.where(table.sender == sender)
    return connection.execute(mine.values(state=State.ACCEPTED, reply=how, dotted=False, at=at)).rowcount > 0


_TAKEN = frozenset({State.ACCEPTED, State.UNCERTAIN})
"""The states in which the relay has the message, or may have it; these count towards the daily limit."""
_NOT_NOTED = (State.ACCEPTED, State.QUEUED)
"""States that add no row to `attempts`: an acceptance is in the delivery itself, and QUEUED does not count as a try."""

# Literals, so that the statements below hold no values except their parameters (see `ForEach`).
_SENDING: ColumnElement[bool] = table.state.concat(literal_column("''")) == literal_column(f"'{State.SENDING}'")
"""The condition that a delivery is in `sending`. `|| ''` keeps PostgreSQL off ix_deliveries_sending: with that index,
each statement would read all rows being sent to find the few that it names by their id."""

_MARK_DOTTED = ForEach(
    {"delivery": Integer(), "of_sender": Integer()},
    lambda of: (
        update(deliveries)
        .where(table.id == of("delivery"), table.sender == of("of_sender"), _SENDING, ~table.dotted)
        .values(dotted=true())
    ),
)
_MARK_AGAIN = ForEach(
    {"delivery": Integer(), "of_sender": Integer()},
    lambda of: (
        update(deliveries)
        .where(table.id == of("delivery"), table.sender == of("of_sender"), _SENDING)
        .values(dotted=true())
    ),
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
        "of_sender": Integer(),
    },
    lambda of: (
        update(deliveries)
        .where(table.id == of("delivery"), table.sender == of("of_sender"), _SENDING)
        .values(
            state=of("to_state"),
            code=of("to_code"),
            # Drop the answer if the subscriber was erased after the claim (subscriber_id < 0): it may hold the address.
            reply=case((table.subscriber_id < literal_column("0"), null()), else_=of("to_reply")),
            at=of("to_at"),
            retry_at=of("to_retry_at"),
            attempts=table.attempts + of("tries"),
        )
    ),
)

_REFUSAL, _NO_CODE = 500, 1000
_TRIED = (
    select(attempts.c.at)
    .where(
        attempts.c.delivery_id == bindparam("delivery"),
        or_(attempts.c.code.is_(None), attempts.c.code < bindparam("below")),
    )
    .order_by(attempts.c.at)
)
_EXPIRE = (
    update(deliveries)
    .where(table.id == bindparam("delivery"), table.state == State.DEFERRED)
    .values(state=State.EXPIRED, retry_at=null())
)


def _expire_where_tried_enough(connection: Connection, result: Result, shelf_life: timedelta) -> None:
    """Give up (expire) a deferred delivery if the times between its tries add up to more than `shelf_life`.

    At most half of `shelf_life` counts between two tries. Otherwise the first try after a pause or a daily limit, which
    may last for days, would already end the delivery.
    """
    # Refusals are left out: a delivery is tried again after one only if that refusal proved to be about us. But some
    # servers greylist with a 5yz, so such answers count for a delivery that is deferred with one.
    below = _NO_CODE if (result.reply.code or 0) >= _REFUSAL else _REFUSAL
    moments = list(connection.scalars(_TRIED, {"delivery": result.delivery, "below": below}))
    tried = sum((min(later - at, shelf_life / 2) for at, later in pairwise(moments)), timedelta())
    if tried > shelf_life:
        connection.execute(_EXPIRE, {"delivery": result.delivery})


def _outcome(sender: int, result: Result, moment: Any, written: Callable[[datetime | None], Any]) -> tuple[Any, ...]:
    """Return the values of `_RECORD` for one result; `written` converts a time for the driver."""
    reply = result.reply
    retry_at = written(result.retry_at) if result.retry_at else None
    # QUEUED: the answer was not about the recipient, so it does not count as a try.
    tries = 0 if result.state is State.QUEUED else 1
    return result.state.value, tries, retry_at, reply.code, reply.text, moment, result.delivery, sender


def _attempt(result: Result, at: datetime) -> dict[str, Any]:
    reply = result.reply
    return {
        "delivery_id": result.delivery,
        "at": at,
        "stage": reply.stage,
        "code": reply.code,
        "reply": reply.text,
    }


def _to_be_noted(connection: Connection, sender: int, results: list[Result]) -> list[Result]:
    """Return those `results` that get a row in `attempts`. Call it before `_RECORD`, which changes the states it reads.

    It leaves out results of subscribers erased meanwhile, of deliveries that `sender` no longer holds, and those
    already written: a commit may report a failure although it was done, and then the same results come again.
    """
    if not results:
        return results
    asked = select(table.id).where(
        table.id.in_([result.delivery for result in results]),
        _SENDING,
        table.sender == sender,
        table.subscriber_id >= 0,
    )
    open_ = set(connection.scalars(asked))
    return [result for result in results if result.delivery in open_]
