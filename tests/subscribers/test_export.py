"""The whole list, written out and read back."""

import io
import json
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, insert, select, update

from newsletter.database.engine import reading, writing
from subscribers.export import export_csv, export_json, export_suppressions
from subscribers.formula import guarded, without_guard
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.imports.stops import import_suppressions
from subscribers.suppression import SuppressionReason
from subscribers.tables import declines, subscribers, suppressions
from subscribers.topics import choose
from tests.conftest import Cast, within
from tests.examples import examples

# What an import makes of a cell: no controls, no space around it, letters composed.
VALUES = st.text(st.sampled_from("ab'=+-@＝;,\"ŵ .\\"), max_size=8).map(str.strip)


@pytest.mark.thorough
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["'", "=", "+", "-", "'+", ""]), VALUES, VALUES), max_size=5))
def test_a_list_comes_back_as_it_went_out(engine: Engine, noon: datetime, people: list[tuple[str, str, str]]) -> None:
    columns = [column for column in subscribers.c if column.name not in ("id", "changed_at")]
    with engine.connect() as connection, connection.begin() as transaction:
        for number, (start, name, town) in enumerate(people):
            row = {
                "address": f"{start}p{number}@example.org",
                "first_name": name,
                "tags": [tag for tag in dict.fromkeys((start, "member")) if tag],
                "fields": {"town": town} if town else {},
                "consent": ("confirmed", "pending", "withdrawn")[number % 3],
                "joined_at": noon,
                "paused_until": (None, datetime(2031, 5, 6, 7, tzinfo=noon.tzinfo))[number % 2],
            }
            who = connection.execute(insert(subscribers).returning(subscribers.c.id), row).scalar_one()
            choose(connection, who, dict.fromkeys(("events", "a-b_c", "news")[: number % 4], False), noon)
        no = declined(connection)
        before = connection.execute(select(*columns).order_by(subscribers.c.address)).all()
        out = io.StringIO()
        assert export_csv(connection, out) == len(people)
        connection.execute(delete(subscribers))
        evidence = ConsentEvidence("", "import", datetime(2030, 1, 1, tzinfo=noon.tzinfo))
        report = import_subscribers(within(connection), io.BytesIO(out.getvalue().encode()), evidence)
        after = connection.execute(select(*columns).order_by(subscribers.c.address)).all()
        same = declined(connection) == no
        transaction.rollback()
    assert report.added == len(people)
    assert after == before
    assert same


def declined(connection: Connection) -> set[tuple[str, str]]:
    query = select(subscribers.c.address, declines.c.topic).join_from(declines, subscribers)
    return {(row[0], row[1]) for row in connection.execute(query)}


@given(st.text())
def test_a_guard_comes_off_as_it_went_on(value: str) -> None:
    assert without_guard(guarded(value)) == value
    assert guarded(value)[:1] not in set("=+-@\t\r\n＝＋－＠")


def test_an_export_as_json_has_one_person_a_line(engine: Engine, cast: Cast, noon: datetime) -> None:
    out = io.StringIO()
    with writing(engine) as connection:
        connection.execute(update(subscribers).values(paused_until=noon + timedelta(days=30)))
        choose(connection, cast.ada, {"news": False, "events": False}, noon)
    with reading(engine) as connection:
        assert export_json(connection, out) == 4
    people = [json.loads(line) for line in out.getvalue().splitlines()]
    assert people[0] == {
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "",
        "language": "",
        "tags": [],
        "consent": "confirmed",
        "joined_at": noon.isoformat(),
        "fields": {},
        "paused_until": (noon + timedelta(days=30)).isoformat(),
        "declined_topics": ["events", "news"],
        "suppressed": None,
    }
    assert people[1]["declined_topics"] == []
    assert [person["consent"] for person in people] == ["confirmed", "pending", "withdrawn", "confirmed"]


@pytest.mark.parametrize("tags", [['"x"', "y"], ["a:::b", "* c"], ["'=y", "x,y"], ['"', "@z"]])
def test_tags_that_look_like_another_programs_come_back(engine: Engine, noon: datetime, tags: list[str]) -> None:
    row = {"address": "ada@example.org", "tags": tags, "consent": "confirmed", "joined_at": noon}
    out = io.StringIO()
    with writing(engine) as connection:
        connection.execute(insert(subscribers), row)
        export_csv(connection, out)
        connection.execute(delete(subscribers))
        file = io.BytesIO(out.getvalue().encode())
        import_subscribers(within(connection), file, ConsentEvidence("", "import", noon))
        assert connection.scalars(select(subscribers.c.tags)).all() == [tags]


def test_a_field_with_the_name_of_another_programs_column_comes_back_as_a_field(engine: Engine, noon: datetime) -> None:
    fields = {"status": "lapsed", "labels": "a;b", "surname": "x", "unsub_time": "noon", "email_2": "y", "leid": "1"}
    row = {"address": "ada@example.org", "fields": fields, "consent": "confirmed", "joined_at": noon}
    out = io.StringIO()
    with writing(engine) as connection:
        connection.execute(insert(subscribers), row)
        export_csv(connection, out)
        connection.execute(delete(subscribers))
        file = io.BytesIO(out.getvalue().encode())
        report = import_subscribers(within(connection), file, ConsentEvidence("", "import", noon))
        back = connection.execute(select(subscribers)).one()
    assert report.rejected == 0
    assert (back.fields, back.consent, back.tags, back.last_name) == (fields, "confirmed", [], "")


def everybody(engine: Engine, as_json: bool) -> str:
    out = io.StringIO()
    with reading(engine) as connection:
        (export_json if as_json else export_csv)(connection, out)
    return out.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_an_export_that_is_imported_and_exported_again_is_the_same_with_every_no(
    engine: Engine, cast: Cast, noon: datetime, as_json: bool
) -> None:
    stops = [
        {"address": "never@example.org", "reason": "asked", "detail": "by letter, in Welsh", "at": noon},
        {"address": "cleo@example.org", "reason": "complained", "detail": "=1+1", "at": noon + timedelta(days=1)},
    ]
    with writing(engine) as connection:
        connection.execute(insert(suppressions), stops)
        connection.execute(update(subscribers).values(tags=["a,b", "c"], fields={"town": "Bala", "status": "lapsed"}))
    before = everybody(engine, as_json)
    out = io.StringIO()
    with writing(engine) as connection:
        export_suppressions(connection, out)
        for table in (subscribers, suppressions):
            connection.execute(delete(table))
    evidence = ConsentEvidence("yes", "import export", noon + timedelta(days=9))
    report = import_subscribers(partial(writing, engine), io.BytesIO(before.encode()), evidence)
    assert (report.program, report.rejected) == ("newsletter", 0)
    assert everybody(engine, as_json) == before
    with writing(engine) as connection:
        connection.execute(delete(suppressions))
    import_suppressions(
        partial(writing, engine), io.BytesIO(out.getvalue().encode()), evidence, SuppressionReason.ASKED
    )
    assert everybody(engine, as_json) == before
