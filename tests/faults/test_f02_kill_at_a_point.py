"""F2: kill -9 at each named point of the loop leaves one exact state; only between dot and result is anybody uncertain.

One connection, thirty people, a relay with PIPELINING. A result travels with the next dot: that is why a death just
before the fifth "dotted" leaves the fourth uncertain, whose answer was read and not yet written down.
"""

from collections.abc import Callable

import pytest

from tests.faults.conftest import Organiser

PEOPLE = 30
FIRST_CLAIM = 16

POINTS = [
    # where it dies                accepted, dotted and claimed then   copies the relay has then
    ("recovered", (0, 0, 0), {0}),
    ("claimed", (0, 0, FIRST_CLAIM), {0}),
    ("before dotted:5", (3, 1, FIRST_CLAIM - 4), {4}),
    ("uncommitted dotted:5", (3, 1, FIRST_CLAIM - 4), {4}),
    ("dotted:5", (4, 1, FIRST_CLAIM - 5), {4}),
    ("dot:5", (4, 1, FIRST_CLAIM - 5), {4, 5}),  # the dot is on its way: whether it arrived, nobody can know
    ("answered:5", (4, 1, FIRST_CLAIM - 5), {5}),
    ("before recorded", (14, 1, 1), {15}),
    ("uncommitted recorded", (14, 1, 1), {15}),
    ("recorded", (15, 0, 1), {15}),
    ("finished", (PEOPLE, 0, 0), {PEOPLE}),
]
ON_BOTH = ("uncommitted dotted:5", "dotted:5", "answered:5", "uncommitted recorded")
"""What a transaction means is the database's business; elsewhere one of them is enough."""
CASES = [
    pytest.param(database, *about, id=f"{about[0]}-{database}")
    for about in POINTS
    for database in ("sqlite", "postgresql")
    if database == "sqlite" or about[0] in ON_BOTH
]


@pytest.mark.parametrize(("database_url", "point", "then", "copies"), CASES, indirect=["database_url"])
def test_f02_a_death_there_leaves_exactly_that_and_the_next_run_goes_on_from_it(
    organiser: Callable[..., Organiser], point: str, then: tuple[int, int, int], copies: set[int]
) -> None:
    us = organiser()
    us.settings |= {"SMTP_CONNECTIONS": "1", "FAILPOINT": point}
    us.add_people(PEOPLE)
    dying = us.start("send", us.write_post(), "--yes", "--wait")
    dying.communicate(timeout=60)
    assert dying.returncode == -9

    left = us.deliveries()
    accepted = [each.address for each in left if each.state == "accepted"]
    dotted = [each.address for each in left if each.state == "sending" and each.dotted]
    claimed = [each.address for each in left if each.state == "sending" and not each.dotted]
    assert (len(accepted), len(dotted), len(claimed)) == then
    assert {each.state for each in left} <= {"queued", "sending", "accepted"}
    assert len(us.relay.taken) in copies
    assert all(us.relay.copies()[address] == 1 for address in accepted)
    assert not any(us.relay.copies()[address] for address in claimed), "whoever is not past the dot has no copy"

    del us.settings["FAILPOINT"]
    us.run("resume", "--wait", code=3 if dotted else 0)
    after = us.deliveries()
    assert [each.address for each in after if each.state == "uncertain"] == dotted
    assert sum(each.state == "accepted" for each in after) == PEOPLE - len(dotted)
    assert max(us.relay.copies().values()) == 1
