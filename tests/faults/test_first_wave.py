"""A first wave stays a first wave, also when the program that began it is killed before the few are all written to."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from newsletter.database.engine import writing
from newsletter.database.tables import issues
from tests.faults.conftest import Organiser
from tests.faults.test_taken_for_dead import wait_for


def test_a_killed_first_wave_is_finished_by_a_timer_and_the_others_wait_for_the_organiser(
    organiser: Callable[..., Organiser],
) -> None:
    """Red if the number of the first is only in the memory of the program that was killed: all would get it."""
    us = organiser(delay=0.1)
    us.add_people(60)
    us.settings["SMTP_CONNECTIONS"] = "2"
    first = us.start("send", us.write_post(), "--yes", "--canary", "20", "--canary-wait", "0")
    wait_for(lambda: us.relay.number_taken > 3)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)
    assert us.relay.number_taken < 20
    us.run("due")
    assert us.relay.number_taken < 20, "it is left alone while the first program may still run"
    with us.database() as engine, writing(engine) as connection:
        connection.execute(update(issues).values(not_before=datetime.now(UTC) - timedelta(minutes=1)))
    us.run("due", code=None)
    held = "the first 20 are written to; the others follow if all is well"
    account = us.report()
    assert (account["standing"], account["why"], account["queued"]) == ("paused", held, 40)
    us.run("due")
    us.run("resume", "--wait", code=None)
    assert max(us.relay.copies().values()) == 1
    found = Counter(us.states().values())
    assert set(found) <= {"accepted", "uncertain"}
    assert found["uncertain"] <= 2
