"""How a signal ends a program: Ctrl-C, SIGTERM, a closed terminal. A signal ignored at the start stays ignored.

While commands are being imported, nothing has been done yet: a signal ends the program at once, with one line. Later it
raises KeyboardInterrupt, so that everything is tidied up; a send and a server have their own handlers. This file
imports very little, because it is imported before everything else.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = "Interrupted; nothing is half done."
EXIT = 128
"""The exit code is this plus the number of the signal that ended the program, as in a shell."""

Handler = Callable[[int], object]
Previous = Callable[[int, FrameType | None], object] | int | None


class _Program:
    received = 0
    begun = False
    terminals: tuple[int, ...] = ()


def begin() -> None:
    """From now on let a signal end the program at once, with a line and its exit code; for before anything is done."""
    if not _Program.begun:
        _Program.begun = True
        _Program.terminals = tuple(number for number in (0, 1, 2) if os.isatty(number))
        _handle(_end_with_a_line)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # ./run blocks them until we have handlers


def interrupt() -> None:
    """From now on let a signal raise KeyboardInterrupt; does nothing unless `begin` was called."""
    if _Program.begun:
        _handle(_raise)


def finish() -> None:
    """From now on let a signal end the program silently; for when all is done but Python itself has not ended."""
    if _Program.begun:
        _handle(_end)


def received() -> int:
    """Return the signal that came first; 0: none."""
    return _Program.received


@contextmanager
def handled_by(handler: Handler) -> Iterator[None]:
    """Let `handler` handle the signals until the block ends; outside the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def take_note(number: int, frame: FrameType | None) -> None:
        _note(number)
        handler(number)

    before = _handle(take_note)
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, signal.SIG_DFL if previous is None else previous)


def _handle(handler: Callable[[int, FrameType | None], object]) -> dict[signal.Signals, Previous]:
    before = {number: signal.getsignal(number) for number in ENDING}
    heeded = {number: previous for number, previous in before.items() if previous is not signal.SIG_IGN}
    for number in heeded:
        signal.signal(number, handler)
    return heeded


def _note(number: int) -> None:
    _Program.received = _Program.received or number
    if number == signal.SIGHUP:
        leave_terminal()


def leave_terminal() -> bool:
    """Stop writing to a terminal that was closed, where each write would be an error; False: there was no terminal."""
    had_one = bool(_Program.terminals)
    with suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in _Program.terminals:
            os.dup2(nothing, number)
        os.close(nothing)
    _Program.terminals = ()
    return had_one


def _raise(number: int, frame: FrameType | None) -> None:
    again = number == signal.SIGHUP and _Program.received == number  # a closed terminal: kernel and shell each send it
    _note(number)
    if not again:
        raise KeyboardInterrupt


def _end_with_a_line(number: int, frame: FrameType | None) -> None:
    before = "\n" if 2 in _Program.terminals else ""  # the cursor stands behind the ^C that the terminal shows
    with suppress(OSError):
        os.write(2, f"{before}Error: {INTERRUPTED}\n".encode())
    _end(number, frame)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(EXIT + number)
