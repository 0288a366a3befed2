"""Connections, pauses and rests of one relay, shared by several processes through PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text

from newsletter.database.engine import Writer, writing
from newsletter.delivery.throttle import RelayThrottle
from newsletter.fleet import shared_throttle
from newsletter.fleet.shared_throttle import LOOK_SECONDS, SharedThrottle, forgive
from newsletter.policy.pace import CALM_MESSAGES
from newsletter.policy.reply import Reply, Stage

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

REST = 600.0
TOO_MUCH = Reply(Stage.RCPT, 421, "4.7.28 our system has detected an unusual rate", "4.7.28")
ENOUGH = Reply(Stage.RCPT, 550, "5.4.5 daily sending limit exceeded", "5.4.5")
Process = Callable[..., SharedThrottle]


@pytest.fixture
def process(engine: Engine) -> Iterator[Process]:
    """Make the throttle of one more process; each has a connection of its own to the database."""
    with ExitStack() as stack:

        def make(name: str, most: int = 8) -> SharedThrottle:
            writer = Writer(engine)
            stack.callback(writer.close)
            return SharedThrottle(writer, name, "relay.test:25", most, REST)

        yield make


def comes(throttle: SharedThrottle) -> SharedThrottle:
    """Have mail for the relay from now on."""
    throttle.wait_before_next(throttle._ticks())
    return throttle


def waits(throttle: SharedThrottle) -> float:
    return throttle.wait_before_next(throttle._ticks())


def look(*all_: SharedThrottle) -> list[int]:
    for each in (*all_, *all_):
        each.look()
    return [each.connections for each in all_]


def passes(engine: Engine, seconds: float) -> None:
    """Let time pass in the database, for all that is written there about the relay."""
    past = ", ".join(f"{name} = {name} - make_interval(secs => {seconds})" for name in ("paused_until", "deaf_until"))
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE relays SET {past}"))


def test_one_process_alone_grows_with_each_acceptance_as_it_does_without_a_database(process: Process) -> None:
    alone = comes(process("one"))
    grown = []
    for _ in range(9):
        grown.append(alone.connections)
        alone.accepted()
    assert grown == [1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert look(alone) == [8]


@pytest.mark.parametrize(("most", "parts"), [(8, [3, 3, 2]), (3, [1, 1, 1]), (2, [1, 1, 0]), (1, [1, 0, 0])])
def test_processes_part_what_the_relay_allows_the_first_to_come_first(
    process: Process, most: int, parts: list[int]
) -> None:
    first = comes(process("z comes first", most))
    for _ in range(most):
        first.accepted()
    look(first)
    others = [comes(process(name, most)) for name in ("a", "b")]
    assert look(first, *others) == parts
    assert (waits(others[-1]) > 0) == (parts[-1] == 0)


def test_who_leaves_or_is_silent_leaves_its_part_to_the_others(
    process: Process, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_ = [comes(process(name, 1)) for name in "abc"]
    assert look(*all_) == [1, 0, 0]
    all_[0].leave()
    assert look(*all_[1:]) == [1, 0]
    with writing(engine) as connection:  # the second is killed, and says nothing from now on
        connection.execute(text("UPDATE relay_shares SET heard_at = heard_at - interval '1 min' WHERE process = 'b'"))
    assert waits(all_[2]) == LOOK_SECONDS
    all_[2].look()
    assert (waits(all_[2]), all_[2].connections) == (0, 1)
    assert look(all_[2], all_[1]) == [1, 0], "it was only slow: now it is the last to come"


def test_who_has_no_mail_and_no_connection_takes_no_part(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    idle, busy, wants = (comes(process(name, 2)) for name in "abc")
    busy.opened(1)
    monkeypatch.setattr(shared_throttle, "SILENT", 0.0)  # so that all asked too long ago
    for each in (idle, busy):
        each.look()
    assert (idle.connections, busy.connections > 0) == (0, True)
    monkeypatch.undo()
    assert look(busy, wants) == [1, 0], "one was allowed: nothing was accepted yet"


def test_eight_that_hear_the_same_trouble_within_a_second_have_one_trouble(process: Process) -> None:
    """Red if each process counts for itself, or if the state is not read again under the lock."""
    all_ = [comes(process(f"{number}", 64)) for number in range(8)]
    for each in all_:
        for _ in range(8):
            each.accepted()
    assert sum(look(*all_)) == 64
    counts = [each.pause(0.0) for each in all_]
    assert counts == [1] * 8
    assert sum(look(*all_)) == 32
    assert all(0 < each.wait(each._ticks()) <= 5 for each in all_)


def test_m11_after_a_rest_one_process_alone_asks(process: Process, engine: Engine) -> None:
    """Red if a part is at least one, or if a rest is only the business of the one that heard of it."""
    limits = [process(f"{number}", 64) for number in range(4)]
    throttles = [RelayThrottle(64, REST, limit=limit) for limit in limits]
    for each in throttles:
        each.wait_before_next()
        each.opened(2)
        for number in range(16):
            each.heard(number, Reply(Stage.DOT, 250, "ok"))
    look(*limits)
    throttles[2].heard(99, TOO_MUCH)
    look(*limits)
    rests = [each.standstill for each in throttles]
    assert all(rest and REST - 5 < rest.seconds <= REST and "4.7.28" in rest.words for rest in rests)
    passes(engine, REST)
    look(*limits)
    assert [each.connections for each in throttles] == [1, 0, 0, 0]
    assert [each.wait_before_next() > 0 for each in throttles] == [False, True, True, True]
    assert all(each.standstill is None for each in throttles)
    for number in range(CALM_MESSAGES):
        throttles[0].heard(number, Reply(Stage.DOT, 250, "ok"))
    look(*limits)
    assert [each.connections for each in throttles] == [1, 1, 0, 0]


def test_a_relay_that_has_had_enough_from_one_has_had_enough_from_all_until_an_organiser_says_go_on(
    process: Process, engine: Engine
) -> None:
    one, other = (comes(process(name)) for name in "ab")
    RelayThrottle(8, REST, limit=one).heard(1, ENOUGH)
    other.look()
    assert other.is_spent(other._ticks())
    assert waits(other) > 60
    assert "5.4.5" in other.why
    with writing(engine) as connection:
        forgive(connection)
    other.look()
    assert waits(other) > 60, "while others are at work nothing is forgiven"
    one.leave()
    other.leave()
    with writing(engine) as connection:
        forgive(connection)
    assert waits(comes(process("c"))) == 0


def test_the_next_issue_a_week_later_begins_as_on_the_first_day(process: Process, engine: Engine) -> None:
    one = comes(process("a"))
    one.pause(0.0)
    one.leave()
    next_one = comes(process("b"))
    next_one.accepted()
    assert next_one.connections == 1, "after trouble it grows slowly"
    next_one.leave()
    with writing(engine) as connection:
        connection.execute(text("UPDATE relays SET used_at = used_at - interval '7 days'"))
    last = comes(process("c"))
    last.accepted()
    assert last.connections == 2
