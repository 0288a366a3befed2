"""M1, M5, M7: machines that die, a PostgreSQL that dies, an engine that forgets; nobody is missed, nobody gets two."""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import deliveries
from tests import postgresql
from tests.faults.conftest import Organiser, Relay
from tests.faults.fleet import assert_the_sums_hold, gone, is_done, machines, on_postgresql, states
from tests.faults.test_taken_for_dead import wait_for
from tests.starter import Starter

Make = Callable[..., Organiser]
CONNECTIONS = 2


@pytest.mark.parametrize(
    ("seed", "kills", "people"),
    [(1, 2, 240), *(pytest.param(seed, 30, 6000, marks=pytest.mark.nightly) for seed in (1, 2, 3))],
)
@on_postgresql
def test_m01_workers_killed_at_random_lose_nobody_and_write_to_nobody_twice(
    organiser: Make, seed: int, kills: int, people: int
) -> None:
    chance = random.Random(seed)
    us = organiser(seed=seed, defer=0.05, delay=0.05)
    us.settings |= {"SMTP_CONNECTIONS": str(CONNECTIONS), "SLICE": "50"}
    us.add_people(people)
    with machines(us, 2) as fleet:
        watching = us.start("send", us.write_post(), "--yes", "--wait")
        for killed in range(1, kills + 1):
            share = killed * people // (kills + 2)
            fleet.until(lambda share=share: us.relay.number_taken > share)  # type: ignore[misc]
            fleet.kill(chance.randrange(len(fleet.workers)))
        fleet.until(lambda: is_done(us))
        _, said = watching.communicate(timeout=60)
        assert watching.returncode in (0, 3), said
    assert_the_sums_hold(us, kills * CONNECTIONS)


@on_postgresql
def test_m02_a_worker_that_hangs_is_taken_over_and_writes_nothing_when_it_comes_back(organiser: Make) -> None:
    """Red without the silence after which it counts as hung. By statements: tests/newsletter/test_slices.py."""
    us = organiser(delay=0.05, defer=0.05)
    us.settings |= {"SMTP_CONNECTIONS": str(CONNECTIONS), "SLICE": "50", "HUNG_SECONDS": "4"}
    us.add_people(250)
    with machines(us, 2) as fleet:
        watching = us.start("send", us.write_post(), "--yes", "--wait")
        wait_for(lambda: us.relay.number_taken > 30)
        hanging = fleet.workers[0]
        os.kill(hanging.pid, signal.SIGSTOP)
        try:
            wait_for(lambda: gone(us)["hung"])
            wait_for(lambda: is_done(us))
            _, said = watching.communicate(timeout=60)
            assert watching.returncode in (0, 3), said
            told = map(json.loads, us.run("status", "--json").splitlines())
            hung = next(each for each in told if each.get("process") == hanging.pid)
            before = us.deliveries()
        finally:
            os.kill(hanging.pid, signal.SIGCONT)
        fleet.until(lambda: fleet.ended)
        assert fleet.ended[0][0] == 75, fleet.ended
        changed = [row for row, old in zip(us.deliveries(), before, strict=True) if row != old]
        # Its relay may answer what had left before; then the uncertain are accepted.
        assert {(row.state, row.sender) for row in changed} <= {("accepted", row.sender) for row in changed}
    found = assert_the_sums_hold(us, CONNECTIONS)
    assert hung["gone"] == "hung"
    assert hung["uncertain"] == found["uncertain"] + len(changed)


@pytest.mark.thorough
def test_m05_workers_come_back_after_the_database_was_killed_twice(
    tmp_path: Path, relay_with: Callable[..., Relay], starter: Starter
) -> None:
    with postgresql.running() as server:
        url = server.new_database()
        engine = open_database(url)
        upgrade(engine)
        engine.dispose()
        (tmp_path / "folder").mkdir()
        us = Organiser(tmp_path / "folder", url, relay_with(delay=0.05), starter)
        us.settings |= {"SMTP_CONNECTIONS": str(CONNECTIONS), "SLICE": "50"}
        us.add_people(300)
        with machines(us, 2) as fleet:
            us.start("send", us.write_post(), "--yes", "--no-wait")
            for share in (80, 160):
                fleet.until(lambda share=share: us.relay.number_taken > share)  # type: ignore[misc]
                server.crash()
                time.sleep(2)
                server.start()
                fleet.keep_up()
            fleet.until(lambda: is_done(us))
        assert_the_sums_hold(us, 2 * 2 * CONNECTIONS)
        for program in us.started:
            program.close()


