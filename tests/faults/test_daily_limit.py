"""The daily limit with two issues at once, through the real command line: all runs share one limit."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.faults.conftest import Organiser
from tests.starter import Program

Make = Callable[..., Organiser]


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def _has_taken(us: Organiser, least: int, program: Program) -> bool:
    return us.relay.number_taken > least or program.poll() is not None


@pytest.mark.parametrize("killed", [False, True], ids=["both live", "one is killed, again and again"])
def test_two_issues_at_once_share_the_day(organiser: Make, killed: bool) -> None:
    """Red if each run counts only its own mails (100 went out, not 50), or counts outside the claim's transaction."""
    us = organiser(delay=0.05)
    us.settings |= {"DAILY_LIMIT": "50"}
    us.add_people(80)
    posts = [us.write_post("one"), us.write_post("two", "The council said no.")]
    programs = [us.start("send", post, "--yes") for post in posts]
    if killed:
        for kill in (5, 12, 20):
            wait_for(partial(_has_taken, us, kill, programs[0]))
            programs[0].kill()
            programs[0].communicate()
            programs[0] = us.start("resume", "1")
    for program in programs:
        _, said = program.communicate(timeout=100)
        assert program.returncode in (3, 75), said
    for number in ("1", "2"):  # what the one held may have come to nothing after the other had asked
        us.run("resume", number, code=None)
    gone_out = [each for each in us.deliveries() if each.state in ("accepted", "uncertain")]
    uncertain = sum(each.state == "uncertain" for each in gone_out)
    assert len(gone_out) == 50
    assert 50 - uncertain <= us.relay.number_taken <= 50
    assert not any(each.state == "sending" for each in us.deliveries())
