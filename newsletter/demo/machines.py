"""The story with machines: two workers send one issue from one PostgreSQL, one is killed, and the account balances."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path

from newsletter.database.engine import open_database, reading
from newsletter.demo import (
    CONSENT,
    FIRST,
    DemoFailed,
    RunCommand,
    Say,
    demo_folder,
    own_settings_only,
    postgresql,
    prepare,
    step,
)
from newsletter.demo.catcher import Catcher
from newsletter.fleet.engine import require
from newsletter.send_log import workers

PEOPLE, SLICE, RATE = 300, 25, 25
"""So many people, in slices of so many, and so many mails a second: slow enough to watch."""
PATIENCE = 60.0


def tell(run: RunCommand, say: Say, keep: Path | None) -> None:
    """Tell the story, running each command with `run`. Raises DemoFailed if a step goes wrong.

    Raises SettingsError, which says what to install, where there is no PostgreSQL or no engine.
    """
    require()
    with ExitStack() as stack:
        stack.enter_context(own_settings_only())
        url = stack.enter_context(postgresql.running())
        folder = stack.enter_context(demo_folder(keep))
        catcher = stack.enter_context(Catcher.running(folder / "caught"))
        more = {"database_url": url, "slice": str(SLICE), "rate_per_second": str(RATE), "smtp_connections": "2"}
        prepare(folder, catcher, "http://127.0.0.1:8000", more)
        stack.enter_context(chdir(folder))
        say(f"A folder of an organiser's own: {folder}\nA PostgreSQL that all machines share: {url}")
        step(run, ["init", "--no-input"])
        people = "\n".join(f"person{number:03}@supporters.example" for number in range(PEOPLE))
        (folder / "many.csv").write_text(f"email\n{people}\n", encoding="utf-8")
        step(run, ["subscribers", "import", "many.csv", "--consent", CONSENT])
        _send_with_two(run, say, catcher, url)
        say("\n— What became of everybody —")
        step(run, ["report", "1"])
        copies = Counter(mail["To"] for mail in catcher.mails)
        if max(copies.values()) > 1:
            raise DemoFailed(why="somebody got the issue twice")
        say(f"{len(copies)} of {PEOPLE} people have it, each of them once.")


def _send_with_two(run: RunCommand, say: Say, catcher: Catcher, url: str) -> None:
    say("\n— Two workers: on two machines each would be started like this —")
    with _worker(say) as first, _worker(say):
        _until_both_are_there(url)
        killing = threading.Thread(target=_kill_in_the_middle, args=(first, catcher, say), daemon=True)
        killing.start()
        step(run, ["send", FIRST, "--yes", "--wait"], allowed=(3,))
        killing.join(PATIENCE)
        say("\n— The machines, afterwards —")
        step(run, ["status"])


@contextmanager
def _worker(say: Say) -> Iterator["subprocess.Popen[bytes]"]:
    say("$ newsletter worker &")
    command = [sys.executable, "-m", "newsletter", "worker"]
    # A process group of its own, so that a Ctrl-C ends the story, and the story ends the workers.
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, process_group=0) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()


def _until_both_are_there(url: str) -> None:
    engine = open_database(url)
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            with reading(engine) as connection:
                if workers.alive(connection) > 1:
                    return
            if time.monotonic() > deadline:
                raise DemoFailed(why="the workers did not begin")
            time.sleep(0.2)
    finally:
        engine.dispose()


def _kill_in_the_middle(worker: "subprocess.Popen[bytes]", catcher: Catcher, say: Say) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(catcher.mails) < PEOPLE // 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    say(f"\n— One of them dies in the middle: kill -9 {worker.pid} —")
    os.kill(worker.pid, signal.SIGKILL)
