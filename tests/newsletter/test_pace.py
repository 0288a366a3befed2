"""Arithmetic on times: retries, rate, pauses."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.policy.pace import (
    LEAST_CLAIM,
    LONGEST_RETRY,
    MARGIN,
    MOST_CLAIM,
    Allowance,
    Pace,
    daily_limit,
    next_claim,
    retry_after,
)

chances = st.floats(0, 1)


@given(st.integers(1, 1000), st.floats(0.001, 3600), chances)
def test_a_retry_never_comes_before_the_first_pause_nor_much_after_an_hour(
    tries: int, first: float, luck: float
) -> None:
    assert first <= retry_after(tries, first, luck) <= max(LONGEST_RETRY, first) * 1.21


def test_the_pause_doubles_from_try_to_try_up_to_an_hour() -> None:
    assert [retry_after(tries, 300, 0.5) for tries in (2, 3, 4, 5, 6)] == [600, 1200, 2400, 3600, 3600]


def test_greylisting_for_five_minutes_is_outwaited_by_the_first_retry() -> None:
    assert retry_after(1, 300, 0.0) >= 300


@given(st.floats(0.5, 500), st.lists(st.floats(0, 3), min_size=20, max_size=200))
def test_no_stretch_of_time_sees_more_than_the_rate_allows(rate: float, gaps: list[float]) -> None:
    pace, now, drawn = Pace(rate), 1000.0, []
    for gap in gaps:
        now += gap
        if pace.wait_before_next(now) == 0:
            drawn.append(now)
    for first in range(len(drawn)):
        for last in range(first, len(drawn)):
            span = drawn[last] - drawn[first]
            assert last - first <= span * rate + rate + 1.0001


def test_waiting_as_long_as_told_is_enough() -> None:
    pace, now = Pace(4.0), 50.0
    for _ in range(100):
        now += pace.wait_before_next(now)
        assert pace.wait_before_next(now) <= 0.2500001


def test_no_rate_means_no_waiting() -> None:
    pace = Pace()
    assert all(pace.wait_before_next(1.0) == 0 for _ in range(1000))


def test_a_rate_is_learned_from_what_was_taken_before_it_was_too_much() -> None:
    allowance = Allowance()
    for each in range(14):
        allowance.accepted(100.0 + each / 100)
    assert allowance.wait(100.2) == 0, "nothing learned, nobody waits"
    allowance.exceeded(100.2, 1.0)
    assert allowance.rate == 14 * MARGIN
    allowance.begun(101.0)
    assert 0.07 < allowance.wait(101.0) < 0.08
    assert allowance.used_up_for(100.2, 60.0) > 59.0


def test_a_learned_rate_falls_when_it_is_too_much_and_is_found_again() -> None:
    allowance, now = Allowance(), 0.0
    for _ in range(20):
        allowance.accepted(now)
    allowance.exceeded(now, 1.0)
    first = allowance.rate
    allowance.exceeded(now + 5, 1.0)
    assert allowance.rate == first / 2, "for nothing was taken in that second"
    for _ in range(200):
        now += 1.0
        allowance.accepted(now)
    assert allowance.rate > first / 2


@given(st.integers(LEAST_CLAIM, MOST_CLAIM), st.floats(0, 1000))
def test_claims_stay_between_few_and_many(size: int, seconds: float) -> None:
    assert LEAST_CLAIM <= next_claim(size, seconds) <= MOST_CLAIM


def test_claims_grow_while_the_relay_is_quick_and_shrink_when_it_is_slow() -> None:
    assert next_claim(100, 0.01) == 200
    assert next_claim(100, 10) == 50


def test_a_warm_up_lasts_as_long_as_it_has_steps_and_never_exceeds_the_limit() -> None:
    assert [daily_limit(day, (50, 100, 400), 300) for day in range(5)] == [50, 100, 300, 300, 300]
    assert [daily_limit(day, (50, 100), 0) for day in (0, 1, 2)] == [50, 100, 0]
    assert daily_limit(-1, (50,), 0) == 0
    assert daily_limit(0, (), 0) == 0
