"""F1: kill -9 at random, over and over, while the relay drops, defers and delays: nobody is lost, nobody has two."""

import random
import subprocess
import time
from collections.abc import Callable

from tests.faults.conftest import Organiser, Relay

KILLS = 20
PEOPLE = 1200
CONNECTIONS = 4


def test_after_twenty_kills_and_a_last_send_nobody_is_missing_and_nobody_has_two(
    organiser: Callable[..., Organiser],
) -> None:
    us = organiser(seed=11, drop=0.002, drop_after=0.002, defer=0.01, delay=0.06)
    us.add_people(PEOPLE, "gone@example.org")
    post = us.write_post()
    chance = random.Random(11)
    killed = sum(kill_in_the_middle(us, post, chance) for _ in range(KILLS))
    assert killed == KILLS, "the issue was finished before the kills were: they hit nothing"
    us.run("send", post, "--yes", "--wait", "--json", code=3)

    entries = {entry["address"]: entry for entry in us.log()}
    states = {address: entry["state"] for address, entry in entries.items()}
    copies = us.relay.copies()
    assert len(entries) == PEOPLE + 1
    assert set(states.values()) <= {"accepted", "uncertain", "refused"}
    assert max(copies.values()) == 1, "somebody has two"
    assert all(copies[address] == 1 for address, state in states.items() if state == "accepted"), "somebody is lost"
    assert states["gone@example.org"] == "refused"
    uncertain = [address for address, state in states.items() if state == "uncertain"]
    dropped_after = sum(copies[address] for address in uncertain)
    assert len(uncertain) <= killed * CONNECTIONS + PEOPLE * 0.02, (len(uncertain), dropped_after)
    assert {mail["message_id"] for mail in us.relay.taken} <= {entry["message_id"] for entry in entries.values()}
    assert us.report()["frozen"] == PEOPLE + 1


def kill_in_the_middle(us: Organiser, post: str, chance: random.Random) -> bool:
    """Start a send, and kill it at a random moment after it has begun to hand over; say whether it was still alive."""
    before = len(us.relay.taken)
    process = us.start("send", post, "--yes", "--wait")
    begun = wait_until_more_than(us.relay, before, process)
    time.sleep(chance.random() * 0.3)
    process.kill()
    process.communicate()
    return begun and process.returncode == -9


def wait_until_more_than(relay: Relay, number: int, process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + 30
    while len(relay.taken) <= number and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(relay.taken) > number
