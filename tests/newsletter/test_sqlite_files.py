"""The files of a SQLite database in use: its locks stay, and a file that goes away is seen before all is called well.

The bystander is always another process, because POSIX locks belong to processes.
"""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from newsletter.bounces.mailboxes import files
from newsletter.cli.imports import opened
from newsletter.database import sqlite_files
from newsletter.database.engine import Writer, open_database, reading, upgrade, writing
from newsletter.database.group_commit import GroupCommit
from newsletter.database.sqlite_files import make_private
from newsletter.errors import DatabaseError
from newsletter.publish import reach
from tests.bystander import at_call

COUNT = text("SELECT count(*) FROM suppressions")
ADD = text(
    "INSERT INTO suppressions (address, reason, detail, at) VALUES (:address, 'asked', '', '2026-01-01 00:00:00')"
)


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path))


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def side(file: Path, end: str) -> Path:
    return file.with_name(file.name + end)


def add(engine: Engine, address: str) -> None:
    with writing(engine) as connection:
        connection.execute(ADD, {"address": address})


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(COUNT).scalar_one())


ADDRESSES = """
import sqlite3, sys
print(*(row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT address FROM suppressions ORDER BY 1")))
"""


def seen_by_another(file: Path) -> list[str]:
    command = [sys.executable, "-c", ADDRESSES, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def locks(file: Path) -> int:
    """How many locks this process holds on `file`, as the kernel counts them."""
    inode = str(file.stat().st_ino)
    lines = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return sum(
        kind == "POSIX" and pid == str(os.getpid()) and place.rpartition(":")[2] == inode
        for _, kind, _, _, pid, place, *_ in (line for line in lines if line[1] != "->")
    )


def read_on(engine: Engine, connections: int) -> None:
    with ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(reading(engine)).execute(COUNT)


def spawn(engine: Engine) -> None:
    subprocess.run([sys.executable, "-c", "import sys"], check=True, close_fds=False)


def fork(engine: Engine) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def write_and_let_go(engine: Engine) -> None:
    writer = Writer(engine)
    with writer.writing() as connection:
        connection.execute(ADD, {"address": "w@example.org"})
    writer.close()


def write_in_threads(engine: Engine) -> None:
    commits = GroupCommit(engine)

    def add_one(number: int) -> None:
        with commits.writing() as connection:
            connection.execute(ADD, {"address": f"t{number}@example.org"})

    threads = [threading.Thread(target=add_one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def open_another_engine(engine: Engine) -> None:
    another = open_database(str(engine.url))
    read_on(another, 3)
    another.dispose()


WHAT_A_PROGRAM_DOES: list[Callable[[Engine], None]] = [
    lambda engine: read_on(engine, 2),
    lambda engine: read_on(engine, 12),  # more than the pool keeps: some are closed again
    write_and_let_go,
    write_in_threads,
    open_another_engine,
    upgrade,
    spawn,
    fork,
    lambda engine: engine.dispose(close=False),
]


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel does not list locks: NOT tried")
def test_whatever_a_program_does_it_keeps_its_locks_on_the_database(engine: Engine, file: Path) -> None:
    with at_call(engine.url.render_as_string()) as look, reading(engine) as first:
        first.execute(COUNT)
        assert locks(file), "the look at it does not see a lock"
        log = side(file, "-wal").stat().st_ino
        for act in WHAT_A_PROGRAM_DOES:
            act(engine)
            assert locks(file), f"{act} dropped the locks"
            assert locks(side(file, "-shm")), f"{act} dropped the locks of the index"
            look()
            assert side(file, "-wal").stat().st_ino == log, f"another program believed it was alone after {act}"


def delete(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


def move_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


LOSSES = [(end, loss) for end in ("", "-wal", "-shm") for loss in (delete, replace, move_away)]
ids = [f"{loss.__name__}{end}" for end, loss in LOSSES]


@pytest.mark.parametrize(("end", "loss"), LOSSES, ids=ids)
def test_a_file_that_goes_away_is_no_success_for_anybody_from_then_on(
    engine: Engine, file: Path, end: str, loss: Callable[[Path], None]
) -> None:
    add(engine, "before@example.org")
    writer, commits = Writer(engine), GroupCommit(engine)
    with writer.writing() as connection:
        connection.execute(ADD, {"address": "also@example.org"})
    loss(side(file, end))
    for _ in range(2):
        with pytest.raises(DatabaseError, match="removed or replaced"), writer.writing():
            pass
        with pytest.raises(DatabaseError, match="removed or replaced"), commits.writing():
            pass
        with pytest.raises(DatabaseError, match="removed or replaced"):
            add(engine, "after@example.org")
        with pytest.raises(DatabaseError, match="removed or replaced"):
            count(engine)


@pytest.mark.parametrize(("end", "loss"), LOSSES, ids=ids)
def test_a_commit_into_a_file_that_has_just_gone_is_not_reported_as_success(
    engine: Engine, file: Path, end: str, loss: Callable[[Path], None]
) -> None:
    count(engine)

    def write_meanwhile() -> None:
        with writing(engine) as connection:
            connection.execute(ADD, {"address": "late@example.org"})
            loss(side(file, end))

    with pytest.raises(DatabaseError, match="removed or replaced"):
        write_meanwhile()
    with pytest.raises(DatabaseError, match="removed or replaced"):
        count(engine)


def test_a_loss_between_two_transactions_that_follow_at_once_is_seen_however_coarse_the_clock(
    engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = 50_000_000
    exactly = sqlite_files._changed
    monkeypatch.setattr(sqlite_files, "_changed", lambda folder: exactly(folder) // tick * tick)
    for _ in range(8):  # because one may fall between two ticks
        engine = open_database(str(engine.url))
        count(engine)
        count(engine)
        replace(side(file, "-wal"))
        with pytest.raises(DatabaseError, match="removed or replaced"):
            count(engine)


def test_times_of_a_folder_that_were_set_back_hide_nothing(engine: Engine, file: Path) -> None:
    add(engine, "before@example.org")
    time.sleep(0.2)  # until one look at the folder is enough
    assert count(engine) == 1
    folder = file.parent.stat()
    side(file, "-wal").unlink()
    os.utime(file.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    with pytest.raises(DatabaseError, match="removed or replaced"):
        add(engine, "after@example.org")


def test_what_was_in_a_deleted_log_is_saved_at_the_end_where_nobody_has_begun_another(file: Path) -> None:
    engine = open_database(f"sqlite:///{file}")
    add(engine, "before@example.org")
    side(file, "-wal").unlink()
    side(file, "-shm").unlink()
    with pytest.raises(DatabaseError):
        add(engine, "after@example.org")
    engine.dispose()
    assert seen_by_another(file) == ["before@example.org"]


LOSES_ITS_LOG = """
import sys, time
from sqlalchemy import text
from newsletter.database.engine import open_database, reading, writing
from newsletter.cli.imports import opened
from newsletter.errors import DatabaseError, UnreadableMail
engine = open_database(sys.argv[1])
add = text(
    "INSERT INTO suppressions (address, reason, detail, at) VALUES (:address, 'asked', '', '2026-01-01 00:00:00')"
)
with writing(engine) as connection:
    connection.execute(add, {"address": "lost@example.org"})
print("written", flush=True)
if sys.stdin.readline() == "write\\n":
    try:
        with writing(engine) as connection:
            connection.execute(add, {"address": "after@example.org"})
    except DatabaseError as error:
        print(error, flush=True)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("first_to_go", ["ours", "the other"])
@pytest.mark.parametrize("notices", [True, False])
def test_who_has_lost_their_log_neither_overwrites_nor_deletes_what_another_has_committed_since(
    file: Path, first_to_go: str, notices: bool
) -> None:
    command = [sys.executable, "-c", LOSES_ITS_LOG, f"sqlite:///{file}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "written\n"
        for end in ("-wal", "-shm"):
            side(file, end).unlink()
        other = open_database(f"sqlite:///{file}")
        add(other, "other@example.org")
        if first_to_go == "the other":
            other.dispose()
        said, _ = program.communicate("write\n" if notices else "\n", timeout=60)
        assert ("removed or replaced" in said) is notices
        if first_to_go == "ours":
            add(other, "more@example.org")
            other.dispose()
    assert seen_by_another(file) == (["more@example.org"] if first_to_go == "ours" else []) + ["other@example.org"]
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_file_that_a_person_names_is_not_opened_where_it_is_the_database(engine: Engine, file: Path) -> None:
    add(engine, "before@example.org")
    (file.parent / "another.txt").hardlink_to(file)
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm", "another.txt"):
        assert "in use" in files.incoming(file.parent / name).trouble
        assert isinstance(reach.read(file.parent, name), reach.Refusal)
        with pytest.raises(OSError, match="in use"):
            opened(str(file.parent / name))
    assert locks(file)


def test_side_files_that_come_and_go_as_they_should_are_no_loss(file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{file}"
    with at_call(url) as look:
        for number in range(3):
            engine = open_database(url)
            add(engine, f"{number}@example.org")
            engine.dispose()  # the last to go takes the side files with it
            assert not side(file, "-wal").exists()
            read_on(engine, 12)
            with writing(engine) as connection:
                connection.exec_driver_sql("CREATE TABLE more (x)")
                connection.exec_driver_sql("DROP TABLE more")
            look()
            raw = engine.raw_connection()
            for words in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(words)
            raw.close()
            (tmp_path / "another file").touch()
            assert count(engine) == number + 1
            engine.dispose()


@contextmanager
def a_careless_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("linked", [False, True])
def test_a_database_that_is_made_is_for_its_owner_only_whatever_the_umask(tmp_path: Path, linked: bool) -> None:
    path = tmp_path / "x.db"
    if linked:
        (tmp_path / "elsewhere").mkdir()
        path.symlink_to(tmp_path / "elsewhere" / "y.db")
    with a_careless_umask():
        engine = open_database(f"sqlite:///{path}")
        upgrade(engine)
        made = [each for each in tmp_path.rglob("*") if each.is_file()]
        assert len({each.resolve() for each in made}) == 3
        assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {0o600}
        assert count(engine) == 0
        engine.dispose()


def test_to_make_it_again_changes_and_opens_nothing_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"mine")
    make_private(path)
    assert path.read_bytes() == b"mine"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.thorough
def test_two_programs_that_make_the_database_at_once_make_one(tmp_path: Path) -> None:
    script = "import sys; from newsletter.database.engine import *; upgrade(open_database(sys.argv[1]))"
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path}/x.db"]
    programs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for program in programs:
        _, err = program.communicate(timeout=60)
        assert program.returncode == 0, err
    assert stat.S_IMODE((tmp_path / "x.db").stat().st_mode) == 0o600
    assert {each.name.removesuffix("-wal").removesuffix("-shm") for each in tmp_path.iterdir()} == {"x.db"}
