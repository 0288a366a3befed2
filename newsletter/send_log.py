"""The send log: the only place that moves a delivery from one state to the next. Callers hold the transaction.

    queued, deferred ──claim──▶ sending ──dotted──▶ sending, past the dot ──record──▶ accepted, refused, …

A claim is one compare-and-set statement, so two senders never hold the same row; it reads consent and suppression
again, so whoever has unsubscribed by then is skipped. What a crash leaves behind, `recover` settles.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Update,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import sqlite

from newsletter.errors import ClaimLost
from newsletter.message import Recipient
from newsletter.tables import State, attempts, deliveries, issues
from newsletter.transport.reply import Reply
from subscribers import audience, suppression

table = deliveries.c


class Result(NamedTuple):
    """What one try came to: the state it leads to, and the answer it rests on."""

    delivery: int
    address: str
    state: State
    reply: Reply
    at: datetime
    retry_at: datetime | None = None
    suppress: bool = False


def recover(connection: Connection, issue: int, now: datetime) -> Counter[State]:
    """Settle what an earlier run left half done; only for the holder of the issue's lock.

    Past the dot: uncertain. Claimed before it: queued again. Says how many of each.
    """
    left = (table.issue_id == issue) & (table.state == State.SENDING)
    lost = connection.execute(
        update(deliveries)
        .where(left, table.dotted)
        .values(state=State.UNCERTAIN, reply="the sender stopped before the answer was written down", code=None, at=now)
        .returning(table.id)
    ).all()
    for row in lost:
        _note(connection, [{"delivery_id": row.id, "at": now, "stage": "dot", "code": None, "reply": "stopped"}])
    back = connection.execute(update(deliveries).where(left, ~table.dotted).values(state=State.QUEUED))
    return Counter({State.UNCERTAIN: len(lost), State.QUEUED: back.rowcount})


def claim(connection: Connection, issue: int, most: int, now: datetime, due_by: datetime) -> list[Recipient]:
    """Claim up to `most` deliveries: those queued, and when there are none, those whose retry was due by `due_by`.

    An empty list means that nobody is left to offer: those no longer to be written to are marked skipped, and the
    next are claimed in their place.
    """
    given = {"issue": issue, "most": most, "now": now, "due_by": due_by, "absurd": now + timedelta(hours=2)}
    for statement in (_CLAIM_QUEUED, _CLAIM_DEFERRED):
        while rows := connection.execute(statement, given).all():
            claimed = [Recipient(*row[1:]) for row in rows if row[0] == _CLAIMED]
            if claimed:
                return sorted(claimed, key=attrgetter("delivery"))
    return []


def release(connection: Connection, deliveries_: Sequence[int]) -> None:
    """Give back what was claimed and not tried."""
    if deliveries_:
        connection.execute(
            update(deliveries).where(table.id == bindparam("delivery"), *_before_dot()).values(state=State.QUEUED),
            [{"delivery": each} for each in deliveries_],
        )


def mark_dotted(connection: Connection, deliveries_: Sequence[int]) -> None:
    """Write down that the final dot of each is about to leave; once this is committed, it may. Raises ClaimLost."""
    if deliveries_:
        marked = _execute_each(connection, _MARK_DOTTED, [{"delivery": each} for each in deliveries_])
        if marked != len(deliveries_):
            raise ClaimLost


def record(connection: Connection, results: Sequence[Result], shelf_life: timedelta) -> None:
    """Write down what tries came to, and suppress the addresses that are known not to exist."""
    if not results:
        return
    written = _moments(connection.dialect)
    _execute_each(connection, _RECORD, [_outcome(result, written) for result in results])
    trouble = _of_people(connection, [result for result in results if result.state is not State.ACCEPTED])
    _note(connection, [_attempt(result) for result in trouble])
    for result in trouble:
        if result.suppress:
            why = suppression.Reason.BOUNCED
            suppression.suppress(connection, result.address, why, result.at, detail=result.reply.text)
        if result.state is State.DEFERRED:
            connection.execute(_EXPIRE, {"delivery": result.delivery, "cutoff": result.at - shelf_life})


def next_retry(connection: Connection, issue: int) -> datetime | None:
    """Say when the first deferred delivery is due, if there is one."""
    due = select(table.retry_at).where(table.issue_id == issue, table.state == State.DEFERRED)
    return connection.execute(due.order_by(table.retry_at).limit(1)).scalar()


def tally(connection: Connection, issue: int) -> Counter[State]:
    """Count the deliveries of an issue by state; every state is there."""
    counted = select(table.state, func.count()).where(table.issue_id == issue).group_by(table.state)
    counts = Counter({State(state): number for state, number in connection.execute(counted)})
    return Counter({state: counts[state] for state in State})


def unfinished(connection: Connection, issue: int) -> int:
    """Count those still to be tried, and those a run has claimed or left behind."""
    states = (State.QUEUED, State.DEFERRED, State.SENDING)
    return connection.execute(select(func.count()).where(table.issue_id == issue, table.state.in_(states))).scalar_one()


def add_seconds(connection: Connection, issue: int, seconds: float) -> None:
    """Add the time a run took, from its first connection to its last reply."""
    connection.execute(update(issues).where(issues.c.id == issue).values(seconds=issues.c.seconds + seconds))


def skip_rest(connection: Connection, issue: int, now: datetime) -> int:
    """Skip whoever of `issue` is still to be tried, because it was cancelled; say how many."""
    waiting = update(deliveries).where(table.issue_id == issue, table.state.in_((State.QUEUED, State.DEFERRED)))
    return connection.execute(waiting.values(state=State.SKIPPED, reply="cancelled", at=now, retry_at=None)).rowcount


_CLAIMED = State.SENDING.value
# In the order of Recipient.
_OF_A_RECIPIENT = ("id", "subscriber_id", "address", "first_name", "last_name", "fields", "attempts")


def _claim(state: State) -> Any:
    waiting = table.state == literal_column(f"'{state}'")  # written out, so that the partial index is used
    topic = select(issues.c.topic).where(issues.c.id == bindparam("issue")).scalar_subquery()
    wanted = audience.may_receive(table.subscriber_id, table.address, bindparam("now", type_=table.at.type), topic)
    candidates = select(table.id, wanted.label("wanted")).where(table.issue_id == bindparam("issue"), waiting)
    if state is State.DEFERRED:
        # Because a clock may have been set back: a retry that is further away than any is due.
        due = or_(table.retry_at <= bindparam("due_by"), table.retry_at > bindparam("absurd", type_=table.at.type))
        candidates = candidates.where(due).order_by(table.retry_at)
    else:
        candidates = candidates.order_by(table.id)
    locked = candidates.limit(bindparam("most")).with_for_update(skip_locked=True)
    # Materialised, because PostgreSQL would otherwise run the limited query again for every row it updates.
    picked = locked.cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        update(deliveries)
        .where(table.id == picked.c.id, waiting)
        .values(
            state=case((picked.c.wanted, State.SENDING.value), else_=State.SKIPPED.value),
            reply=case((picked.c.wanted, table.reply), else_=literal("no longer wanted when their turn came")),
            at=case((picked.c.wanted, table.at), else_=bindparam("now", type_=table.at.type)),
            dotted=False,
        )
        .returning(table.state, *(deliveries.c[name] for name in _OF_A_RECIPIENT))
    )


_CLAIM_QUEUED = _claim(State.QUEUED)
_CLAIM_DEFERRED = _claim(State.DEFERRED)


def _before_dot() -> tuple[ColumnElement[bool], ...]:
    return (table.state == _SENDING, ~table.dotted)


# Written out, so that the statements below have no value of their own.
_SENDING: ColumnElement[str] = literal_column(f"'{State.SENDING}'")

_MARK_DOTTED = update(deliveries).where(table.id == bindparam("delivery"), *_before_dot()).values(dotted=true())

_RECORD = (
    update(deliveries)
    .where(table.id == bindparam("delivery"), table.state == _SENDING)
    .values(
        state=bindparam("to_state"),
        code=bindparam("to_code"),
        # Because somebody may be erased between a claim and its answer, and answers repeat addresses.
        reply=case((table.subscriber_id < literal_column("0"), null()), else_=bindparam("to_reply")),
        at=bindparam("to_at"),
        retry_at=bindparam("to_retry_at"),
        attempts=table.attempts + bindparam("tries"),
    )
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


def _execute_each(connection: Connection, statement: Update, rows: list[dict[str, Any]]) -> int:
    """Because binding a row takes SQLAlchemy longer than writing it takes SQLite: rows go to the driver as they are.

    For what is written per message; `statement` has no values of its own, `rows` hold what the driver takes.
    """
    return connection.exec_driver_sql(_in_words(statement, connection.dialect), rows).rowcount


@lru_cache(maxsize=32)
def _in_words(statement: Update, dialect: Dialect) -> str:
    named = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
    return str(statement.compile(dialect=named))


@lru_cache(maxsize=32)
def _moments(dialect: Dialect) -> Callable[[datetime | None], Any]:
    return table.at.type.dialect_impl(dialect).bind_processor(dialect) or (lambda moment: moment)


def _outcome(result: Result, written: Callable[[datetime | None], Any]) -> dict[str, Any]:
    return {
        "delivery": result.delivery,
        "to_state": result.state.value,
        "to_code": result.reply.code,
        "to_reply": result.reply.text,
        "to_at": written(result.at),
        "to_retry_at": written(result.retry_at),
        # Because an answer that stops everything says nothing about this person: it is not a try.
        "tries": 0 if result.state is State.QUEUED else 1,
    }


def _attempt(result: Result) -> dict[str, Any]:
    reply = result.reply
    return {
        "delivery_id": result.delivery,
        "at": result.at,
        "stage": reply.stage,
        "code": reply.code,
        "reply": reply.text,
    }


def _of_people(connection: Connection, results: list[Result]) -> list[Result]:
    """Without those who were erased meanwhile."""
    if not results:
        return results
    asked = select(table.id).where(table.id.in_([result.delivery for result in results]), table.subscriber_id < 0)
    erased = set(connection.scalars(asked))
    return [result for result in results if result.delivery not in erased]


def _note(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(attempts), rows)
