"""What the command line says, and how: data to stdout, words to stderr, a bar only where somebody is watching."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, Protocol

import click
from rich import progress as rich_progress
from rich.console import Console

EVERY_SECONDS = 10.0
EVERY_MANY = 1000

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")


quiet = False
"""Whether the organiser wants to hear nothing but errors; set once, at the start."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def begin(quiet: bool) -> None:
    """Set how much is said; and have what a stream cannot spell written as an escape, instead of ending the program."""
    globals()["quiet"] = quiet
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(words: str = "") -> None:
    """Say something to the organiser, on stderr."""
    if not quiet:
        ask_about(words)


def ask_about(words: str) -> None:
    """Say what an organiser must know to answer a question: also to one who wants it quiet."""
    with suppress(BrokenPipeError):  # because a sending must not end when nobody listens any longer
        click.echo(_harmless(words), err=True)


def complain(words: str) -> None:
    """Say what is wrong, on stderr, in one line."""
    colourful = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    error = click.style("Error:", fg="red", bold=True) if colourful else "Error:"
    with suppress(BrokenPipeError):
        click.echo(f"{error} {' '.join(_harmless(words).split())}", err=True)


def put(line: str) -> None:
    """Print a line of data, on stdout."""
    click.echo(_harmless(line))


def put_json(value: Any) -> None:
    """Print a JSON value on one line of stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def put_table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()) -> None:
    """Print rows in aligned columns, on stdout, the columns named in `numbers` to the right; cut only on a terminal."""
    lines = [[_harmless(cell) for cell in line] for line in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in lines:
        cells = (
            cell.rjust(width) if name in numbers else cell.ljust(width)
            for cell, width, name in zip(line, widths, headings, strict=True)
        )
        put(_cut("  ".join(cells).rstrip(), room))


class Progress(Protocol):
    """Takes how many are done, and words to stand beside the number."""

    def __call__(self, done: int, words: str = "") -> None: ...


@contextmanager
def progress_of(what: str, total: int | None) -> Iterator[Progress]:
    """Show how far a long work is: a bar on a terminal, otherwise a line per 1,000 or 10 seconds."""
    if sys.stderr.isatty() and not quiet:
        columns = (
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TextColumn("{task.fields[words]}"),
            rich_progress.TimeRemainingColumn(),
        )
        # A bar that knows no end says nothing once it is there, so it goes.
        with rich_progress.Progress(*columns, console=Console(stderr=True), transient=total is None) as bar:
            task = bar.add_task(what, total=total, words="")

            def move(done: int, words: str = "") -> None:
                bar.update(task, completed=done, words=words)

            yield move
    else:
        yield _Lines(what, total)


class _Lines:
    def __init__(self, what: str, total: int | None) -> None:
        self._what, self._of = what, f" of {total:,}" if total is not None else ""
        self._said_at, self._said = time.monotonic(), 0

    def __call__(self, done: int, words: str = "") -> None:
        now = time.monotonic()
        if done - self._said >= EVERY_MANY or now - self._said_at >= EVERY_SECONDS:
            self._said, self._said_at = done, now
            say(f"{self._what}: {done:,}{self._of} {words}".rstrip())


def _harmless(words: str) -> str:
    """Because a cell of a spreadsheet, or an answer of a relay, must not move the cursor of a terminal."""
    return _CONTROLS.sub("\ufffd", words)


def _cut(line: str, room: int | None) -> str:
    return line if room is None or len(line) <= room else f"{line[: room - 1]}…"
