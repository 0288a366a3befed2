"""S32: asking about an unknown person shows nothing of other people, and erasing that person changes nothing of theirs.

Every table has rows of other people, with and without a subscriber number: an unknown person has none, and SQLAlchemy
turns `column == None` into IS NULL, which would match rows without a number.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Engine, Float, Integer, Table, insert, select, text

from newsletter.database.engine import reading, writing
from newsletter.database.tables import deliveries, events, exclusions, issues, lineage
from newsletter.database.tables import metadata as send_log
from newsletter.people.erasure import erase
from subscribers.erasure import Memory
from subscribers.tables import Moment, erasures, requests, subscribers
from subscribers.tables import metadata as people
from tests.conftest import Cast
from tests.journeys.conftest import SETTINGS as ORGANISER
from tests.journeys.conftest import Organiser
from tests.newsletter.test_nothing_unshown import OF_NOBODY
from tests.starter import Starter

TABLES = [*people.sorted_tables, *send_log.sorted_tables]
WORDS: dict[str, Any] = {
    "consent": "confirmed",
    "state": "refused",
    "kind": "bounce",
    "standing": "open",
    "asked": "subscribe",
    "subscribers.language": "en",
    "requests.language": "en",
    "deliveries.language": "en",
    "events.reason": "FULL",
    "events.status": "5.2.2",
    "attempts.stage": "rcpt",
    "exclusions.reason": "paused",
    "suppressions.reason": "bounced",
    "partings.reason": "elsewhere",
    "declines.topic": "events",
    "requests.topics": {},
}
"""Values for columns that cannot hold a person's own words. Any other column, also a new one, is filled with them."""
NAMES_A_PERSON = re.compile(r"(?<!changed_)address|mailbox|recipient|person|subscriber|delivery")
"""Matches the names of columns that name a person, by number or by address; not of those that count changes of it."""


def about_people() -> set[str]:
    """Return the tables with rows about one person each: a column names the person, or a key leads to a row that does.

    The others are about the organiser's work: issues, topics, imported files, processes that send; and
    `erasures`, which keeps only a keyed hash of a person.
    """
    found: set[str] = set()
    for table in TABLES:  # each after those it refers to
        leads = any(key.column.table.name in found for key in table.foreign_keys)
        if leads or table is subscribers or any(NAMES_A_PERSON.search(column.name) for column in table.columns):
            found.add(table.name)
    return found


THEIRS = about_people()


def filled(table: Table, number: int, name: str, at: datetime) -> dict[str, Any]:
    """Make a row about the person `name` with the number `number`; every column that can holds their own words."""
    return {column.name: _value(table, column, number, name, at) for column in table.columns}


def _value(table: Table, column: "Column[Any]", number: int, name: str, at: datetime) -> Any:
    known = {"issue_id": 1, "delivery_id": number, "digest": f"{name}{number}", "address": f"{name}@example.org"}
    known |= {"import_id": number % 100, "day": f"day {number}"}
    fixed = {**known, **{key: value for key, value in WORDS.items() if "." not in key}}
    fixed |= {key.partition(".")[2]: value for key, value in WORDS.items() if key.startswith(f"{table.name}.")}
    if column.primary_key and len(table.primary_key) == 1 and column.name == "issue_id":
        return number  # a row about an issue, of which there is one
    if column.name in fixed:
        return fixed[column.name]
    match column.type:
        case Moment():
            return at
        case Boolean():
            return False
        case Integer() | Float():
            return number
        case kind:
            words = f"{name} says {column.name}"
            if (getattr(kind, "length", None) or 100) < len(name):
                return str(number)  # as the two people's rows would be the same
            return words[: getattr(kind, "length", None) or 100] if hasattr(kind, "length") else {name: words}


def named_one_way_only(table: Table, number: int, name: str, at: datetime) -> Iterator[dict[str, Any]]:
    """For a table with both columns, make a row that names the person only by number, and one only by address."""
    if not {"subscriber_id", "address"} <= {column.name for column in table.columns}:
        return
    by_number = {"subscriber_id": number, "address": f"{name}.{table.name}@example.org"}
    yield filled(table, 100 + number, name, at) | by_number
    if table.c.subscriber_id.nullable:
        yield filled(table, 200 + number, name, at) | {"subscriber_id": None}


