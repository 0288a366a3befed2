"""S22: any text in a segment, an address or a field is a value, and reaches the database as a bound parameter."""

import io
from datetime import datetime

import pytest
from sqlalchemy import Engine, false, func, select, update

from newsletter.database.engine import reading, writing
from newsletter.people.person import everything
from subscribers import saved
from subscribers.erasure import Memory
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.segment import Test, condition
from subscribers.tables import subscribers
from tests.conftest import Cast, within

PAYLOADS = [
    "' OR '1'='1",
    "'; DROP TABLE subscribers; --",
    '" OR ""="',
    "%",
    "_",
    "x' UNION SELECT address FROM subscribers --",
    "\\",
    "$.town",
    '"."',
    "') OR 1=1 --",
    "{}",
    ":1",
    "%s",
    "%(x)s",
    "[0]",
]


@pytest.mark.parametrize("what", ["tag", "language", "field", "name"])
def test_no_value_of_a_segment_is_read_as_sql(engine: Engine, cast: Cast, what: str) -> None:
    with writing(engine) as connection:
        there = {"tags": ["x", "volunteer"], "fields": {"town": "Cardiff"}, "language": "cy"}
        connection.execute(update(subscribers).values(there))
    for payload in PAYLOADS:
        test = Test("field", "x", name=payload) if what == "name" else Test(what, payload, name="town")
        with writing(engine) as connection:
            where = condition(test, connection.dialect.name, lambda number: false())
            assert connection.scalars(select(subscribers.c.id).where(where)).all() == [], payload
            assert connection.scalar(select(func.count()).select_from(subscribers)) == 4, payload
            sql = str(where.compile(dialect=engine.dialect))
        assert payload not in sql or len(payload) <= 3


def test_a_payload_in_a_list_comes_back_as_it_was(engine: Engine, noon: datetime) -> None:
    for number, payload in enumerate(PAYLOADS):
        quoted = payload.replace('"', '""')
        row = f'p{number}@example.org,"{quoted}","{quoted}",en'
        file = io.BytesIO(f"email,tags,town,language\n{row}\n".encode())
        with writing(engine) as connection:
            import_subscribers(within(connection), file, ConsentEvidence("yes", "x", noon))
            newest = select(subscribers.c.id, subscribers.c.tags).order_by(subscribers.c.id.desc())
            person, tags = connection.execute(newest).first() or (0, [])
            for test in (Test("tag", next(iter(tags))), Test("field", payload, name="town")):
                where = condition(test, connection.dialect.name, lambda number: false())
                assert connection.scalars(select(subscribers.c.id).where(where)).all() == [person], payload
        with reading(engine) as connection:
            assert everything(connection, payload, Memory(()))["subscriber"] is None, payload


def test_a_saved_segment_is_read_back_with_its_payload(engine: Engine, noon: datetime) -> None:
    for payload in PAYLOADS:
        with writing(engine) as connection:
            saved.save(connection, "hostile", Test("tag", payload), noon)
            assert saved.find(connection, "hostile") == Test("tag", payload)
