"""Machines of an organiser: workers that a service manager starts again, as systemd does, until the test ends."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, text

from newsletter.database.engine import reading, writing
from newsletter.database.tables import deliveries, workers
from newsletter.send_log import workers as crew
from tests.faults.conftest import Organiser
from tests.faults.test_taken_for_dead import wait_for
from tests.starter import Program

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Machines:
    """The workers of an organiser."""

    def __init__(self, us: Organiser, number: int) -> None:
        self.us = us
        self.workers = [us.start("worker") for _ in range(number)]
        self.ended: list[tuple[int | None, str]] = []

    def keep_up(self) -> None:
        """Start those again that have ended, as a service manager does."""
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                _, said = worker.communicate(timeout=10)
                assert "Traceback" not in said, said
                self.ended.append((worker.returncode, said))
                self.workers[place] = self.us.start("worker")

    def until(self, condition: Callable[[], object]) -> None:
        """Keep them up until the condition holds."""

        def holds() -> object:
            self.keep_up()
            return condition()

        wait_for(holds)

    def kill(self, which: int) -> Program:
        killed = self.workers[which]
        os.kill(killed.pid, signal.SIGKILL)
        return killed


@contextmanager
def machines(us: Organiser, number: int) -> Iterator[Machines]:
    """Have workers at work until the block ends; then tell them to end, which they do in good order."""
    with us.database() as engine, writing(engine) as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS jobs CASCADE"))
    fleet = Machines(us, number)
    wait_for(lambda: alive(us) == number)
    yield fleet
    for worker in fleet.workers:
        worker.send_signal(signal.SIGTERM)
    for worker in fleet.workers:
        _, said = worker.communicate(timeout=60)
        # One that has only just been started again ends as any command does that has not begun.
        lost = "lost its connection" in said  # it was about to end by itself
        assert worker.returncode in (75 if lost else 0, 128 + signal.SIGTERM, -signal.SIGTERM), said
        assert "Traceback" not in said, said


def alive(us: Organiser) -> int:
    with us.database() as engine, reading(engine) as connection:
        return crew.alive(connection)


def states(us: Organiser) -> Counter[str]:
    with us.database() as engine, reading(engine) as connection:
        counted = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        return Counter(dict(connection.execute(counted).all()))


def is_done(us: Organiser) -> bool:
    found = states(us)
    return found.total() > 0 and not (found["queued"] or found["sending"] or found["deferred"])


def gone(us: Organiser) -> Counter[str]:
    """Count the workers that are gone, by why."""
    with us.database() as engine, reading(engine) as connection:
        return Counter(connection.scalars(select(workers.c.why).where(workers.c.gone_at.is_not(None))))


def assert_the_sums_hold(us: Organiser, uncertain: int) -> Counter[str]:
    """Assert that each recipient has one copy, or is known to be uncertain; at most so many are."""
    us.report()  # it raises unless the account balances
    copies = us.relay.copies()
    assert max(copies.values()) == 1, "somebody has two"
    rows = us.deliveries()
    found = Counter(row.state for row in rows)
    assert set(found) <= {"accepted", "uncertain"}
    assert all(copies[row.address] for row in rows if row.state == "accepted"), "somebody was missed"
    assert found["uncertain"] <= uncertain
    return found


def seconds_until(condition: Callable[[], object]) -> float:
    began = time.monotonic()
    wait_for(condition)
    return time.monotonic() - began
