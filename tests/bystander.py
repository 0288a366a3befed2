"""A second program beside the one that is tried: it opens the database, looks, and closes it, again and again.

    python -m tests.bystander ADDRESS [when-asked]

It is another process, because POSIX locks belong to processes: whoever closes SQLite last deletes its log, and whether
somebody is left is told by their locks. It takes turns at what such a program may be: a plain reader, a reader through
our own door, SQLite's backup, a writer. For each line on standard input it answers with the number of its looks so far
(`when-asked`: it looks in every way first, and not by itself); at the end of the input it ends. It never waits for
long, and a database that is busy or away for now does not end it.
"""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psycopg
from sqlalchemy import make_url, text

from newsletter.database import open_database, reading
from newsletter.errors import DatabaseError

CHECKOUT = Path(__file__).parents[1]
PAUSE = 0.02
"""Seconds between two looks; each is a few milliseconds, so that the other program has most of the machine."""
AWAY = (sqlite3.Error, psycopg.Error, DatabaseError)


@dataclass
class Bystander:
    """A bystander that is running."""

    process: "subprocess.Popen[str]"

    def looks(self) -> int:
        """Say how often it has looked; one that looks when asked looks now."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def beside(url: str, *, when_asked: bool = False) -> Iterator[Bystander]:
    """Have a bystander look at the database until the block ends, and see that it could."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.bystander", url, *(["when-asked"] if when_asked else [])]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as process:
        bystander = Bystander(process)
        try:
            assert bystander.looks() >= 0, "it did not begin"
            yield bystander
            assert bystander.looks() > 0, "it never looked"
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
    """Name the descriptors that lead to deleted files of this database, in all processes we may look into."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            place = str(link.readlink())
            if place.startswith(file) and place.endswith("(deleted)"):
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


def look_by_itself(url: str) -> None:
    looked = 0

    def answer() -> None:
        for _ in sys.stdin:
            print(looked, flush=True)
        os._exit(0)

    threading.Thread(target=answer).start()
    for look in cycle(ways(url)):
        with suppress(*AWAY):
            look(url)
            looked += 1
        time.sleep(PAUSE)


def look_when_asked(url: str) -> None:
    for number, _ in enumerate(sys.stdin, 1):
        for look in ways(url):
            look(url)
        print(number, flush=True)


if __name__ == "__main__":
    (look_when_asked if sys.argv[2:] else look_by_itself)(sys.argv[1])
