"""A copy of the database in one file, made while others write to it. SQLite copies itself; pg_dump copies PostgreSQL.

The copy shows one moment, is checked before it gets its name, and is readable for its owner only.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from newsletter.database.engine import place, translated
from newsletter.errors import CopyFailed
from newsletter.runtime.whole_file import new_file


def back_up(engine: Engine, file: Path) -> int:
    """Copy the database to `file`, which must not exist yet; return its size in bytes.

    The copy notices that it is one, and sends nothing: see send_log.home. Raises CopyFailed or DatabaseError.
    """
    try:
        with new_file(file) as part:
            (_copy_sqlite if engine.dialect.name == "sqlite" else _copy_postgresql)(engine, part, file)
            return part.stat().st_size
    except FileExistsError:
        raise CopyFailed(file=file, why="it is there already, and no copy replaces another one") from None
    except OSError as error:
        raise CopyFailed(file=file, why=(error.strerror or str(error)).lower()) from None


def _copy_sqlite(engine: Engine, part: Path, file: Path) -> None:
    with translated(engine), engine.connect() as connection, closing(sqlite3.connect(part)) as copy:
        driver: Any = connection.connection.driver_connection
        try:
            driver.backup(copy)  # all pages in one step: a writer would make it begin again between two
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:  # not translated: it may be about the disk of the copy
            raise CopyFailed(file=file, why=str(error)) from None
    if said != "ok":
        raise CopyFailed(file=file, why=f"the database is damaged: {said}. `newsletter db check` says more")


def _copy_postgresql(engine: Engine, part: Path, file: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise CopyFailed(file=file, why="pg_dump is not installed here. On Debian: sudo apt install postgresql-client")
    address, secret = _address(engine.url)
    command = [program, "--format=custom", f"--file={part}", f"--dbname={address}"]
    done = subprocess.run(  # noqa: S603  nothing in it is read by a shell
        command, capture_output=True, text=True, env={**os.environ, **secret}, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["pg_dump failed"])[-1]
        raise CopyFailed(file=file, why=f"{why} ({place(engine)})")


def _address(url: URL) -> tuple[str, dict[str, str]]:
    """Return the address for pg_dump without its password, which every user could see there, and the password."""
    secret = url.password or str(url.query.get("password", ""))
    shown = url.set(drivername="postgresql").difference_update_query(["password"])
    shown = URL.create("postgresql", shown.username, None, shown.host, shown.port, shown.database, shown.query)
    return shown.render_as_string(hide_password=False), {"PGPASSWORD": str(secret)} if secret else {}
