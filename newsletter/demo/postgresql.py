"""A PostgreSQL of the demo's own, in a folder of its own: made with the programs that it finds, and gone at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.errors import NewsletterError, SettingsError

FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/pgsql/bin")
"""Where systems keep programs that an organiser does not start, below the root."""


class DatabaseNotStarted(NewsletterError):
    """PostgreSQL did not start: {why}"""


@contextmanager
def running() -> Iterator[str]:
    """Run a PostgreSQL until the block ends; yield the address of an empty database in it.

    Raises SettingsError, which says what to install, where there is none. It listens at no port.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="newsletter-pg-", dir="/tmp"))  # its name may not be long
    try:
        user = _owner(folder)
        data = folder / "data"
        _call([programs / "initdb", "-D", data, "-U", "demo", "-A", "trust", "-E", "UTF8", "--no-locale"], user)
        options = f"-k {folder} -c listen_addresses=''"
        _call([programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], user)
        try:
            yield f"postgresql+psycopg://demo@/postgres?host={folder}"
        finally:
            _call([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = [path for place in FOLDERS for path in sorted(Path("/").glob(place), reverse=True)]
    known = shutil.which("initdb")
    for folder in [*found, *([Path(known).resolve().parent] if known else [])]:
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise SettingsError(
        setting="newsletter demo --machines",
        why="needs PostgreSQL on this machine. On Debian and Ubuntu: sudo apt install postgresql. On a Mac: brew "
        "install postgresql",
    )


def _owner(folder: Path) -> int | None:
    """Give the folder to an unprivileged user where we are root, because PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o755)
    return nobody.pw_uid


def _call(command: list[str | Path], user: int | None) -> None:
    with tempfile.TemporaryFile() as said:
        code = subprocess.call(command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, user=user)  # noqa: S603
        said.seek(0)
        if code:
            raise DatabaseNotStarted(why=said.read().decode(errors="replace").strip() or f"exit code {code}")
