"""A command run every minute beside other work, as a process of its own: what befalls it leaves the pages standing."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

EVERY_SECONDS = 60.0


@contextmanager
def timer(command: Sequence[str], every: float = EVERY_SECONDS) -> Iterator[None]:
    """Run `command` now, and `every` so many seconds after its end; when the block ends, ask a running one to end."""
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
        # In a session of its own, because a Ctrl-C is meant for the pages, and a sender takes it as "pause".
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:  # noqa: S603
            while process.poll() is None and not over.is_set():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
            if process.returncode is None:
                process.terminate()
        over.wait(every)
