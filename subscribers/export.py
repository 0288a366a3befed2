"""The whole list, written out: as CSV that an import reads back unharmed, or as one JSON object a line.

In CSV, values that a spreadsheet would run carry a guard (see ``formula``). Rows are streamed, so memory stays small.
"""

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from sqlalchemy import Connection, RowMapping, select

from subscribers.audience import field_names
from subscribers.formula import guarded
from subscribers.tables import subscribers

_COLUMNS = ("address", "first_name", "last_name", "language", "tags", "consent", "joined_at", "fields")
_HEADER = ("email", "first_name", "last_name", "language", "tags", "consent", "joined_at")


def export_csv(connection: Connection, out: TextIO) -> int:
    """Write everybody as CSV, a column for each field anybody has; say how many they are."""
    fields = sorted(field_names(connection))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_HEADER, *fields])
    count = 0
    for row in _people(connection):
        values = [row["address"], row["first_name"], row["last_name"], row["language"], ";".join(row["tags"])]
        values += [row["consent"], row["joined_at"].isoformat()]
        values += [str(row["fields"].get(name, "")) for name in fields]
        writer.writerow([guarded(value) for value in values])
        count += 1
    return count


def export_json(connection: Connection, out: TextIO) -> int:
    """Write everybody as one JSON object a line; say how many they are."""
    count = 0
    for row in _people(connection):
        person: dict[str, Any] = dict(row) | {"joined_at": row["joined_at"].isoformat()}
        out.write(json.dumps({"email": person.pop("address"), **person}, ensure_ascii=False) + "\n")
        count += 1
    return count


def _people(connection: Connection) -> Iterator[RowMapping]:
    query = select(*(subscribers.c[name] for name in _COLUMNS)).order_by(subscribers.c.id)
    yield from connection.execute(query, execution_options={"yield_per": 1000}).mappings()
