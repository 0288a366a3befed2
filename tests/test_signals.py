"""A signal ends a command with a line and its exit code, whenever it comes; a reader who has enough ends it quietly."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.starter import NEWSLETTER, Starter
from tests.test_house import ROOT

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
SETTINGS = {
    "NEWSLETTER_ORGANISATION": "Us",
    "NEWSLETTER_POSTAL_ADDRESS": "1 Example Street",
    "NEWSLETTER_FROM": "us@example.org",
    "NEWSLETTER_BASE_URL": "https://news.example.org",
}
ENVIRONMENT = {**os.environ, **SETTINGS}
SLOW = """
import sys, time
print("importing", flush=True)
class Wrapper:
    def __set_name__(self, owner, name):
        time.sleep(60)  # Python wraps what is raised here
class Wrapped:
    attribute = Wrapper()
"""


def started(folder: Path, *words: str, ignoring: tuple[signal.Signals, ...] = ()) -> "subprocess.Popen[str]":
    def ignore() -> None:
        for number in ignoring:
            signal.signal(number, signal.SIG_IGN)

    return subprocess.Popen(
        [sys.executable, "-m", "newsletter", *words],
        cwd=folder,
        env={**ENVIRONMENT, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=ignore,
    )


@pytest.mark.parametrize("slow", ["click", "sqlalchemy"])
def test_a_signal_while_it_is_imported_ends_it_with_one_line(tmp_path: Path, slow: str) -> None:
    (tmp_path / f"{slow}.py").write_text(SLOW, encoding="utf-8")
    for number, code in CODES.items():
        with started(tmp_path, "status") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "importing\n"
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
        assert (process.returncode, err.strip()) == (code, "Error: Interrupted; nothing is half done.")


def test_a_signal_that_was_ignored_at_the_start_stays_ignored(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("print('importing', flush=True)\nimport time; time.sleep(60)", encoding="utf-8")
    with started(tmp_path, "status", ignoring=(signal.SIGINT, signal.SIGHUP)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 143


def test_a_late_import_that_is_interrupted_is_no_fault_of_the_program(tmp_path: Path) -> None:
    """Some commands import a part of theirs only when they come to it: `demo` does."""
    (tmp_path / "aiosmtpd.py").write_text(SLOW, encoding="utf-8")
    for number, code in CODES.items():
        with started(tmp_path, "demo") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "importing\n"
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
        assert (process.returncode, err.strip()) == (code, "Error: Interrupted; nothing is half done.")


def ready(folder: Path, starter: Starter, *commands: str) -> None:
    for words in ("init --no-input", *commands):
        with closing(starter.start(NEWSLETTER, *words.split(), folder=folder, environment=ENVIRONMENT)) as program:
            assert program.wait(60) == 0, program.communicate()


def test_a_reader_who_has_enough_ends_a_command_without_a_word(tmp_path: Path, starter: Starter) -> None:
    people = "".join(f"person{number:05}@example.org\n" for number in range(5000))
    (tmp_path / "people.csv").write_text(f"email\n{people}", encoding="utf-8")
    ready(tmp_path, starter, "subscribers import people.csv --consent yes", "suppress import people.csv")
    for said in ("subscribers export", "subscribers list", "suppress list", "-h"):
        with started(tmp_path, *said.split()) as process:
            assert process.stdout is not None
            if said != "-h":
                process.stdout.readline()
            process.stdout.close()
            assert process.stderr is not None
            err = process.stderr.read()
        assert (process.returncode, err) == (1, ""), said


def test_a_signal_ends_the_public_pages_in_order(tmp_path: Path, starter: Starter) -> None:
    ready(tmp_path, starter)
    for number in CODES:
        with started(tmp_path, "serve", "--port", "0") as process:
            assert process.stderr is not None
            while "startup complete" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(number)
            process.communicate(timeout=30)
            assert process.returncode == 0
