"""M10, M11: the limits of all machines together, with whole programs, some of them killed.

Each program sends an issue of its own: on PostgreSQL they share the rate, the day and the connections. What holds for
two machines holds for two terminals on one.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from newsletter.database.engine import reading
from tests.faults.conftest import Organiser
from tests.starter import Program

Make = Callable[..., Organiser]
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
MACHINES = 4


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@contextmanager
def machines_at_work(us: Organiser, *words: str) -> Iterator[list[Program]]:
    """Start one program for each of MACHINES issues, and wait until each has enrolled."""
    posts = [us.write_post(f"post{number}", f"News number {number}.") for number in range(MACHINES)]
    programs = [us.start("send", post, "--yes", *words) for post in posts]
    wait_for(lambda: senders_present(us) == MACHINES)
    yield programs
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.communicate()


def senders_present(us: Organiser) -> int:
    with us.database() as engine, reading(engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM senders WHERE gone_at IS NULL")).scalar_one())


def moments(us: Organiser) -> list[float]:
    """Say when each mail was begun, by the relay's clock."""
    return [event["at"] for event in us.relay.events if event["what"] == "mail"]


@on_postgresql
def test_m10_four_programs_keep_one_rate_though_some_are_killed(organiser: Make) -> None:
    """Red if each keeps the rate for itself: four times as many go out."""
    us = organiser()
    rate = 40
    us.settings |= {"RATE_PER_SECOND": str(rate), "SMTP_CONNECTIONS": "8"}
    us.add_people(400)
    with machines_at_work(us) as programs:
        wait_for(lambda: us.relay.number_taken > 20)
        began, before = time.monotonic(), us.relay.number_taken
        for program in programs[:2]:
            time.sleep(1.5)
            program.kill()
        time.sleep(1.5)
        lasted, taken = time.monotonic() - began, us.relay.number_taken - before
    assert taken <= rate * (lasted + 0.25) + 2 * MACHINES, "more than the rate"
    assert taken >= rate * lasted / 2, "a killed program took more of the rate with it than it had reserved"


@on_postgresql
@pytest.mark.parametrize("limits", [{"DAILY_LIMIT": "240"}, {"WARM_UP": "240 5000"}], ids=["day", "warm-up"])
def test_m10_four_programs_share_the_day_though_some_are_killed(organiser: Make, limits: dict[str, str]) -> None:
    """Red if a grant is not counted, or if a claim takes more than was granted."""
    us = organiser(delay=0.01)
    us.settings |= limits | {"SMTP_CONNECTIONS": "8"}
    us.add_people(150)
    with machines_at_work(us) as programs:
        for number, taken in enumerate((20, 60)):
            wait_for(lambda taken=taken: us.relay.number_taken > taken)  # type: ignore[misc]
            programs[number].kill()
            programs[number].communicate()
        for program in programs[2:]:
            program.communicate(timeout=100)
    held = Counter(each.state for each in us.deliveries())
    assert us.relay.number_taken <= 240
    assert held["accepted"] + held["sending"] <= 240
    for number in range(1, MACHINES + 1):
        us.run("resume", str(number), code=None)
    for number in range(1, MACHINES + 1):  # what was given back after another had asked
        us.run("resume", str(number), code=None)
    found = Counter(each.state for each in us.deliveries())
    assert found["accepted"] + found["uncertain"] == 240
    assert us.relay.number_taken <= 240


@on_postgresql
def test_m11_all_rest_when_one_is_told_to_and_then_one_connection_asks(organiser: Make) -> None:
    """Red if a rest is only that program's, or if each has at least one connection after it."""
    us = organiser(delay=0.2)  # so that twenty acceptances, after which one more may ask, take two seconds
    us.settings |= {"SMTP_CONNECTIONS": "8", "REST_SECONDS": "6"}
    us.add_people(60)
    us.add_people(0, "throttle@example.org")  # its mail is turned away once, for one of the four only
    us.add_people(300)
    with machines_at_work(us, "--wait"):
        wait_for(lambda: us.relay.said_or_done()["throttled"])
        throttled = next(event["at"] for event in us.relay.events if event["what"] == "throttled")
        wait_for(lambda: max(moments(us), default=0) > throttled + 5)
        time.sleep(1.5)
    begun = [moment - throttled for moment in moments(us)]
    assert not [moment for moment in begun if 2.5 < moment < 5.9], "somebody did not rest"
    asked = min(moment for moment in moments(us) if moment - throttled > 5.9)
    # Connections that were open before the rest end when it does.
    after = [event for event in us.relay.events if asked + 0.5 < event["at"] < asked + 1.1]
    assert after, "nobody asked again"
    assert max(event["open"] for event in after) == 1, "more than one connection asked after the rest"
