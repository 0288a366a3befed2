"""The mutations: each can be tried, each is listed in the README, and each is red."""

import pytest

from tests.mutations import CHECKOUT, MUTATIONS, Mutation, places, tried


def test_each_mutation_can_be_tried_and_is_listed() -> None:
    listed = (CHECKOUT / "tests" / "README.md").read_text(encoding="utf-8")
    assert [each.sentence for each in MUTATIONS if len(places(CHECKOUT, each.text)) != 1] == [], "write it anew"
    assert [each.sentence for each in MUTATIONS if f"- {each.sentence}." not in listed] == []


@pytest.mark.nightly
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.sentence)
def test_a_defence_that_is_taken_out_is_missed(mutation: Mutation) -> None:
    assert tried(mutation) == "red"
