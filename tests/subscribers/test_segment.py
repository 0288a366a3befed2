"""Segments: what an expression means, how it is written down, and where it is wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Engine, insert, literal, select

from newsletter.database.engine import reading, writing
from subscribers import saved
from subscribers.errors import BadSegment, BadSegmentName, UnknownSegment
from subscribers.segment import Either, Not, Test, Tree, condition, parse
from subscribers.tables import subscribers

Members = Callable[[str], str]


@pytest.fixture
def members(engine: Engine) -> Members:
    """Say who of six people an expression finds; issue 3 was accepted for Ada."""
    people = [
        ("ada", "cy", ["volunteer", "a b"], {"town": "Cardiff"}, "2025-12-31T23:59:59"),
        ("ben", "en", ["volunteer"], {"town": "Bangor"}, "2026-01-01T00:00:00"),
        ("cleo", "CY-gb", [], {}, "2026-01-01T23:59:59"),
        ("dot", "", ["Volunteer"], {"town": "cardiff"}, "2026-01-02T00:00:00"),
        ("eve", "cyx", ["x%"], {"town": "%"}, "2026-02-01T00:00:00"),
        ("fay", "en-GB", ["100%"], {"town": '"; --'}, "2026-02-01T00:00:00"),
    ]
    with writing(engine) as connection:
        for name, language, tags, fields, joined in people:
            row = {"address": f"{name}@example.org", "language": language, "tags": tags, "fields": fields}
            at = datetime.fromisoformat(joined).replace(tzinfo=UTC)
            connection.execute(insert(subscribers), row | {"consent": "confirmed", "joined_at": at})

    def received(number: int) -> ColumnElement[bool]:
        return (subscribers.c.address == "ada@example.org") & (literal(number) == 3)

    def bounced(number: int | None) -> ColumnElement[bool]:
        names = {3: ["ben"], None: ["ben", "cleo"]}.get(number, [])
        return subscribers.c.address.in_([f"{name}@example.org" for name in names])

    def found(expression: str) -> str:
        with reading(engine) as connection:
            there = condition(parse(expression), connection.dialect.name, received, bounced)
            rows = connection.scalars(select(subscribers.c.address).where(there).order_by(subscribers.c.id))
            return " ".join(address.partition("@")[0] for address in rows)

    return found


@pytest.mark.parametrize(
    ("expression", "who"),
    [
        ("tag:volunteer", "ada ben dot"),
        ("tag:VOLUNTEER", "ada ben dot"),
        ("has:town", "ada ben dot eve fay"),
        ("not has:town", "cleo"),
        ("(has:town)", "ada ben dot eve fay"),
        ("domain:example.org", "ada ben cleo dot eve fay"),
        ("domain:@EXAMPLE.org", "ada ben cleo dot eve fay"),
        ("domain:ample.org", ""),
        ("domain:e_ample.org", ""),
        ("bounced:3", "ben"),
        ("bounced:any", "ben cleo"),
        ("bounced:4", ""),
        ('tag:"a b"', "ada"),
        ("tag:x%", "eve"),
        ("tag:%", ""),
        ("tag:_", ""),
        ("language:cy", "ada cleo"),
        ("language:CY", "ada cleo"),
        ("language:en-gb", "fay"),
        ("language:%", ""),
        ("field:town=Cardiff", "ada"),
        ("field:town=%", "eve"),
        ('field:town="\\"; --"', "fay"),
        ("field:nothing=x", ""),
        ("not field:town=Cardiff", "ben cleo dot eve fay"),
        ("joined:2026-01-01", "ben cleo"),
        ("joined:=2026-01-01", "ben cleo"),
        ("joined:>2026-01-01", "dot eve fay"),
        ("joined:>=2026-01-01", "ben cleo dot eve fay"),
        ("joined:<2026-01-01", "ada"),
        ("joined:<=2026-01-01", "ada ben cleo"),
        ("received:3", "ada"),
        ("not received:3", "ben cleo dot eve fay"),
        ("received:4", ""),
        ("tag:volunteer and language:cy and not (field:town=Bangor or received:3)", ""),
        ("tag:volunteer and not received:3", "ben dot"),
        ("received:3 or tag:volunteer and language:en", "ada ben"),
        ("(received:3 or tag:volunteer) and language:en", "ben"),
        ("not not tag:volunteer", "ada ben dot"),
        ("not tag:volunteer or received:3", "ada cleo eve fay"),
    ],
)
def test_an_expression_finds_whom_it_says(members: Members, expression: str, who: str) -> None:
    assert members(expression) == who
    assert members(str(parse(expression))) == who


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("", 1),
        ("   ", 4),
        ("volunteer", 1),
        ("tag:", 5),
        ("tag:a tag:b", 7),
        ("tag:a and", 10),
        ("tag:a or or tag:b", 10),
        ("(tag:a", 7),
        ("tag:a)", 6),
        ("not", 4),
        ("andtag:a", 1),
        ("opened:3", 1),
        ("tag:a and opened:3", 11),
        ("received:x", 10),
        ("bounced:x", 9),
        ("domain:example", 8),
        ("domain:a@b@example.org", 8),
        ("has:Town", 5),
        ("received:-1", 10),
        ("received:1234567890", 10),
        ("joined:>yesterday", 9),
        ("joined:2026-02-30", 8),
        ("joined:>>2026-01-01", 9),
        ("field:town", 7),
        ("field:Town=x", 7),
        ('field:"a"=x', 7),
        ("field:=x", 7),
        ("field:a=", 9),
        ('tag:"open', 5),
        ('tag:""', 5),
        ("tag:a\0", 5),
        ("(" * 41 + "tag:a" + ")" * 41, 42),
        ("tag:a and " * 300, 2001),
    ],
)
def test_a_mistake_is_pointed_at(expression: str, column: int) -> None:
    with pytest.raises(BadSegment) as error:
        parse(expression)
    assert error.value.particulars["column"] == column, str(error.value)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=8)
TESTS = st.one_of(
    st.builds(Test, st.sampled_from(["tag", "language"]), WORDS.filter(lambda word: word.isprintable())),
    st.builds(Test, st.just("field"), WORDS, st.just(""), st.from_regex(r"[a-z0-9_]{1,9}", fullmatch=True)),
    st.builds(Test, st.just("received"), st.integers(0, 999).map(str)),
    st.builds(
        Test, st.just("joined"), st.dates(date(1950, 1, 1), date(2150, 1, 1)).map(str), st.sampled_from(["", ">", "<="])
    ),
)


def _grown(smaller: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(smaller, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, smaller) | st.builds(Either, st.sampled_from(["and", "or"]), several)


@given(st.recursive(TESTS, _grown, max_leaves=8))
def test_what_is_written_down_is_read_back_as_it_was(tree: Tree) -> None:
    assert parse(str(tree)) == tree


@given(st.text(alphabet='tagnoxrd:()"\\ =<>12-', max_size=30))
def test_any_text_is_an_expression_or_a_mistake_that_can_be_pointed_at(text: str) -> None:
    try:
        tree = parse(text)
    except BadSegment as error:
        column = error.particulars["column"]
        assert isinstance(column, int)
        assert 1 <= column <= len(text) + 1
    else:
        assert parse(str(tree)) == tree


def test_segments_are_kept_under_their_names(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection:
        assert saved.save(connection, "welsh", parse("language:cy"), noon)
        assert not saved.save(connection, "welsh", parse("( language:cy )  or tag:cy"), noon)
        saved.save(connection, "all-2", parse("not tag:x"), noon)
        assert [(each.name, str(each.tree)) for each in saved.every(connection)] == [
            ("all-2", "not tag:x"),
            ("welsh", "language:cy or tag:cy"),
        ]
        assert str(saved.find(connection, "welsh")) == "language:cy or tag:cy"
        assert str(saved.find(connection, " tag:x ")) == "tag:x"
        saved.remove(connection, "welsh")
        with pytest.raises(UnknownSegment, match="welsh"):
            saved.find(connection, "welsh")
        with pytest.raises(UnknownSegment):
            saved.remove(connection, "welsh")
        for name in ("Welsh", "tag:x", "", "a b", "x" * 65):
            with pytest.raises(BadSegmentName):
                saved.save(connection, name, parse("tag:x"), noon)
