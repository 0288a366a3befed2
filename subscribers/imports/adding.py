"""Add new subscribers to the list, each with evidence of consent, as fast as the driver can; never commits.

SQLAlchemy would process every value of every row. Here the rows are built in the form that the driver takes, by the
rules of the column types. A person whom another transaction has just added stays as that transaction left them.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Integer, String, bindparam, case, exists, func, insert, literal, select

from subscribers.consent import Consent
from subscribers.imports.ledger import ConsentEvidence
from subscribers.imports.record import ImportRecord
from subscribers.imports.status import ImportedStatus
from subscribers.tables import Moment, consents, moments_for, subscribers

AT_ONCE = 100
"""How many rows go into one SQLite statement, with eight values each."""

MANY = 10_000
"""From this many new subscribers on, they are added in the order of the address index, not in that of the list."""


def highest_id(connection: Connection) -> int:
    """Return the highest subscriber id: every subscriber added later gets a higher one."""
    return int(connection.execute(select(func.coalesce(func.max(subscribers.c.id), 0))).scalar_one())


def add_people(connection: Connection, records: Sequence[ImportRecord], evidence: ConsentEvidence, before: int) -> int:
    """Add new subscribers to the list, whose `highest_id` was `before`; say how many. Existing ones do not change."""
    if not records:
        return 0
    if len(records) >= MANY:
        # In index order, each page of the index is written once, not again for every address that belongs there.
        records = sorted(records, key=attrgetter("address"))
    columns = _columns(records, evidence.at, moments_for(connection))
    if connection.dialect.name == "sqlite":
        _insert_many(connection, columns, len(records))
    else:
        connection.exec_driver_sql(_POSTGRESQL, tuple(map(list, columns)))
    own = [record for record in records if record.evidence] if any(map(attrgetter("evidence"), records)) else []
    left = _leave_own_evidence(connection, own, evidence, before) if own else 0
    return left + _leave_evidence(connection, before, evidence, bool(own))


def array_text(values: Sequence[str]) -> str:
    """Write a list of words as the database stores it."""
    return _array(tuple(values)) if values else "[]"


def _columns(records: Sequence[ImportRecord], at: datetime, moment: Callable[[datetime], Any]) -> list[Iterable[Any]]:
    said = dict(zip(ImportRecord._fields, zip(*records, strict=True), strict=True))
    now, joined = moment(at), said["joined_at"]
    return [
        *(said[name] for name in ("address", "first_name", "last_name", "language")),
        [*map(_array, said["tags"])],
        said["fields"],
        [*map(_CONSENT.__getitem__, said["status"])],
        [moment(each) if each else now for each in joined] if any(joined) else [now] * len(joined),
    ]


def _insert_many(connection: Connection, columns: Sequence[Iterable[Any]], rows: int) -> None:
    values = [*chain.from_iterable(zip(*columns, strict=True))]
    # SQLite has a cost for each statement: with 100 rows in one, writing takes half the time.
    whole = rows - rows % AT_ONCE
    for first, last, at_once in ((0, whole, AT_ONCE), (whole, rows, 1)):
        width = at_once * len(columns)
        given = [tuple(values[at : at + width]) for at in range(first * len(columns), last * len(columns), width)]
        if given:
            places = ", ".join([_VALUES] * at_once)
            connection.exec_driver_sql(f"{_INSERT} VALUES {places} ON CONFLICT DO NOTHING", given)


def _leave_own_evidence(
    connection: Connection, records: Sequence[ImportRecord], evidence: ConsentEvidence, before: int
) -> int:
    """Add the evidence that the list itself gives for new subscribers: one by one, because each has its own."""
    address = bindparam("address", type_=String)
    ours = (subscribers.c.address == address) & (subscribers.c.id > before)
    each = select(
        subscribers.c.id,
        subscribers.c.consent,
        bindparam("at", type_=Moment()),
        literal(evidence.source),
        bindparam("wording", type_=String),
        bindparam("network_address", type_=String),
        literal(evidence.import_id, Integer),
    ).where(ours)
    rows = [evidence_row(record, evidence) | {"address": record.address} for record in records]
    statement = insert(consents).from_select(_EVIDENCE, each).execution_options(preserve_rowcount=True)
    return connection.execute(statement, rows).rowcount


def evidence_row(record: ImportRecord, evidence: ConsentEvidence) -> dict[str, Any]:
    """Return time, network address and wording of a person's consent: from the list, or else from the import."""
    own = record.evidence
    yes = record.status in (None, ImportedStatus.CONFIRMED)
    return {
        "at": (own and own.at) or evidence.at,
        "wording": ((own and own.wording) or evidence.wording) if yes else "",
        "network_address": own.network_address if own else "",
    }


def _leave_evidence(connection: Connection, before: int, evidence: ConsentEvidence, some_have: bool) -> int:
    ours = subscribers.c.id > before
    if some_have or connection.dialect.name != "sqlite":
        # Only SQLite has a single writer. With another writer, our new subscribers are those without evidence so far.
        ours &= ~exists().where(consents.c.subscriber_id == subscribers.c.id)
    said_yes = subscribers.c.consent == Consent.CONFIRMED.value
    each = select(
        subscribers.c.id,
        subscribers.c.consent,
        literal(evidence.at, Moment()),
        literal(evidence.source),
        case((said_yes, evidence.wording), else_=""),
        literal(""),
        literal(evidence.import_id, Integer),
    ).where(ours)
    left = insert(consents).from_select(_EVIDENCE, each).execution_options(preserve_rowcount=True)
    return connection.execute(left).rowcount


_array = lru_cache(maxsize=4096)(json.dumps)


_CONSENT = {None: Consent.CONFIRMED.value} | {
    status: status.consent.value for status in ImportedStatus if status.consent is not None
}
_EVIDENCE = ["subscriber_id", "consent", "at", "source", "wording", "network_address", "import_id"]
_INSERT = "INSERT INTO subscribers (address, first_name, last_name, language, tags, fields, consent, joined_at)"
_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?)"
_ARRAYS = ", ".join(["%s::text[]"] * 7 + ["%s::timestamptz[]"])
_POSTGRESQL = (
    f"{_INSERT} SELECT a, b, c, d, e::jsonb, f::jsonb, g, h"  # noqa: S608  # the names above, and no value
    f" FROM unnest({_ARRAYS}) WITH ORDINALITY AS rows (a, b, c, d, e, f, g, h, number)"
    " ORDER BY number ON CONFLICT DO NOTHING"
)
