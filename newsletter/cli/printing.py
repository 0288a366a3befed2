"""How the command line prints: data to stdout, words to stderr, and no control characters that steer a terminal."""

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

from newsletter.runtime import signals

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
post_argument = click.argument("post", type=click.Path(path_type=Path))


quiet = False
"""Whether the organiser wants to see errors and data only (--quiet)."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def begin() -> None:
    """Write letters that a stream cannot encode as escapes, so that they end no program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(words: str = "") -> None:
    """Say something to the organiser, on stderr."""
    if not quiet:
        ask_about(words)


def ask_about(words: str) -> None:
    """Say what an organiser must know to answer a question, even with --quiet."""
    with suppress(OSError):  # a send must not end because its pipe or terminal was closed
        click.echo(harmless(words), err=True)


def warn(doubt: str) -> None:
    """Warn of what may be a mistake in typing."""
    say(f"Warning: {doubt}.")


def say_doubts(doubts: Iterable[str]) -> None:
    """Warn of what may be a mistake in typing."""
    for doubt in doubts:
        warn(doubt)


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
        if error.errno != errno.EIO or not signals.leave_terminal():  # the terminal is gone: go on without output
            raise


def put_table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()) -> None:
    """Print rows in columns on stdout, those named in `numbers` aligned right; lines are cut only on a terminal."""
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
    """Replace control characters, which could steer a terminal: words may come from a spreadsheet or a relay."""
    return _CONTROLS.sub("\ufffd", words)


def _cut(line: str, room: int | None) -> str:
    return line if room is None or len(line) <= room else f"{line[: room - 1]}…"
