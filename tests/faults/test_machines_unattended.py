"""What goes on by itself where machines are at work: first waves, scheduled sends, retries, takeovers."""

import os
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from newsletter.database.engine import reading
from newsletter.database.tables import issues, senders
from newsletter.fleet.machines import Machine
from newsletter.fleet.machines import machines as list_machines
from tests.faults.conftest import Organiser
from tests.faults.fleet import assert_the_sums_hold, gone, is_done, machines, on_postgresql, seconds_until, states
from tests.faults.test_taken_for_dead import wait_for

Make = Callable[..., Organiser]
pytestmark = on_postgresql


def lifecycle(us: Organiser, issue: int) -> tuple[str, str]:
    with us.database() as engine, reading(engine) as connection:
        found = connection.execute(select(issues.c.standing, issues.c.why).where(issues.c.id == issue)).first()
        return (found.standing, found.why) if found else ("", "")


def at_work(us: Organiser) -> list[Machine]:
    with us.database() as engine, reading(engine) as connection:
        return list_machines(connection)


def test_first_waves_and_scheduled_sends_need_no_terminal(organiser: Make) -> None:
    us = organiser(delay=0.02)
    us.settings |= {"SMTP_CONNECTIONS": "2", "SLICE": "25"}
    us.add_people(60)
    with machines(us, 1):
        # A first wave whose terminal is killed while it watches goes on to its end.
        wave = ("--canary", "10", "--canary-wait", "0.05")
        watching = us.start("send", us.write_post(), "--yes", "--wait", *wave)
        wait_for(lambda: lifecycle(us, 1)[0] == "paused")
        assert us.relay.number_taken == 10
        os.kill(watching.pid, signal.SIGKILL)
        wait_for(lambda: is_done(us))
        assert (us.relay.number_taken, lifecycle(us, 1)) == (60, ("open", ""))

        # One that goes wrong is paused for good.
        us.add_people(0, *(f"gone{number}@example.org" for number in range(5)))
        post = us.write_post("second", "Words for the new ones.")
        done = us.start("send", post, "--yes", "--wait", "--canary", "64", "--canary-wait", "0")
        _, said = done.communicate(timeout=60)
        assert done.returncode == 75, said
        assert lifecycle(us, 2)[0] == "paused"
        assert "were refused" in lifecycle(us, 2)[1]
        us.run("cancel", "2", "--yes")

        # One that is scheduled begins by itself.
        soon = datetime.now() + timedelta(minutes=1)  # noqa: DTZ005  # as an organiser types it
        before = us.relay.number_taken
        post = us.write_post("third", "Words for later.")
        us.run("send", post, "--yes", "--at", f"{soon:%Y-%m-%d %H:%M}")
        wait_for(lambda: us.relay.number_taken > before)
        assert soon.replace(second=0, microsecond=0) <= datetime.now()  # noqa: DTZ005
        wait_for(lambda: not states(us)["sending"])


def test_what_a_killed_worker_held_is_settled_within_seconds(organiser: Make) -> None:
    us = organiser(delay=0.05)
    us.settings |= {"SMTP_CONNECTIONS": "2", "SLICE": "300"}
    us.add_people(300)
    with machines(us, 2) as fleet:
        us.start("send", us.write_post(), "--yes", "--no-wait")
        wait_for(lambda: us.relay.number_taken > 5 and any(each.issue for each in at_work(us)))
        busy = next(each.process for each in at_work(us) if each.issue)
        taken = us.relay.number_taken
        os.kill(busy, signal.SIGKILL)
        assert seconds_until(lambda: gone(us)["died"]) < 20, "by the clock of a busy machine"
        assert seconds_until(lambda: us.relay.number_taken > taken + 5) < 20
        time.sleep(0.1)
        fleet.until(lambda: is_done(us))


def test_a_terminal_sends_beside_the_workers_and_its_ctrl_c_ends_only_its_own_part(organiser: Make) -> None:
    us = organiser(delay=0.05)
    us.settings |= {"SMTP_CONNECTIONS": "2", "SLICE": "20"}
    us.add_people(300)
    with machines(us, 1):
        for refused in (("--limit", "3"), ("--rate", "5"), ("--folder", "out")):
            said = us.run_for_words("send", us.write_post(), "--yes", *refused, code=5)
            assert f"{refused[0]} is for one run on one terminal" in said
        assert us.deliveries() == []
        beside = us.start("send", us.write_post(), "--yes", "--wait", "--here")
        with us.database() as engine:

            def both_send() -> bool:
                with reading(engine) as connection:
                    at_it = select(func.count(senders.c.worker.distinct())).where(senders.c.issue_id == 1)
                    return connection.execute(at_it).scalar_one() == 2

            wait_for(both_send)
        wait_for(lambda: us.relay.number_taken > 60)
        beside.send_signal(signal.SIGINT)
        _, said = beside.communicate(timeout=60)
        assert beside.returncode == 130, said
        assert "The workers carry on with issue 1" in said
        wait_for(lambda: is_done(us))
    assert assert_the_sums_hold(us, 0) == {"accepted": 300}