@on_postgresql
def test_m07_an_engine_that_forgets_doubles_or_never_finishes_its_jobs_harms_nobody(organiser: Make) -> None:
    """Red without the clockwork that dispatches again what the engine has lost: the issue is never finished."""
    us = organiser(delay=0.05)
    us.settings |= {"SMTP_CONNECTIONS": "2", "SLICE": "25"}
    us.add_people(200)

    def engine(words: str) -> None:
        with us.database() as database, writing(database) as connection:
            connection.execute(text(f"SET LOCAL search_path = jobs; {words}"))

    with machines(us, 2):
        watching = us.start("send", us.write_post(), "--yes", "--wait")
        wait_for(lambda: us.relay.number_taken > 10)
        engine("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo' AND queue_name = 'send'")
        wait_for(lambda: us.relay.number_taken > 70)
        engine("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        wait_for(lambda: us.relay.number_taken > 130)
        engine(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT 'send', 'send_slice', "
            "jsonb_build_object('issue', 1, 'number', n % 8) FROM generate_series(0, 31) n"
        )
        wait_for(lambda: is_done(us))
        _, said = watching.communicate(timeout=60)
        assert watching.returncode == 0, said
    assert assert_the_sums_hold(us, 0) == {"accepted": 200}


@on_postgresql
def test_m14_a_small_issue_does_not_wait_for_a_large_one(organiser: Make) -> None:
    """Red if a whole issue is put into the queue at once: the small one then comes last."""
    us = organiser(delay=0.02)
    us.settings |= {"SMTP_CONNECTIONS": "2", "SLICE": "20"}
    us.add_people(400)
    with machines(us, 2):
        large = us.start("send", us.write_post("large"), "--yes", "--wait")
        wait_for(lambda: us.relay.number_taken > 30)
        us.add_people(0, *(f"few{number}@small.example.org" for number in range(20)))
        post = us.write_post("small", "A few words for a few.")
        small = us.start("send", post, "--yes", "--wait", "--segment", "domain:small.example.org")
        _, said = small.communicate(timeout=120)
        assert small.returncode == 0, said + us.run("status", code=None)
        with us.database() as engine, reading(engine) as connection:
            left = select(func.count()).where(deliveries.c.issue_id == 1, deliveries.c.state == "queued")
            assert connection.execute(left).scalar_one() > 100
        large.communicate(timeout=120)
        assert large.returncode == 0


@on_postgresql
def test_m15_pause_cancel_unsubscribe_and_erase_hold_for_all_machines(organiser: Make) -> None:
    us = organiser(delay=0.05)
    us.settings |= {"SMTP_CONNECTIONS": "2", "SLICE": "40"}
    us.add_people(240)
    at_once = 2 * 2
    with machines(us, 2):
        watching = us.start("send", us.write_post(), "--yes", "--wait")
        wait_for(lambda: us.relay.number_taken > 20)
        us.run("pause")
        _, said = watching.communicate(timeout=60)
        assert watching.returncode == 75, said
        wait_for(lambda: not states(us)["sending"])
        held = us.relay.number_taken
        last = [row.address for row in us.deliveries() if row.state == "queued"][-2:]
        us.run("subscribers", "unsubscribe", last[0])
        us.run("subscribers", "erase", last[1], "--yes")
        time.sleep(3)
        assert us.relay.number_taken == held, "it went on although it is paused"
        resumed = us.start("resume", "--wait")
        wait_for(lambda: us.relay.number_taken > held + 20)
        us.run("cancel", "1", "--yes")
        cancelled_at = us.relay.number_taken
        resumed.communicate(timeout=60)
        assert resumed.returncode == 3
        wait_for(lambda: not states(us)["sending"])
        # Each looks once a second whether it may go on, and finishes what it has claimed by then.
        assert us.relay.number_taken <= cancelled_at + at_once * 2 / 0.05
    copies = us.relay.copies()
    assert max(copies.values()) == 1
    assert not set(last) & set(copies)
    assert set(states(us)) <= {"accepted", "skipped"}
