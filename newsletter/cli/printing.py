"""What the command line says, and how: data to stdout, words to stderr, a bar only where somebody is watching."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import click
from rich import progress as rich_progress
from rich.console import Console

EVERY_SECONDS = 10.0
EVERY_MANY = 1000

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")


quiet = False
"""Whether the organiser wants to hear nothing but errors; set once, at the start."""


def say(words: str = "") -> None:
    """Say something to the organiser, on stderr."""
    if not quiet:
        click.echo(words, err=True)


def complain(words: str) -> None:
    """Say what is wrong, on stderr, in one line."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]Error:[/] {_plain(words)}")


def put(line: str) -> None:
    """Print a line of data, on stdout."""
    click.echo(line)


def put_json(value: Any) -> None:
    """Print a JSON value on one line of stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def put_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows in aligned columns, on stdout."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        put("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


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
        with rich_progress.Progress(*columns, console=Console(stderr=True)) as bar:
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


def _plain(words: str) -> str:
    return words.replace("[", "\\[")
