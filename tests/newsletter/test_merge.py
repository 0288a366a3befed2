"""Merge tags: a gap is filled with a value, and a value is never looked at again."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import UnknownMergeTag
from newsletter.merge import MergeTag, fill, open_gaps, seal, split

WORDS = st.text(st.characters(exclude_characters="{}|\ue000\ue001", exclude_categories=["Cs"]), max_size=30)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.sampled_from(["first_name", "last_name", "email", "unsubscribe_url", "town"])


@given(WORDS, NAMES, WORDS, WORDS)
def test_what_is_written_comes_back_as_words_and_gaps(before: str, name: str, fallback: str, after: str) -> None:
    pieces = split(open_gaps(f"{before}{{{{{name}|{fallback}}}}}{after}", ["town"]))
    assert pieces == [piece for piece in (before, MergeTag(name, fallback.strip()), after) if piece != ""]


@given(ANYTHING)
def test_what_a_person_is_called_is_never_read_as_a_tag(value: str) -> None:
    opened = open_gaps("Dear {{first_name|friend}} of {{town}}", ["town"])
    hostile = f"{{{{email}}}}\ue000email\ue001{value}"
    values = {"first_name": hostile, "town": "Cardiff", "email": "secret@example.org"}
    assert fill(opened, values) == f"Dear {hostile} of Cardiff"
    assert fill(opened, {"first_name": "<b>", "town": "&"}, escape) == "Dear &lt;b&gt; of &amp;"


@given(ANYTHING)
def test_nothing_an_author_writes_can_look_like_a_gap(written: str) -> None:
    assert split(seal(f"\ue000email\ue001{written}")) == [f"email{seal(written)}"]


def test_an_empty_value_leaves_the_fallback_and_no_fallback_leaves_nothing() -> None:
    opened = open_gaps("Dear {{ first_name | friend }}{{last_name}}!", [])
    assert fill(opened, {"first_name": "", "last_name": ""}) == "Dear friend!"
    assert fill(opened, {"first_name": "Ada", "last_name": " Lloyd"}) == "Dear Ada Lloyd!"


def test_a_tag_nobody_could_fill_is_refused_and_other_braces_stay() -> None:
    with pytest.raises(UnknownMergeTag, match=r"nickname.*first_name"):
        open_gaps("Dear {{nickname}}", ["town"])
    for literal in ("{% if a %}", "{{ 1 + 1 }}", "{{}}", "{first_name}", "{{first-name}}"):
        assert open_gaps(literal, []) == literal
