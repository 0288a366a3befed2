"""The rate of all processes together: reservations in one row of PostgreSQL."""

from collections.abc import Iterator
from time import monotonic

import pytest
from sqlalchemy import Engine, text

from newsletter.database.engine import Writer, reading, writing
from newsletter.fleet.allowance import LATE, MOST, PART, SharedPace

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Stopped:
    """A process's own clock, which stands still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


def drawn_now(pace: SharedPace, clock: Stopped, most: int = 10_000) -> int:
    """Draw as much as may be drawn without waiting; say how much it was."""
    for number in range(most):
        if pace.wait_before_next(clock()) > 0:
            return number
    return most


def test_without_a_rate_nothing_waits_and_the_database_is_not_asked(writer: Writer, engine: Engine) -> None:
    assert drawn_now(SharedPace(writer, 0.0), Stopped()) == 10_000
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM relays")).scalar() == 0


@pytest.mark.parametrize("rate", [10.0, 200.0, 2000.0])
def test_processes_that_ask_one_after_the_other_get_the_rate_of_one(writer: Writer, rate: float) -> None:
    """Red if each process keeps the rate for itself: eight would send eight times as much."""
    clock, began = Stopped(), monotonic()
    paces = [SharedPace(writer, rate, clock) for _ in range(8)]
    for each in paces:
        drawn_now(each, clock)
    until = clock.now + 2.0
    drawn = 0
    while clock.now < until:
        waits = [each.wait_before_next(clock()) for each in paces]
        drawn += waits.count(0.0)
        if 0.0 not in waits:
            clock.now += min(waits)
    seconds = 2.0 + LATE + monotonic() - began  # the database's clock went on meanwhile
    assert drawn <= rate * seconds + 8 * max(min(rate * PART, MOST), 1)


def test_after_a_pause_of_all_at_most_a_quarter_of_a_second_is_caught_up(writer: Writer, engine: Engine) -> None:
    clock = Stopped()
    pace = SharedPace(writer, 1000.0, clock)
    drawn_now(pace, clock)
    with writing(engine) as connection:
        connection.execute(text("UPDATE relays SET tat = tat - interval '1 hour'"))
    clock.now += 3600
    begun = drawn_now(pace, clock)
    assert 1 <= begun <= 1000.0 * (LATE + 1.0)


def test_a_process_that_uses_little_of_its_reservation_reserves_less(writer: Writer, engine: Engine) -> None:
    """So that slow machines do not hold what fast ones could send."""
    clock = Stopped()
    pace = SharedPace(writer, 1000.0, clock)
    for _ in range(8):
        while pace.wait_before_next(clock()) > 0:
            clock.now += 0.01
    reserved = []
    for _ in range(5):
        clock.now += 2.0  # what was reserved is void by now
        while pace.wait_before_next(clock()) > 0:
            clock.now += 0.01
        reserved.append(pace._reserved)
    assert reserved[-1] == 1


def test_a_slow_rate_is_kept_to_the_message(writer: Writer) -> None:
    clock = Stopped()
    one, other = SharedPace(writer, 0.1, clock), SharedPace(writer, 0.1, clock)
    assert one.wait_before_next(clock()) == 0
    assert 9 < other.wait_before_next(clock()) <= 10
    assert 19 < one.wait_before_next(clock()) <= 20
    clock.now += 10.1
    assert other.wait_before_next(clock()) == 0
