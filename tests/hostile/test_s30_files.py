"""S30: only their owner can read files with addresses, and no symbolic link in their place leads elsewhere."""

import os
import stat
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.database.lock import sender_lock
from newsletter.people.erasure import erase
from subscribers.erasure import Memory
from tests.conftest import Cast

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_database_stays_private_when_somebody_is_erased(engine: Engine, cast: Cast, noon: datetime) -> None:
    old = os.umask(0)
    try:
        erase(engine, "ada@example.org", Memory(["a key for tests, long enough to be one"]), noon)
    finally:
        os.umask(old)
    path = Path(engine.url.database or "")
    files = list(path.parent.glob(f"{path.name}*"))
    assert files
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_lock_follows_no_link(engine: Engine, cast: Cast, noon: datetime, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    Path(f"{engine.url.database}.issue-7.lock").symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"), sender_lock(engine, 7, noon):
        pass
    assert precious.read_text() == "keep"


def test_a_lock_is_private(engine: Engine, cast: Cast, noon: datetime) -> None:
    old = os.umask(0)
    try:
        with sender_lock(engine, 8, noon):
            assert stat.S_IMODE(Path(f"{engine.url.database}.issue-8.lock").stat().st_mode) == 0o600
    finally:
        os.umask(old)
