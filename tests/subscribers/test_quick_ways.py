"""A list is taken by short cuts where nothing is out of the ordinary: they say and do what the long way would."""

import io
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from newsletter.database.engine import reading, writing
from subscribers import imports
from subscribers.imports import ConsentEvidence, Fate, Options, adding, import_subscribers, merging
from subscribers.imports.columns import ColumnReader
from subscribers.imports.forms import sheet
from subscribers.imports.forms.sheet import Block, Sheet
from subscribers.imports.header import read_header
from subscribers.imports.record import ImportRecord, RecordReader
from subscribers.tables import consents, subscribers, suppressions
from tests.conftest import NOON
from tests.examples import examples

EVIDENCE = ConsentEvidence("Yes, keep me up to date", "import people.csv", NOON)
HEADERS = ["email", "email,first_name,town", "email,tags,language,consent,town,street", "town,email,consent,joined_at"]
CELLS = st.sampled_from(
    ["", "ada@example.org", "BEN@example.org", " cleo@example.org ", "Ada", " Siân", "cleaned", "member;north", "cy",
     "Bala", "unsubscribed", "confirmed", "2024-05-06", "dot@example.org or eve@example.org", "x" * 201, "'=1",
     "Klingon", '"']
)  # fmt: skip
LISTS = st.tuples(st.sampled_from(HEADERS), st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=12))


def text_of(header: str, rows: list[list[str]]) -> str:
    return "\n".join([header, *(",".join(row) for row in rows), ""])


def blocks_of(header: str, rows: list[list[str]]) -> list[Block]:
    return [*Sheet(io.StringIO(text_of("", rows)[1:], newline="")).blocks(",")]


@pytest.mark.thorough
@examples(300)
@given(listed=LISTS)
@example(listed=("email,town", [["ada@example.org", "Bala"], ["ben@example.org", ""]]))
@example(listed=("email,town", [["ada@example.org", "Bala"], ["ben@example.org"]]))
@example(listed=("email,town", [["ada@example.org", "Bala", ""], ["ben@example.org", "Rhyl", ""]]))
@example(listed=("email,first_name", [["ada@example.org", "x" * 201]]))
@example(listed=("email,first_name", [["ada@example.org", " Siân "]]))
@example(listed=("email,tags", [["ada@example.org", "x" * 101]]))
@example(listed=("email,consent", [["ada@example.org", "perhaps"]]))
@pytest.mark.parametrize("tags", [(), ("everybody",)])
def test_column_by_column_a_block_says_what_it_says_row_by_row(
    listed: tuple[str, list[list[str]]], tags: tuple[str, ...]
) -> None:
    header = read_header(listed[0].split(","))
    for block in blocks_of(*listed):
        at_once = ColumnReader(header, tags).read(block)
        assert at_once is None or (at_once, []) == RecordReader(header, tags).read(block)


def test_a_plain_list_is_read_column_by_column() -> None:
    rows = [[f"P{number}@example.org", "Siân", "Bala"] for number in range(50)]
    (block,) = blocks_of("", rows)
    assert len(ColumnReader(read_header(["email", "first_name", "town"])).read(block) or ()) == 50


def outcome(engine: Engine, lists: list[str]) -> list[Any]:
    """Take lists one after the other by an empty database; give every fate, and what the list holds then."""
    with writing(engine) as connection:
        for table in (consents, subscribers, suppressions):
            connection.execute(delete(table))
    fates: list[Fate] = []
    for text in lists:
        options = Options(go_on=lambda brake: True, as_fields=["town", "street"])
        import_subscribers(
            partial(writing, engine), io.BytesIO(text.encode()), EVIDENCE, None, (), options, fates.extend
        )
    columns = [column for column in subscribers.c if column.name not in ("id", "changed_at")]
    told = [consents.c.consent, consents.c.source, consents.c.wording]
    with reading(engine) as connection:
        people = connection.execute(select(*columns).order_by(subscribers.c.address)).all()
        said = select(subscribers.c.address, *told).join(subscribers).order_by(subscribers.c.address, consents.c.id)
        kept = [column for column in suppressions.c if column.name != "import_id"]  # which counts on
        stops = connection.execute(select(*kept).order_by(suppressions.c.address)).all()
        return [*fates, *people, *connection.execute(said).all(), *stops]


@pytest.mark.thorough
@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(LISTS.map(lambda listed: text_of(*listed)), min_size=1, max_size=3))
@example(
    ["email,town\nada@example.org,Bala\nben@example.org,\n", "email,town\nada@example.org,Rhyl\neve@example.org,\n"]
)
@example(["email,town\nada@example.org,Bala\n", "email,town\nada@example.org,Rhyl\nada@example.org,Bala\n"])
@example(["email,town\nada@example.org,Bala\nada@example.org,Rhyl\n"])
@example(["email\nada@example.org\nben@example.org\nada@example.org\n"])
@example(["email,consent\nada@example.org,unsubscribed\n", "email\nada@example.org\n"])
@example(["email,consent\nada@example.org,cleaned\n", "email\nada@example.org\nben@example.org\n"])
@example(["email\nada@example.org\n", "email\nada@example.org\nada@example.org\n"])
@example(["email\nada@example.org\n", "email\nben@example.org\nada@example.org or ben@example.org\n"])
def test_the_short_cuts_through_a_batch_change_nothing(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, lists: list[str]
) -> None:
    for name, number in (("_LINES", 2), ("_STRIDE", 1)):
        monkeypatch.setattr(sheet, name, number)
    monkeypatch.setattr(imports, "BATCH", 2)
    quickly = outcome(engine, lists)
    with monkeypatch.context() as patch:
        patch.setattr(merging.Merger, "_all_new", property(lambda self: False, lambda self, value: None), raising=False)
        patch.setattr(merging._Batch, "_says_nothing_new", lambda self, entry: False)
        patch.setattr(ColumnReader, "read", lambda self, block: None)
        assert outcome(engine, lists) == quickly


def test_a_short_list_keeps_its_order_and_a_long_one_takes_that_of_its_addresses(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setattr(adding, "MANY", 3)
    with writing(engine) as connection:
        for names in (["b", "a"], ["z", "x", "y"]):
            newcomers = [ImportRecord(1, "", f"{name}@example.org") for name in names]
            adding.add_people(connection, newcomers, EVIDENCE, adding.highest_id(connection))
        found = connection.scalars(select(subscribers.c.address).order_by(subscribers.c.id)).all()
    assert [address[0] for address in found] == ["b", "a", "x", "y", "z"]
