"""Programs of ours in processes of their own, without a second's wait for each: a process that has read them already.

    python -m tests.starter SOCKET

It forks for each order that comes in at SOCKET, one JSON object with three open files: the standard ones. The child is
what `python -m newsletter WORDS` would be: the same `main`, an environment, a folder and a process id of its own, and a
signal ends it as it ends any other.
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module, reload
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, NoReturn

from newsletter.cli.catalogue import FILES
from newsletter.compiler import Furniture, compile_post
from newsletter.post import read_post
from newsletter.runtime import failpoint
from newsletter.theme import template_folders
from tests.no_null_by_accident import refuse_none

CHECKOUT = Path(__file__).parents[1]
MOST = 2**17
"""Octets of an order; the environment is the most of it."""
READ_LATE = ("tests.bystander", "premailer", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg")
"""What a program reads only when it needs it."""


NEWSLETTER = "newsletter.cli:main"
"""The command line, as `start` wants it named."""


class Program:
    """A program that is running, with as much of subprocess.Popen as the tests of faults ask for."""

    def __init__(self, line: socket.socket, out: IO[bytes], err: IO[bytes]) -> None:
        self._line, self._out, self._err = line, out, err
        self.stdout, self.stderr = Lines(self, out), Lines(self, err)
        self.pid = int(line.recv(100))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code; None while it runs."""
        return self._ended_within(0)

    def communicate(self, timeout: float = 600.0) -> tuple[str, str]:
        """Wait for its end, and return what it wrote. Raises TimeoutExpired."""
        self.wait(timeout)
        return _all_of(self._out), _all_of(self._err)

    def wait(self, timeout: float = 600.0) -> int:
        """Wait for its end, and return its exit code. Raises TimeoutExpired."""
        if self._ended_within(timeout) is None:
            raise subprocess.TimeoutExpired([str(self.pid)], timeout)
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        self.send_signal(signal.SIGKILL)

    def read_line(self) -> str:
        """Wait for the first line it writes, and return it."""
        line = self.stdout.readline()
        assert line, _all_of(self._err)
        return line

    def close(self) -> None:
        """End it, if it has not ended, and let go of it."""
        self.kill()
        self.communicate()
        for each in (self._line, self._out, self._err):
            each.close()

    def _ended_within(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], seconds)[0]:
            self.returncode = int(self._line.recv(100))
        return self.returncode


class Lines:
    """What a program writes, line by line as it comes."""

    def __init__(self, program: Program, file: IO[bytes]) -> None:
        self._program, self._file, self._read = program, file, 0

    def readline(self) -> str:
        """Wait for the next line, and return it; what is left when the program has ended, which may be nothing."""
        ended = None
        while "\n" not in (left := _all_of(self._file)[self._read :]) and ended is None:
            ended = self._program.poll()
            time.sleep(0.005)
        line = left.partition("\n")[0] + "\n" if "\n" in left else left
        self._read += len(line)
        return line


@dataclass(frozen=True)
class Starter:
    """The process that starts them, as seen from the tests."""

    address: str

    def start(
        self,
        main: str,
        *words: str,
        folder: Path = CHECKOUT,
        environment: dict[str, str] | None = None,
        prelude: str = "",
        stdin: bytes = b"",
    ) -> Program:
        """Start a program, MODULE:FUNCTION; `prelude` is Python that is run before it, in the same process.

        It reads `stdin`, less than 64 kB, from a pipe.
        """
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(self.address)
        out, err = TemporaryFile(), TemporaryFile()  # noqa: SIM115  # they are open as long as the program is of interest
        order = {"main": main, "words": words, "folder": str(folder), "environment": environment or dict(os.environ)}
        with _given(stdin) as given:
            files = [given, out.fileno(), err.fileno()]
            socket.send_fds(line, [json.dumps(order | {"prelude": prelude}).encode()], files)
        return Program(line, out, err)


@contextmanager
def running() -> Iterator[Starter]:
    """Have one ready until the block ends."""
    with TemporaryDirectory(prefix="starter-") as folder:
        address = f"{folder}/socket"
        command = [sys.executable, "-m", "tests.starter", address]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, start_new_session=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield Starter(address)


@contextmanager
def _given(stdin: bytes) -> Iterator[int]:
    if stdin:
        given, writing = os.pipe()
        os.write(writing, stdin)
        os.close(writing)
    else:
        given = os.open(os.devnull, os.O_RDONLY)
    yield given
    os.close(given)


def _all_of(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


# In the process that starts them


def serve(address: str) -> None:
    """Take orders until standard input ends, which it does with whoever gives them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background ignore it
    _read_everything()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen(50)
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who keep an eye on a program
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            line = listening.accept()[0]
            if os.fork() == 0:
                listening.close()
                _keep(line)
            line.close()


def _read_everything() -> None:
    for file in {file for files in FILES.values() for file in files}:
        import_module(f"newsletter.cli.{file}")
    for name in READ_LATE:
        import_module(name)
    refuse_none()
    _make_a_mail()
    gc.freeze()  # what the children share with us is not to be looked through, and copied by that


def _make_a_mail() -> None:
    """Because what the first mail of a program is made of is slow to read: its templates, its style sheet."""
    with TemporaryDirectory() as folder:
        post = Path(folder) / "post.md"
        post.write_text("---\ntitle: A title\n---\nWords.\n", encoding="utf-8")
        compile_post(read_post(post), Furniture("Us", "1 Example Street"), template_folders(None))


def _keep(line: socket.socket) -> None:
    """Begin what is ordered, and tell how it ended; the child does not come back from it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, files, *_ = socket.recv_fds(line, MOST, 3)
    pid = os.fork()
    if pid == 0:
        line.close()
        _become(json.loads(text), files)
    with suppress(OSError):  # because those who gave the order may have gone
        line.send(str(pid).encode())
        # It is a zombie until they have, so that nobody else has its number meanwhile.
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        line.send(str(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status).encode())
        line.recv(1)
    os._exit(0)


def _become(order: dict[str, Any], files: Sequence[int]) -> NoReturn:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["newsletter", *order["words"]]
    sys.addaudithook(_Databases())
    reload(failpoint)  # it looked at the environment when it was read
    exec(order["prelude"], {})
    module, _, function = order["main"].partition(":")
    try:
        getattr(import_module(module), function)()
    except SystemExit as end:
        _end(end.code)
    _end(None)


def _end(code: object) -> NoReturn:
    """End as Python does, but leave what it has read where it is: to take that apart costs more than most commands.

    Threads are waited for, what was registered for the end is done, and what was written is brought out.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if isinstance(code, str):
        print(code, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # because the reader may have gone
            stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


class _Databases:
    """Ends a program with an error that opens a database of its own by hand: to close that drops SQLite's locks."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect":
            self._known.add(os.path.realpath(os.fsdecode(arguments[0])))
        elif event == "open" and isinstance(arguments[0], str | bytes) and self._known:
            file = os.path.realpath(os.fsdecode(arguments[0]))
            if file.removesuffix("-wal").removesuffix("-shm") in self._known:
                raise AssertionError(f"{file} is opened by hand while SQLite uses it")


if __name__ == "__main__":
    serve(sys.argv[1])
