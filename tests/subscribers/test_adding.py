"""New people reach the list quickly, one batch at a time, and look as if SQLAlchemy had written them."""

import io
import json
import weakref
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from newsletter.database.engine import writing
from subscribers import imports
from subscribers.imports import BATCH, Batch, import_subscribers
from subscribers.imports.adding import AT_ONCE, add_people, highest_id
from subscribers.imports.ledger import ConsentEvidence
from subscribers.imports.record import ImportRecord, object_text
from subscribers.tables import consents, subscribers
from tests.conftest import NOON

EVIDENCE = ConsentEvidence("yes", "import", NOON)


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=4))
def test_fields_are_written_as_json_would(fields: dict[str, str]) -> None:
    assert object_text(fields) == json.dumps(fields)


@pytest.mark.thorough
def test_a_row_is_what_sqlalchemy_would_have_written(engine: Engine) -> None:
    tags, fields = ("a", 'b"c'), {"town": "Tŷ Coch"}
    ours = ImportRecord(1, "", "a@example.org", "Siân", "O'Shea", "cy", tags, object_text(fields))
    with writing(engine) as connection:
        add_people(connection, [ours], EVIDENCE, 0)
        row = {"first_name": "Siân", "last_name": "O'Shea", "language": "cy", "tags": list(tags), "fields": fields}
        connection.execute(
            insert(subscribers), row | {"address": "b@example.org", "consent": "confirmed", "joined_at": NOON}
        )
        kinds = select(*(column for column in subscribers.c if column.name not in ("id", "address")))
        first, second = connection.execute(kinds).all()
        assert first == second
        raw = connection.exec_driver_sql("SELECT tags, fields, joined_at FROM subscribers ORDER BY id").all()
        assert raw[0] == raw[1]


def test_many_come_in_their_order_each_with_evidence_and_nobody_twice(engine: Engine) -> None:
    people = [ImportRecord(n, "", f"p{n}@example.org") for n in range(2 * AT_ONCE + 3)]
    with writing(engine) as connection:
        connection.execute(
            insert(subscribers), {"address": "p5@example.org", "consent": "withdrawn", "joined_at": NOON}
        )
        added = add_people(connection, people, EVIDENCE, highest_id(connection))
        addresses = connection.scalars(select(subscribers.c.address).order_by(subscribers.c.id)).all()
        told = connection.scalars(select(consents.c.subscriber_id)).all()
        stays = connection.scalar(select(subscribers.c.consent).where(subscribers.c.address == "p5@example.org"))
    assert addresses[1:] == [each.address for each in people if each.address != "p5@example.org"]
    assert len(told) == len(set(told)) == len(people) - 1 == added
    assert stays == "withdrawn"


class _Records(list[ImportRecord]):
    """A list that says when it is gone."""


@pytest.mark.thorough
def test_one_batch_is_gone_before_the_next_is_read(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    read = imports.batches
    held: list[bool] = []

    def watched(*given: Any) -> Iterator[Batch]:
        for batch in read(*given):
            records = _Records(batch.records)
            there = weakref.ref(records)
            batch = Batch(records, batch.refused)
            del records
            yield batch
            del batch
            held.append(there() is not None)

    monkeypatch.setattr(imports, "batches", watched)
    content = b"email,town\n" + b"".join(b"p%d@example.org,Bala\n" % number for number in range(2 * BATCH + 5))
    report = import_subscribers(partial(writing, engine), io.BytesIO(content), EVIDENCE)
    assert report.added == 2 * BATCH + 5
    assert len(held) > 1
    assert not any(held)
