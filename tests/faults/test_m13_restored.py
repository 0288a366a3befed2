"""M13: a database that may have forgotten what was sent sends nothing until an organiser says so.

A standby that takes over and had not received everything; a copy in the same server; a copied file of SQLite.
"""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from newsletter.database.engine import open_database, upgrade
from tests import postgresql
from tests.faults.conftest import Organiser, Relay
from tests.starter import Starter

Make = Callable[..., Organiser]
COMMANDS = (("due",), ("resume",), ("send", "post.md", "--yes"), ("send", "other.md", "--yes"))
PEOPLE = 60


def begin(us: Organiser) -> None:
    """Write to the first few of issue 1, which is not finished, and leave issue 2 open as well."""
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(PEOPLE)
    for name in ("post", "second"):
        us.run("send", us.write_post(name, f"The words of {name}."), "--yes", "--limit", "10", code=75)
    us.write_post("other", "This was not begun.")


def assert_it_sends_nothing_until_told(us: Organiser) -> None:
    taken = us.relay.number_taken
    for number, words in enumerate(COMMANDS):
        said = us.run_for_words(*words, code=0 if words == ("due",) and number else 75)
        assert "may have forgotten what was sent" in said
        assert "newsletter resume --restored" in said
        assert us.relay.number_taken == taken, words
    assert "paused: this database is a copy" in us.run("status")
    assert Counter(each.state for each in us.deliveries()).keys() <= {"accepted", "queued"}
    us.run("resume", "1", "--restored")
    for issue in ("2", "3"):
        us.run("resume", issue)
    assert Counter(each.state for each in us.deliveries()) == {"accepted": 3 * PEOPLE}


@pytest.fixture
def with_a_standby() -> Iterator[postgresql.Server]:
    with postgresql.running("replica") as server:
        yield server


@pytest.mark.thorough
def test_a_standby_that_took_over_and_had_not_received_everything(
    with_a_standby: postgresql.Server, tmp_path: Path, relay_with: Callable[..., Relay], starter: Starter
) -> None:
    """Red if only the identifier of the data is compared: a standby has the same."""
    url = with_a_standby.new_database()
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
    (tmp_path / "folder").mkdir()
    us = Organiser(tmp_path / "folder", url, relay_with(), starter)
    begin(us)
    standby = with_a_standby.copied()
    us.run("resume", "1", "--limit", "10", code=75)
    with_a_standby.fails_over_to(standby)
    assert Counter(each.state for each in us.deliveries()) == {"accepted": 20, "queued": 100}, (
        "it has not forgotten anything"
    )
    assert_it_sends_nothing_until_told(us)
    assert us.relay.number_taken == 3 * PEOPLE + 10, "ten were forgotten"
    for program in us.started:
        program.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_copy_in_the_same_server(organiser: Make, postgresql_server: postgresql.Server) -> None:
    """Red if the number of the database is not compared."""
    us = organiser()
    begin(us)
    original = us.database_url
    name = make_url(original).database
    us.database_url = postgresql_server.new_database(str(name))
    try:
        assert_it_sends_nothing_until_told(us)
    finally:
        postgresql_server._drop(us.database_url)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copied_file_and_a_renamed_folder(organiser: Make, tmp_path: Path) -> None:
    us = organiser()
    begin(us)
    file = Path(str(make_url(us.database_url).database))
    moved = tmp_path / "renamed"
    moved.mkdir()
    for each in file.parent.glob(f"{file.name}*"):  # what was written last may be in the -wal file
        each.rename(moved / each.name.replace(file.name, "newsletter.db"))
    us.database_url = f"sqlite:///{moved / 'newsletter.db'}"
    us.run("resume", "1", "--limit", "5", code=75)
    assert us.relay.number_taken == 25, "a folder that is renamed is the same folder"
    for each in moved.glob("newsletter.db*"):
        shutil.copy(each, tmp_path / each.name.replace("newsletter", "restored"))
    us.database_url = f"sqlite:///{tmp_path / 'restored.db'}"
    assert_it_sends_nothing_until_told(us)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_dot_leaves_once_another_database_answers_in_the_middle_of_a_run(organiser: Make) -> None:
    """Red if the journal does not compare: whoever has claimed goes on with what it has claimed."""
    us = organiser(delay=0.05)
    us.settings["SMTP_CONNECTIONS"] = "2"
    us.add_people(400)
    program = us.start("send", us.write_post(), "--yes")
    deadline = time.monotonic() + 60
    while us.relay.number_taken < 10:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    url = make_url(us.database_url)
    with psycopg.connect(f"host={url.query['host']} user=tester dbname={url.database}") as connection:
        connection.execute("UPDATE lineage SET place = 'somewhere else'")
    at_that_moment = us.relay.number_taken
    _, said = program.communicate(timeout=60)
    assert program.returncode == 75, said
    assert "may have forgotten what was sent" in said
    assert us.relay.number_taken <= at_that_moment + 4
    assert "sending" not in us.states().values()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_role_without_privileges_can_be_told_which_database_it_is(database_url: str) -> None:
    url = make_url(database_url)
    role = f"plain_{os.getpid()}"
    with psycopg.connect(f"host={url.query['host']} user=tester dbname={url.database}", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role}")
        try:
            connection.execute(f"SET ROLE {role}")
            asked = "SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) FROM pg_control_system()"
            assert connection.execute(asked).fetchone()
        finally:
            connection.execute("RESET ROLE")
            connection.execute(f"DROP ROLE {role}")
