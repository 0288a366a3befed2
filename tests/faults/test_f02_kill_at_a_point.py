"""F2: kill -9 at each named point of the loop leaves one exact state; only between dot and result are some uncertain.

One connection, thirty people, a relay with PIPELINING. A result is written in the same commit as the next dot. So a
kill just before the fifth "dotted" leaves the fourth uncertain: its answer was read, but not yet written.
"""

from collections.abc import Callable

import pytest

from tests.faults.conftest import Organiser

pytestmark = pytest.mark.usefixtures("in_company")

PEOPLE = 30
FIRST_CLAIMS = (8, 16)
"""The possible sizes of the first claim: a machine that starts slowly makes the smaller one."""


def left_by(claim: int) -> dict[str, tuple[tuple[int, int, int], set[int]]]:
    """Return, for a kill at each point, how many are accepted, dotted and claimed, and how many the relay took."""
    return {
        "recovered": ((0, 0, 0), {0}),
        "claimed": ((0, 0, claim), {0}),
        "before dotted:5": ((3, 1, claim - 4), {4}),
        "uncommitted dotted:5": ((3, 1, claim - 4), {4}),
        "dotted:5": ((4, 1, claim - 5), {4}),
        "dot:5": ((4, 1, claim - 5), {4, 5}),  # the dot is on its way: whether it arrived, nobody can know
        "answered:5": ((4, 1, claim - 5), {5}),
        "before recorded": ((claim - 2, 1, 1), {claim - 1}),
        "uncommitted recorded": ((claim - 2, 1, 1), {claim - 1}),
        "recorded": ((claim - 1, 0, 1), {claim - 1}),
        "finished": ((PEOPLE, 0, 0), {PEOPLE}),
    }


ON_BOTH = ("uncommitted dotted:5", "dotted:5", "answered:5", "uncommitted recorded")
"""Points that depend on the database's transactions, so both databases are tried; for the others one is enough."""
CASES = [
    pytest.param(database, point, id=f"{point}-{database}")
    for point in left_by(max(FIRST_CLAIMS))
    for database in ("sqlite", "postgresql")
    if database == "sqlite" or point in ON_BOTH
]


@pytest.mark.parametrize(("database_url", "point"), CASES, indirect=["database_url"])
def test_f02_a_death_there_leaves_exactly_that_and_the_next_run_goes_on_from_it(
    organiser: Callable[..., Organiser], point: str
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
    found = (len(accepted), len(dotted), len(claimed))
    copies = dict(left_by(claim)[point] for claim in FIRST_CLAIMS)
    assert found in copies
    assert {each.state for each in left} <= {"queued", "sending", "accepted"}
    assert us.relay.number_taken in copies[found]
    assert all(us.relay.copies()[address] == 1 for address in accepted)
    assert not any(us.relay.copies()[address] for address in claimed), "whoever is not past the dot has no copy"

    del us.settings["FAILPOINT"]
    us.run("resume", "--wait", code=3 if dotted else 0)
    after = us.deliveries()
    assert [each.address for each in after if each.state == "uncertain"] == dotted
    assert sum(each.state == "accepted" for each in after) == PEOPLE - len(dotted)
    assert max(us.relay.copies().values()) == 1
