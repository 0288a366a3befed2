"""Write the list as CSV that an import reads back unchanged, or as one JSON object a line; or all about one person.

In CSV, values that a spreadsheet would run as a formula get a guard (see ``formula``). Rows are streamed, so memory
stays small.
"""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, exists, func, or_, select

from subscribers import suppression
from subscribers.audience import field_names
from subscribers.formula import guarded
from subscribers.tables import (
    changes,
    consents,
    declines,
    import_changes,
    is_number,
    moves,
    requests,
    subscribers,
    suppressions,
    unsubscribe_reasons,
)

_COLUMNS = ("address", "first_name", "last_name", "language", "tags", "consent", "joined_at", "fields", "paused_until")
_HEADER = (
    "email", "first_name", "last_name", "language", "tags", "consent", "joined_at", "paused_until", "declined_topics",
    "suppressed", "suppressed_at", "suppressed_detail",
)  # fmt: skip
SUPPRESSIONS = ("address", "reason", "detail", "at")
"""What the list of suppressions says of each address; also the header of its CSV."""


def export_csv(connection: Connection, out: TextIO, among: ColumnElement[bool] | None = None) -> int:
    """Write all subscribers, or those `among` them, as CSV with a column per field; say how many subscribers."""
    fields = sorted(field_names(connection))
    writer = csv.writer(out, lineterminator="\n")
    # An import would read a field named like one of our columns as that column.
    writer.writerow([*_HEADER, *(f"{name}_field" if name in _HEADER else name for name in fields)])
    count = 0
    for row in _people(connection, among):
        values = [row["address"], row["first_name"], row["last_name"], row["language"], _tags(row["tags"])]
        values += [row["consent"], row["joined_at"].isoformat(), _moment(row["paused_until"]) or ""]
        values.append(";".join(_topics(row["declined_topics"])))
        values += [row["suppressed"] or "", _moment(row["suppressed_at"]) or "", row["suppressed_detail"] or ""]
        values += [str(row["fields"].get(name, "")) for name in fields]
        writer.writerow([guarded(value) for value in values])
        count += 1
    for stop in _not_on_the_list(connection) if among is None else ():
        plain = [stop["address"], *[""] * 8, stop["reason"], stop["at"].isoformat(), stop["detail"]]
        writer.writerow([guarded(value) for value in [*plain, *[""] * len(fields)]])
    return count


def export_suppressions(connection: Connection, out: TextIO) -> int:
    """Write every suppressed address as CSV that `suppress import` reads back; say how many."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SUPPRESSIONS)
    count = 0
    for row in suppression.each(connection):
        writer.writerow([guarded(row["address"]), row["reason"], guarded(row["detail"]), row["at"].isoformat()])
        count += 1
    return count


def export_json(connection: Connection, out: TextIO, among: ColumnElement[bool] | None = None) -> int:
    """Write all subscribers, or those `among` them, as one JSON object a line; say how many."""
    count = 0
    for row in _people(connection, among):
        person: dict[str, Any] = dict(row) | {name: _moment(row[name]) for name in ("joined_at", "paused_until")}
        person["declined_topics"] = _topics(row["declined_topics"])
        why, at, detail = (person.pop(name) for name in ("suppressed", "suppressed_at", "suppressed_detail"))
        person["suppressed"] = {"reason": why, "at": _moment(at), "detail": detail} if why else None
        out.write(json.dumps({"email": person.pop("address"), **person}, ensure_ascii=False) + "\n")
        count += 1
    for stop in _not_on_the_list(connection) if among is None else ():
        said = {"reason": stop["reason"], "at": stop["at"].isoformat(), "detail": stop["detail"]}
        nothing = dict.fromkeys(("first_name", "last_name", "language", "tags", "consent", "joined_at"))
        out.write(json.dumps({"email": stop["address"], **nothing, "suppressed": said}, ensure_ascii=False) + "\n")
    return count


def person(connection: Connection, address: str) -> dict[str, Any]:
    """Return everything the list holds about a normalised address; empty lists and None: it holds nothing."""
    row = connection.execute(select(subscribers).where(subscribers.c.address == address)).mappings().first()
    number = row["id"] if row else None
    asked = or_(requests.c.address == address, is_number(requests.c.subscriber_id, number))
    changed = or_(import_changes.c.address == address, is_number(import_changes.c.subscriber_id, number))
    return {
        "email": address,
        "subscriber": _without(row, "id", "address") if row else None,
        "consents": _rows(connection, consents, is_number(consents.c.subscriber_id, number)),
        "declines": _rows(connection, declines, is_number(declines.c.subscriber_id, number)),
        "partings": _rows(connection, unsubscribe_reasons, is_number(unsubscribe_reasons.c.subscriber_id, number)),
        "changes": _rows(connection, changes, is_number(changes.c.subscriber_id, number)),
        "moves": _rows(
            connection, moves, or_(moves.c.old_address == address, is_number(moves.c.subscriber_id, number))
        ),
        "suppressions": _rows(connection, suppressions, suppressions.c.address == address),
        "requests": _rows(connection, requests, asked),
        "import_changes": _rows(connection, import_changes, changed),
    }


def _rows(connection: Connection, table: Table, theirs: ColumnElement[bool]) -> list[dict[str, Any]]:
    found = connection.execute(select(table).where(theirs).order_by(table.c.get("at", table.c.get("id")))).mappings()
    return [_without(row, "id", "subscriber_id") for row in found]


def _without(row: RowMapping, *names: str) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name not in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in plain.items()}


def _tags(tags: list[str]) -> str:
    text = ";".join(tags)
    # An import reads a first quotation mark as Mailchimp's tags, and ::: as Google's, but not after a semicolon.
    return f";{text}" if text[:1] == '"' or ":::" in text else text


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _topics(joined: str | None) -> list[str]:
    return sorted(joined.split(";")) if joined else []


def _people(connection: Connection, among: ColumnElement[bool] | None) -> Iterator[RowMapping]:
    theirs = declines.c.subscriber_id == subscribers.c.id
    declined = select(func.aggregate_strings(declines.c.topic, ";")).where(theirs).scalar_subquery()
    stop = suppressions.c
    columns = (
        *(subscribers.c[name] for name in _COLUMNS),
        declined.label("declined_topics"),
        stop.reason.label("suppressed"),
        stop.at.label("suppressed_at"),
        stop.detail.label("suppressed_detail"),
    )
    both = subscribers.outerjoin(suppressions, stop.address == subscribers.c.address)
    query = select(*columns).select_from(both).order_by(subscribers.c.id)
    query = query if among is None else query.where(among)
    yield from connection.execute(query, execution_options={"yield_per": 1000}).mappings()


def _not_on_the_list(connection: Connection) -> Iterator[RowMapping]:
    """Yield the suppressions of addresses that are not on the list: without them, an export would lose their no."""
    on_it = exists().where(subscribers.c.address == suppressions.c.address)
    query = select(suppressions).where(~on_it).order_by(suppressions.c.address)
    yield from connection.execute(query, execution_options={"yield_per": 1000}).mappings()