@pytest.fixture
def crowd(engine: Engine, cast: Cast, real_mail: Callable[[], EmailMessage], noon: datetime) -> None:
    """Make issue 1, two people with rows in every table, and two strangers who only sent the form."""
    real_mail()  # which freezes it
    with writing(engine) as connection:
        connection.execute(events.delete())
        connection.execute(deliveries.delete())
        connection.execute(subscribers.delete())
        for number, name in ((11, "zenobia"), (12, "rhodri")):
            for table in TABLES:
                # Issue 1 and the database are real, and only an erasure makes an erasure.
                if table not in (issues, lineage, erasures):
                    words_of = name if table.name in THEIRS else f"organiser{number}"
                    connection.execute(insert(table), filled(table, number, words_of, noon))
            for table in TABLES:
                for row in named_one_way_only(table, number, name, noon):
                    connection.execute(insert(table), row)
        for number, name in ((21, "stranger"), (22, "other")):
            row = filled(requests, number, name, noon) | {"subscriber_id": None}
            connection.execute(insert(requests), row)


def everything(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(f"{table.name}: {tuple(row)}" for table in TABLES for row in connection.execute(select(table)))


def test_every_table_about_people_is_filled_and_the_others_are_the_organisers(crowd: None, engine: Engine) -> None:
    held = [line for line in everything(engine) if "zenobia" in line or ", 11" in line or "(11" in line]
    assert {line.partition(":")[0] for line in held} >= THEIRS
    assert {table.name for table in TABLES} - THEIRS == OF_NOBODY | {"erasures"}, (
        "a table that names nobody: is that so?"
    )


def test_an_erased_person_is_in_no_column_of_any_table_and_everybody_else_in_all(
    crowd: None, engine: Engine, noon: datetime
) -> None:
    before = everything(engine)
    erase(engine, "Zenobia@example.org", Memory(["a key of the tests, long enough"]), noon)
    after = everything(engine)
    assert [line for line in after if "zenobia" in line] == []
    with reading(engine) as connection:
        for table in (deliveries, exclusions):
            assert connection.execute(select(table).filter_by(subscriber_id=11)).all() == []
    for name in ("rhodri", "stranger", "other", "organiser"):
        assert [line for line in after if name in line] == [line for line in before if name in line]


def test_to_erase_somebody_unknown_changes_nothing_of_anybody(crowd: None, engine: Engine, noon: datetime) -> None:
    before = everything(engine)
    done = erase(engine, "nobody@example.org", Memory(["a key of the tests, long enough"]), noon)
    assert (done.rows, done.deliveries) == (0, 0)
    assert [line for line in everything(engine) if not line.startswith("erasures")] == before


def test_whoever_is_referred_to_goes_with_what_refers_to_them() -> None:
    for table in people.sorted_tables:
        for key in table.foreign_keys:
            assert key.ondelete == "CASCADE", f"{table.name}.{key.parent.name} keeps rows of who was erased"


@pytest.mark.parametrize("words", [("why",), ("subscribers", "show"), ("subscribers", "export", "--address")])
def test_no_command_tells_a_stranger_of_others(
    words: tuple[str, ...], crowd: None, database_url: str, tmp_path: Path, starter: Starter, engine: Engine
) -> None:
    organiser = Organiser(tmp_path, starter, ORGANISER | {"DATABASE_URL": database_url})
    assert organiser.types("subscribers", "erase", "rhodri@example.org", "--yes").code in (0, 75)
    empty = ("subscriber", "consents", "declines", "partings", "suppressions", "requests", "issues")
    as_json = () if words[-1] == "--address" else ("--json",)
    for address in ("nobody@example.org", " Nobody@EXAMPLE.org ", "rhodri@example.org", "none@example.org"):
        told = organiser.types(*words, address, *as_json)
        held = json.loads(told.out)
        assert not any(held[name] for name in empty), held
        assert held["erased"] is address.startswith("rhodri")
        assert not [name for name in ("zenobia", "stranger", "other@") if name in told.out + told.err]
    ours = json.loads(organiser.types(*words, "ZENOBIA@example.org", *as_json).out)
    assert all(ours[name] for name in empty if name != "issues")
    assert "stranger" not in json.dumps(ours)
    for nothing in ("", "  ", "@", "None", "NULL", "%"):
        told = organiser.types(*words, nothing)
        assert (told.code, told.out, len(told.errors)) == (1, "", 1)


def test_an_option_that_is_empty_does_not_mean_everybody(
    crowd: None, database_url: str, tmp_path: Path, starter: Starter, engine: Engine
) -> None:
    organiser = Organiser(tmp_path, starter, ORGANISER | {"DATABASE_URL": database_url})
    organiser.writes("post.md", "---\ntitle: News\n---\n\nYes.\n")
    for words in (
        ("subscribers", "export", "--segment", ""),
        ("subscribers", "list", "--segment", ""),
        ("subscribers", "tag", "x", "--segment", ""),
        ("send", "post.md", "--dry-run", "--segment", ""),
        ("bounces", "list", "--address", ""),
        ("log", "1", "--address", ""),
        ("preview", "post.md", "--as", ""),
    ):
        told = organiser.types(*words)
        assert told.code in (1, 2), words
        assert "zenobia" not in told.out
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM issues")).scalar() == 1
