"""A command that runs every minute beside `serve`, as a process of its own: if it fails, the pages keep running."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

EVERY_SECONDS = 60.0


@contextmanager
def timer(command: Sequence[str], every: float = EVERY_SECONDS) -> Iterator[None]:
    """Run `command` now, and again `every` seconds after each end; when the block ends, terminate a running one."""
    over = Event()
    thread = Thread(target=_repeat, args=(command, every, over), name="timer")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _repeat(command: Sequence[str], every: float, over: Event) -> None:
    while not over.is_set():
        # In a session of its own: a Ctrl-C is meant for the pages, and a sender that got it would pause its issue.
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:  # noqa: S603
            while process.poll() is None and not over.is_set():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
            if process.returncode is None:
                process.terminate()
        over.wait(every)
