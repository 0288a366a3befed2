"""The text of a CSV becomes records: many lines at once say what one by one they would."""

import io

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from subscribers.imports.forms import sheet
from subscribers.imports.forms.sheet import Sheet
from subscribers.imports.record import clean_cell
from tests.examples import examples

PIECES = st.sampled_from(
    ["a", "b@example.org", '"', '""', ",", ";", "\t", "'", " ", "\n", "\r\n", "\r", "\0", "ŵ", "\u0302"]
)


def records(text: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], dict[int, str]]:
    found: list[tuple[int, list[str]]] = []
    faults: dict[int, str] = {}
    for block in Sheet(io.StringIO(text, newline="")).blocks(delimiter):
        found += zip(block.lines, block.cells, strict=True)
        faults |= block.faults
    return found, faults


@examples(400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(sheet.DELIMITERS))
@example('a,"b"c"\nd,e\n', ",")
@example('a"b,"c\nd\n', ",")
def test_lines_at_once_are_read_as_they_are_one_by_one(
    monkeypatch: pytest.MonkeyPatch, text: str, delimiter: str
) -> None:
    at_once = records(text, delimiter)
    with monkeypatch.context() as patch:
        patch.setattr(sheet, "_at_once", lambda texts, first, delimiter: None)
        assert records(text, delimiter) == at_once


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n,"), max_size=30))
def test_what_is_called_plain_needs_no_cleaning(cell: str) -> None:
    for block in Sheet(io.StringIO(f"{cell},x\n", newline="")).blocks(","):
        if block.is_plain():
            assert [clean_cell(each) for each in block.cells[0]] == [each.strip() for each in block.cells[0]]


def test_a_quotation_mark_open_for_long_does_not_stop_the_reader() -> None:
    text = 'a,"b\n' + "x,y\n" * 60_000
    found, faults = records(text, ",")
    assert (len(found), list(faults)) == (60_000, [1])


def test_nor_does_one_that_only_seems_to_be_closed() -> None:
    found, faults = records('a"b,"c\n' + f"{'x' * 200},y\n" * 1000, ",")
    assert (len(found), faults) == (1001, {})
