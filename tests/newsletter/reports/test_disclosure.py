"""No arithmetic on what a report tells outside the house brings back a number that it hides."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from newsletter.reports.cells import Count, Hidden, Span, per_thousand, sum_of
from newsletter.reports.disclosure import apart, cell_of, levels, steps
from tests.examples import examples

FEW = set(range(1, 5))
SMALL = st.integers(min_value=0, max_value=30)


@given(st.lists(SMALL, min_size=1, max_size=5))
@examples(300)
def test_who_knows_the_sum_learns_no_more_than_that_it_is_few(parts: list[int]) -> None:
    cells = apart(parts)
    assert all(cell == part or isinstance(cell, Hidden) for cell, part in zip(cells, parts, strict=True))
    assert not FEW & {cell for cell in cells if isinstance(cell, int)}
    hidden = [place for place, cell in enumerate(cells) if cell is Hidden.FEW]
    if hidden:
        found = list(possible(cells, sum(parts)))
        assert all({each[place] for each in found} == FEW for place in hidden)


def possible(cells: list[Count], total: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to fill the hidden cells so that all make `total`, as a reader would who knows our rules."""
    withheld = [0, *range(5, total + 1)]
    choices = [
        sorted(FEW) if cell is Hidden.FEW else withheld if cell is Hidden.WITHHELD else [int(cell)]  # type: ignore[arg-type]
        for cell in cells
    ]
    yield from (each for each in product(*choices) if sum(each) == total)


def test_one_hidden_number_takes_another_along_and_two_that_give_each_other_away_do_too() -> None:
    assert apart([1234, 2]) == [Hidden.WITHHELD, Hidden.FEW]
    assert apart([1234, 9, 2]) == [1234, Hidden.WITHHELD, Hidden.FEW]
    assert apart([1234, 4, 4]) == [Hidden.WITHHELD, Hidden.FEW, Hidden.FEW], "8 of two that are below 5 is twice 4"
    assert apart([1234, 3, 2]) == [1234, Hidden.FEW, Hidden.FEW]
    assert apart([50, 0, 7]) == [50, 0, 7]
    assert apart([2]) == [Hidden.WITHHELD]


CHANGE = st.tuples(st.sampled_from([0, 1, 2, 4, 6, 20]), st.sampled_from([0, -1, -3, -7]))


@given(st.lists(CHANGE, min_size=1, max_size=3).map(lambda changes: [(100, 0), *changes]))
@examples(300)
def test_the_size_of_the_list_gives_no_hidden_change_away(changes: list[tuple[int, int]]) -> None:
    told = levels(0, changes)
    reached = 0
    hidden = [(month, place) for month, change in enumerate(changes) for place in (0, 1) if abs(change[place]) in FEW]
    for cell, change in zip(told, changes, strict=True):
        reached += sum(change)
        assert not isinstance(cell, int) or cell == reached
        assert not isinstance(cell, Span) or cell.low <= reached <= cell.high
    open_ = {each: set[int]() for each in hidden}
    for values in product(sorted(FEW), repeat=len(hidden)):
        guess = [list(change) for change in changes]
        for (month, place), value in zip(hidden, values, strict=True):
            guess[month][place] = value if place == 0 else -value
        if fits(guess, told):
            for each, value in zip(hidden, values, strict=True):
                open_[each].add(value)
    assert all(values == FEW for values in open_.values())


def fits(guess: list[list[int]], told: list[Count]) -> bool:
    reached = 0
    for change, cell in zip(guess, told, strict=True):
        reached += sum(change)
        if isinstance(cell, int) and cell != reached:
            return False
    return True


def test_a_level_is_told_where_it_can_be_and_else_as_a_range() -> None:
    assert levels(0, [(500, 0), (2, 0)]) == [500, Span(501, 504)]
    assert levels(0, [(500, 0), (30, -20), (9, -7)]) == [500, 510, 512]
    assert levels(0, [(500, 0), (3, -3)]) == [500, 500]
    assert levels(0, [(500, 0), (3, -2)]) == [500, Span(497, 503)], (
        "one who left less than joined: so 2 joined at least"
    )


def test_who_left_between_two_points_of_a_line_is_hidden_too() -> None:
    assert steps([120, 119, 114, 114, 110, 3]) == [120, Hidden.WITHHELD, 114, 114, Hidden.WITHHELD, Hidden.FEW]


def test_sums_and_rates_follow_only_from_what_is_told() -> None:
    assert sum_of([118, Hidden.FEW]) == Span(119, 122)
    assert sum_of([Hidden.FEW, 0]) is Hidden.FEW
    assert sum_of([7, 8]) == 15
    assert [cell_of(number) for number in (0, 1, 4, 5)] == [0, Hidden.FEW, Hidden.FEW, 5]
    assert per_thousand(Hidden.FEW, 1000) is Hidden.FEW
    assert per_thousand(3, 19) is None, "of fewer than 20 there is no rate"
    assert per_thousand(3, 20) == 150.0
