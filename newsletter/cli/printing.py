"""What the command line says, and how: data to stdout, words to stderr, nothing in it that steers a terminal."""

import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from newsletter import signals

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
post_argument = click.argument("post", type=click.Path(path_type=Path))


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
    with suppress(OSError):  # because a sending must not end when nobody listens any longer: a pipe, a terminal
        click.echo(harmless(words), err=True)


def say_doubts(doubts: Iterable[str]) -> None:
    """Warn of what may be a slip of the pen."""
    for doubt in doubts:
        say(f"Warning: {doubt}.")


def complain(words: str) -> None:
    """Say what is wrong, on stderr, in one line."""
    colourful = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    error = click.style("Error:", fg="red", bold=True) if colourful else "Error:"
    with suppress(OSError):
        click.echo(f"{error} {' '.join(harmless(words).split())}", err=True)


def put(line: str) -> None:
    """Print a line of data, on stdout."""
    _print(harmless(line))


def put_json(value: Any) -> None:
    """Print a JSON value on one line of stdout."""
    _print(json.dumps(value, ensure_ascii=False, default=str))


def _print(line: str) -> None:
    try:
        click.echo(line)
    except OSError as error:
        if error.errno != errno.EIO or not signals.leave_terminal():  # what was done is done, seen or not
            raise


def put_table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()) -> None:
    """Print rows in aligned columns, on stdout, the columns named in `numbers` to the right; cut only on a terminal."""
    lines = [[harmless(cell) for cell in line] for line in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in lines:
        cells = (
            cell.rjust(width) if name in numbers else cell.ljust(width)
            for cell, width, name in zip(line, widths, headings, strict=True)
        )
        put(_cut("  ".join(cells).rstrip(), room))


def harmless(words: str) -> str:
    """Take out what would move the cursor of a terminal, as a cell of a spreadsheet or an answer of a relay might."""
    return _CONTROLS.sub("\ufffd", words)


def _cut(line: str, room: int | None) -> str:
    return line if room is None or len(line) <= room else f"{line[: room - 1]}…"
