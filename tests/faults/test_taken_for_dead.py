"""M2, M4, M12: a whole program that hangs and comes back, loses its lock, or ends with an error.

tests/newsletter/test_fence.py tests the same, statement by statement.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text

from newsletter.database.engine import reading
from newsletter.database.tables import deliveries, senders
from tests.faults.conftest import Organiser

Make = Callable[..., Organiser]


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def take_the_lock_away(us: Organiser) -> None:
    """Take the lock away, as a failover, a firewall, or an organiser who deletes the .lock file would."""
    for file in us.folder.parent.glob("*.lock"):
        file.unlink()
    if us.database_url.startswith("postgresql"):
        with us.database() as engine, engine.begin() as connection:
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
            connection.execute(text(cut))


def assert_nobody_has_two_and_nobody_is_lost(us: Organiser) -> Counter[str]:
    us.run("resume", "--wait", code=None)
    found = us.states()
    assert max(us.relay.copies().values()) == 1, "somebody has two"
    assert set(found.values()) <= {"accepted", "uncertain"}
    assert all(us.relay.copies()[f"{who}@example.org"] for who, state in found.items() if state == "accepted")
    return Counter(found.values())


def test_m02_one_that_hangs_is_taken_over_and_writes_nothing_when_it_comes_back(organiser: Make) -> None:
    """Red without `sender` in WHERE: the second program ends with ClaimLost, or the first one goes on."""
    us = organiser(delay=0.02, held_lines=4)
    us.add_people(150)
    us.settings["SMTP_CONNECTIONS"] = "4"  # all of them held, or it might be stopped in the middle of a write
    first = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: us.relay.said_or_done()["held"] == 4)
    os.kill(first.pid, signal.SIGSTOP)
    take_the_lock_away(us)
    taken = us.relay.number_taken
    second = us.start("resume", "--wait")
    try:
        wait_for(lambda: us.relay.number_taken > taken + 30 or second.poll() is not None)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    us.relay.release()
    _, said_by_first = first.communicate(timeout=60)
    _, said_by_second = second.communicate(timeout=60)
    assert first.returncode == 75, said_by_first
    assert second.returncode in (0, 3), said_by_second
    assert assert_nobody_has_two_and_nobody_is_lost(us)["uncertain"] <= 16
    with us.database() as engine, reading(engine) as connection:
        assert connection.scalars(select(senders.c.why).order_by(senders.c.id)).all()[:2] == ["died", "done"]


def test_m04_one_whose_lock_is_taken_away_notices_and_ends_with_nobody_uncertain(organiser: Make) -> None:
    """Red if the program does not check its lock: it sends to the end, and another one may start beside it."""
    us = organiser(delay=0.2)
    us.add_people(200)
    us.settings["SMTP_CONNECTIONS"] = "4"
    first = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: us.relay.number_taken > 4)
    take_the_lock_away(us)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 75, said
    assert "This run stopped sending issue 1" in said
    found = Counter(us.states().values())
    assert found["sending"] == found["uncertain"] == 0
    assert found["queued"] > 50, "it noticed too late"
    del us.settings["SMTP_CONNECTIONS"]
    assert assert_nobody_has_two_and_nobody_is_lost(us) == {"accepted": 200}


RAISES = """
from newsletter.runtime import failpoint
from newsletter.errors import DatabaseError
left = {count}
def reached(name):
    global left
    if name == {name!r}:
        left -= 1
        if not left:
            raise {error}
failpoint.reached = reached
"""
DATABASE = 'DatabaseError(database="it", why="no more")'
POINTS = (
    ("claimed", 2),
    ("before dotted", 5),
    ("uncommitted dotted", 5),
    ("dotted", 5),
    ("dot", 5),
    ("answered", 5),
    ("before recorded", 1),
    ("uncommitted recorded", 1),
    ("recorded", 1),
    ("finished", 1),
)


ERRORS = (DATABASE, 'RuntimeError("a fault")', "KeyboardInterrupt")


@pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.nightly) for turn in (1, 2))])
def test_m12_one_that_ends_by_an_error_leaves_nothing_claimed_by_somebody_gone(organiser: Make, turn: int) -> None:
    """Red if an ending program does not settle: its claims stay `sending` under a sender that is gone."""
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "2"
    us.add_people(20 * len(POINTS))
    us.write_post()
    turn += us.database_url.startswith("postgresql")  # where the next error of each point is tried
    for number, (name, count) in enumerate(POINTS, turn):
        us.prelude = RAISES.format(name=name, count=count, error=ERRORS[number % len(ERRORS)])
        program = us.start(*(("resume",) if us.deliveries() else ("send", "post.md", "--yes")), "--limit", "19")
        program.communicate(timeout=60)
        assert program.returncode != 0
        with us.database() as engine, reading(engine) as connection:
            there = connection.execute(select(func.count()).where(senders.c.gone_at.is_(None))).scalar()
            sending = connection.execute(select(func.count()).where(deliveries.c.state == "sending")).scalar()
        assert (there, sending) == (0, 0), name
    us.prelude = ""
    assert_nobody_has_two_and_nobody_is_lost(us)
