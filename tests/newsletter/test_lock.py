"""One sender per issue, on both databases: the second is told who the first is, and a dead one holds nothing."""

import fcntl
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.database.engine import open_database
from newsletter.database.lock import sender_lock
from newsletter.errors import SenderBusy

HOLDER = """
import sys, time
from datetime import UTC, datetime
from newsletter.database.engine import open_database
from newsletter.database.lock import sender_lock
with sender_lock(open_database(sys.argv[1]), 1, datetime(2026, 3, 1, 12, 0, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_sender_of_an_issue_is_told_who_the_first_is(
    engine: Engine, database_url: str, noon: datetime
) -> None:
    another = open_database(database_url)
    with sender_lock(engine, 1, noon):
        with pytest.raises(SenderBusy) as refused, sender_lock(another, 1, noon):
            pytest.fail("two senders of one issue")
        with sender_lock(another, 2, noon):
            pass
    with sender_lock(another, 1, noon):
        pass
    another.dispose()
    assert refused.value.exit_code == 75
    assert "Issue 1 is already being sent, by " in str(refused.value)
    assert "(process " in str(refused.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_left_of_a_lock_and_whoever_was_about_to_take_it_takes_the_next(
    engine: Engine, tmp_path: Path, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ExitStack()
    first.enter_context(sender_lock(engine, 1, noon))
    take = fcntl.flock

    def once_the_first_has_gone(handle: int, how: int) -> None:
        first.close()
        take(handle, how)

    monkeypatch.setattr(fcntl, "flock", once_the_first_has_gone)
    with sender_lock(engine, 1, noon), pytest.raises(SenderBusy), sender_lock(engine, 1, noon):
        pytest.fail("two senders of one issue")
    assert not list(tmp_path.glob("*.lock"))


def test_a_lock_dies_with_its_process(engine: Engine, database_url: str, noon: datetime) -> None:
    holder = [sys.executable, "-c", HOLDER, database_url]
    checkout = Path(__file__).parents[2]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=checkout) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(SenderBusy, match=f"process {process.pid}"), sender_lock(engine, 1, noon):
            pytest.fail("two senders of one issue")
        process.kill()
        process.wait()
    for attempt in range(100):  # because PostgreSQL notices a moment later that a client has gone
        try:
            with sender_lock(engine, 1, noon):
                return
        except SenderBusy:
            if attempt == 99:
                raise
            with engine.connect():
                subprocess.run(["sleep", "0.05"], check=True)
