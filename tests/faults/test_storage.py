"""F27 to F30: faults of disk, database and clock, through the real command line."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from newsletter.database.engine import open_database
from tests.faults.conftest import Organiser

Make = Callable[..., Organiser]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def held(us: Organiser) -> bool:
    return any(mail["to"].startswith("hold") for mail in us.relay.taken)


def assert_nothing_left_without_its_log(us: Organiser) -> None:
    past_the_dot = {each.address for each in us.deliveries() if each.dotted or each.state == "accepted"}
    assert set(us.relay.copies()) <= past_the_dot


def assert_the_rest_follows_and_nobody_has_two(us: Organiser, people: int, uncertain: int) -> None:
    us.run("resume", "--wait", code=3 if uncertain else 0)
    states = list(us.states().values())
    assert (states.count("uncertain"), states.count("accepted")) == (uncertain, people - uncertain)
    assert max(us.relay.copies().values()) == 1
    assert us.relay.copies().total() >= people - uncertain


@on_sqlite
def test_f27_where_the_disk_is_full_no_dot_leaves_and_a_later_run_is_clean(organiser: Make) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(200)
    us.run("send", us.write_post(), "--yes", "--limit", "1", "--no-wait", code=75)
    # A limit on files is what a full disk is to SQLite: a write of the log that fails half way.
    us.prelude = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))"
    said = us.run_for_words("resume", "--wait", code=4)
    assert "cannot be used" in said
    assert 1 < us.relay.copies().total() < 200, "the disk was full too late, or at once"
    assert_nothing_left_without_its_log(us)
    us.prelude = ""
    del us.settings["SMTP_CONNECTIONS"]
    past = sum(each.state == "sending" and each.dotted for each in us.deliveries())
    assert_the_rest_follows_and_nobody_has_two(us, 200, past)


@on_postgresql
def test_f27_where_the_disk_of_postgresql_is_full_the_same_holds(organiser: Make) -> None:
    us = organiser()
    us.add_people(120)
    full = """
        CREATE SEQUENCE used; CREATE FUNCTION use_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.dotted AND nextval('used') > 40 THEN RAISE disk_full; END IF; RETURN NEW; END $$;
        CREATE TRIGGER use_up BEFORE UPDATE ON deliveries FOR EACH ROW EXECUTE FUNCTION use_up()"""
    with us.database() as engine, engine.begin() as connection:
        connection.execute(text(full))
    us.run("send", us.write_post(), "--yes", "--wait", code=4)
    assert 0 < us.relay.copies().total() <= 40
    assert_nothing_left_without_its_log(us)
    with us.database() as engine, engine.begin() as connection:
        connection.execute(text("DROP TRIGGER use_up ON deliveries"))
    past = sum(each.state == "sending" and each.dotted for each in us.deliveries())
    assert_the_rest_follows_and_nobody_has_two(us, 120, past)


@contextmanager
def locked(us: Organiser) -> Iterator[None]:
    """Hold a write lock on the database until the block ends."""
    if us.database_url.startswith("sqlite"):
        other = sqlite3.connect(make_url(us.database_url).database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
    else:
        with us.database() as engine, engine.begin() as connection:
            connection.execute(text("LOCK TABLE deliveries IN SHARE MODE"))
            yield


def impatient(url: str) -> str:
    return f"{url}?timeout=1" if url.startswith("sqlite") else f"{url}&options=-c%20lock_timeout%3D1s"


def test_f28_a_database_another_writer_holds_stops_the_run_and_lets_no_dot_leave(organiser: Make) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(10, "early@example.org", "hold@example.org")
    patient, us.database_url = us.database_url, impatient(us.database_url)
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    us.database_url = patient
    wait_for(lambda: held(us))
    with locked(us):
        us.relay.release()
        _, err = sending.communicate(timeout=60)
        assert sending.returncode == 4, err
        assert us.relay.copies().total() == 2, "a dot left while nothing could be written down"
    assert "Traceback" not in err
    assert_the_rest_follows_and_nobody_has_two(us, 12, 1)  # the one whose answer could not be written down


def test_f28_a_database_that_is_held_for_a_while_is_waited_for(organiser: Make) -> None:
    us = organiser()
    us.add_people(10, "hold@example.org")
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: held(us))
    with locked(us):
        us.relay.release()
        time.sleep(1.0)
        assert sending.poll() is None
    _, err = sending.communicate(timeout=60)
    assert sending.returncode == 0, err
    assert us.relay.copies().total() == 11


@contextmanager
def administration(us: Organiser) -> Iterator[Engine]:
    engine = open_database(make_url(us.database_url).set(database="postgres").render_as_string())
    yield engine
    engine.dispose()


@on_postgresql
def test_f29_a_database_that_is_gone_after_the_250_leaves_one_uncertain_who_is_not_written_to_again(
    organiser: Make,
) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(10, "early@example.org", "hold@example.org")
    name = make_url(us.database_url).database
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: held(us))
    with administration(us) as engine, engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        us.relay.release()
        _, err = sending.communicate(timeout=60)
        connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
    assert sending.returncode == 4, err
    assert "Traceback" not in err
    assert us.relay.copies() == {"early@example.org": 1, "hold@example.org": 1}
    assert_the_rest_follows_and_nobody_has_two(us, 12, 1)
    assert us.states()["hold"] == "uncertain"


@on_sqlite
@pytest.mark.parametrize("replaced", [False, True])
def test_f29_a_file_that_is_gone_after_the_250_lets_no_dot_leave_either(organiser: Make, replaced: bool) -> None:
    us = organiser()
    us.settings["SMTP_CONNECTIONS"] = "1"
    us.add_people(10, "early@example.org", "hold@example.org")
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: held(us))
    place = Path(make_url(us.database_url).database or "")
    with taken_away(place):
        if replaced:
            shutil.copy(place.parent / "away" / place.name, place)  # as who puts a backup in its place would
        us.relay.release()
        _, err = sending.communicate(timeout=60)
    assert sending.returncode == 4, err
    assert "removed or replaced" in err
    assert "Traceback" not in err
    assert us.relay.copies() == {"early@example.org": 1, "hold@example.org": 1}
    assert_the_rest_follows_and_nobody_has_two(us, 12, 1)
    assert us.states()["hold"] == "uncertain"


@contextmanager
def taken_away(place: Path) -> Iterator[None]:
    """Move a SQLite database, with the files beside it, to another folder until the block ends."""
    away = place.parent / "away"
    away.mkdir()
    for file in place.parent.glob(f"{place.name}*"):
        file.rename(away / file.name)
    yield
    for file in [*place.parent.glob(f"{place.name}*")]:
        file.unlink()
    for file in away.iterdir():
        file.rename(place.parent / file.name)


WHEN_SET = """
import datetime, pathlib
import newsletter.runtime.clock as clock
class Moved(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        file = pathlib.Path('clock')
        days = float(file.read_text()) if file.exists() else 0.0
        return datetime.datetime.now(zone) + datetime.timedelta(days=days)
clock.datetime = Moved
"""


@on_sqlite
@pytest.mark.parametrize("days", [400, -1])
def test_f30_a_clock_that_is_set_during_a_send_expires_nobody_and_holds_nobody_up(organiser: Make, days: int) -> None:
    us = organiser()
    us.prelude = WHEN_SET
    us.add_people(8, "greyer@example.org", "hold@example.org")
    sending = us.start("send", us.write_post(), "--yes", "--wait")
    wait_for(lambda: held(us))
    (us.folder / "clock").write_text(str(days))
    us.relay.release()
    _, err = sending.communicate(timeout=60)
    assert sending.returncode == 0, err
    assert set(us.states().values()) == {"accepted"}
    assert set(us.relay.copies().values()) == {1}


@on_sqlite
def test_f30_a_clock_that_is_set_back_between_two_runs_makes_nobody_wait_for_a_day(organiser: Make) -> None:
    us = organiser()
    us.add_people(2, "grey@example.org")
    us.run("send", us.write_post(), "--yes", "--no-wait", code=75)
    us.prelude = WHEN_SET
    (us.folder / "clock").write_text("-1")
    us.run("resume", "--no-wait")
    assert us.states()["grey"] == "accepted"
