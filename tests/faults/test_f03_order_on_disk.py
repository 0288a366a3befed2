"""F3: after a power cut, the log must know of every mail that left.

The test traces the system calls of a real send: between RCPT TO and the final dot of each mail there must be an
fdatasync of the write-ahead log. A send with durability `process` proves that the test would see a violation.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.conftest import PYTHON, Organiser

CALLS = "openat,close,fsync,fdatasync,sendto,sendmsg,write,writev"
PEOPLE = 40

_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_FIRST_NUMBER = re.compile(r"(\d+)")
_WRITTEN = re.compile(r'(\d+), (?:.*?iov_base=)?"((?:[^"\\]|\\.)*)"')
_OPENED = re.compile(r'"([^"]*)".*= (\d+)$')
_END_OF_MAIL = re.compile(r"(?:^|\\r\\n)\.\\r\\n|^BDAT \d+ LAST")
_LONGEST_WRITE = 100_000
"""Octets of a write that strace shows: a short mail is sent in one write, with the dot at its end."""


@dataclass
class Trace:
    """What the output of strace says about the order of dots and disk writes."""

    dots: int = 0
    syncs: int = 0
    violations: int = 0
    _logs: set[str] = field(default_factory=set)
    _pending: dict[str, str] = field(default_factory=dict)
    _synced_since: dict[str, bool] = field(default_factory=dict)

    def read(self, lines: Iterable[str]) -> "Trace":
        for line in lines:
            if call := _CALL.match(line):
                thread, name, rest = call.groups()
                if rest.endswith("<unfinished ...>"):
                    self._pending[thread] = rest
                self._take(name, rest)
            elif resumed := _RESUMED.match(line):
                thread, name, rest = resumed.groups()
                self._take(name, self._pending.pop(thread, "").removesuffix("<unfinished ...>") + rest, resumed=True)
        return self

    def _take(self, name: str, rest: str, resumed: bool = False) -> None:
        finished = not rest.endswith("<unfinished ...>")
        if name == "openat" and finished and (opened := _OPENED.search(rest)):
            (self._logs.add if opened[1].endswith("-wal") else self._logs.discard)(opened[2])
        elif name in ("fsync", "fdatasync") and finished and rest.endswith("= 0"):
            number = _FIRST_NUMBER.match(rest)
            if number and number[1] in self._logs:
                self.syncs += 1
                self._synced_since = dict.fromkeys(self._synced_since, True)
        elif name in ("sendto", "sendmsg", "write", "writev") and not resumed and (written := _WRITTEN.match(rest)):
            self._take_written(*written.groups())

    def _take_written(self, line: str, text: str) -> None:
        if _END_OF_MAIL.search(text):
            self.dots += 1
            self.violations += not self._synced_since.pop(line, False)
        if "RCPT TO:" in text:
            self._synced_since[line] = False


def traced_send(us: Organiser, trace: Path) -> Trace:
    strace = ["strace", "-f", "-qq", "-s", str(_LONGEST_WRITE), "-e", f"trace={CALLS}", "-o", str(trace)]
    us.add_people(PEOPLE)
    us.write_post()
    command = [*strace, PYTHON, "-m", "newsletter", "send", "post.md", "--yes", "--wait"]
    done = subprocess.run(command, cwd=us.folder, env=us.environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert set(us.relay.copies().values()) == {1}
    assert us.relay.number_taken == PEOPLE
    with trace.open(encoding="latin-1") as lines:
        return Trace().read(line.rstrip("\n") for line in lines)


@pytest.fixture
def trace_file(tmp_path: Path) -> Path:
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: the order of disk and dots was NOT tried")
    allowed = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip("this machine lets nobody trace: the order of disk and dots was NOT tried")
    return tmp_path / "trace"


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("pipelining", [True, False])
def test_f03_no_dot_leaves_before_the_log_of_it_is_on_disk(
    organiser: Callable[..., Organiser], trace_file: Path, pipelining: bool
) -> None:
    trace = traced_send(organiser(pipelining=pipelining), trace_file)
    assert trace.dots == PEOPLE
    assert trace.syncs > 0
    assert trace.violations == 0


@pytest.mark.thorough
@on_sqlite
def test_f03_the_look_at_it_sees_a_log_that_is_not_synchronous(
    organiser: Callable[..., Organiser], trace_file: Path
) -> None:
    us = organiser()
    us.settings["DURABILITY"] = "process"
    trace = traced_send(us, trace_file)
    assert trace.dots == PEOPLE
    assert trace.violations > PEOPLE // 2
