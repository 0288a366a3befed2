"""A second program beside the one that is tried: it opens the database, looks, and closes it, again and again.

It is another process, because POSIX locks belong to processes: whoever closes SQLite last deletes its log, and whether
somebody is left is told by their locks. It takes turns at what such a program may be: a plain reader, a reader through
our own door, SQLite's backup, a writer. It never waits for long, and a database that is busy or away for now does not
end it. `python -m tests.bystander ADDRESS` looks once in every way for each line on standard input.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import cycle
from pathlib import Path

import psycopg
from sqlalchemy import make_url, text

from newsletter.database.engine import open_database, reading
from newsletter.errors import DatabaseError
from tests.starter import Starter

CHECKOUT = Path(__file__).parents[1]
PAUSE = 0.1
"""Seconds between two looks; each is a few milliseconds, so that the other program has most of the machine."""
AWAY = (sqlite3.Error, psycopg.Error, DatabaseError)


@contextmanager
def beside(url: str, starter: Starter) -> Iterator[None]:
    """Have a bystander look at the database until the block ends, see that it could, and that all is whole then."""
    program = starter.start("tests.bystander:main", url)
    with closing(program):
        program.read_line()
        yield
        program.kill()
        looks = program.communicate()[0].splitlines()
    assert set(looks) == {"looked"}, looks
    assert_whole(url)


@contextmanager
def at_call(url: str) -> Iterator[Callable[[], None]]:
    """Have a bystander that looks in every way when it is called."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.bystander", url]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as process:
        given, said = process.stdin, process.stdout
        assert given is not None
        assert said is not None

        def look() -> None:
            given.write("\n")
            given.flush()
            assert said.readline() == "looked\n"

        try:
            yield look
        finally:
            process.communicate()


def assert_whole(url: str) -> None:
    """See that the database is whole, and that no process works on files of it that were deleted."""
    if not url.startswith("sqlite"):
        return
    file = _file(url)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert deleted(file) == []


def deleted(file: str) -> list[str]:
    """Name the descriptors that lead to the deleted database or a deleted log of it, in all processes we may look into.

    Not those of its index: whoever closes last deletes that a moment before it is closed.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            for link in (process / "fd").iterdir():
                place = os.readlink(link)  # noqa: PTH115  # it is asked for often
                if place in (f"{file} (deleted)", f"{file}-wal (deleted)"):
                    found.append(f"{link}: {place}")
    return found


def _file(url: str) -> str:
    return os.path.realpath(make_url(url).database or "")


# In the process that looks


def plain_reader(url: str) -> None:
    with closing(sqlite3.connect(_file(url), timeout=0.1)) as connection:
        connection.execute("SELECT count(*) FROM deliveries").fetchone()


def backup(url: str) -> None:
    with closing(sqlite3.connect(_file(url), timeout=0.1)) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        assert copy.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)


def writer(url: str) -> None:
    """Take the write lock, as a bulk `tag` does, and let it go."""
    with closing(sqlite3.connect(_file(url), timeout=0.1, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE subscribers SET first_name = first_name WHERE id % 7 = 0")
        connection.execute("COMMIT")


def ours(url: str) -> None:
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            connection.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state")).all()
    finally:
        engine.dispose()


def another_server_reader(url: str) -> None:
    address = make_url(url)
    with psycopg.connect(dbname=address.database, user=address.username, host=str(address.query["host"])) as connection:
        connection.execute("SELECT count(*) FROM deliveries").fetchone()


def ways(url: str) -> tuple[Callable[[str], None], ...]:
    """What a program beside may be."""
    return (plain_reader, ours, backup, writer) if url.startswith("sqlite") else (another_server_reader, ours)


def main() -> None:
    """Look until it is killed; each look is a line on standard output."""
    url = sys.argv[1]
    for number, look in enumerate(cycle(ways(url))):
        with suppress(*AWAY):
            look(url)
            print("looked", flush=True)
        if url.startswith("sqlite") and number % 4 == 1:
            for each in deleted(_file(url)):
                print(each, flush=True)
        time.sleep(PAUSE)


def look_when_asked(url: str) -> None:
    for _ in sys.stdin:
        for look in ways(url):
            look(url)
        print("looked", flush=True)


if __name__ == "__main__":
    look_when_asked(sys.argv[1])
