"""subscribers import, suppress import, imports list · undo: read in a list, or take an import back."""

import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from newsletter.app import imports as app
from newsletter.cli.here import list_here
from newsletter.cli.import_report import row_log, say_report, say_stops
from newsletter.cli.printing import ask_about, json_option, put, put_json, put_table, say
from newsletter.cli.progress import progress_of
from newsletter.cli.subscribers import subscribers, suppress
from newsletter.errors import ActionRefused
from subscribers.errors import BrakeHolds, ColumnsToExplain
from subscribers.imports import Brake, Options
from subscribers.imports.dates import DAY_FIRST, MONTH_FIRST
from subscribers.imports.history import UndoableImport
from subscribers.suppression import SuppressionReason


@subscribers.command("import")
@click.argument("file")
@click.option("--consent", "wording", default="", help="The words they said yes to. They are kept as a record.")
@click.option("--tag", "tags", multiple=True, help="Put this tag on everybody in the list. May be repeated.")
@click.option(
    "--field",
    "as_fields",
    multiple=True,
    help="Keep this column as a field, whatever its name is.",
)
@click.option("--consent-column", "consent_columns", multiple=True, help="A column that says who wants email.")
@click.option(
    "--means-yes",
    "yes_words",
    multiple=True,
    help="A word in that column for yes. All other words then mean no.",
)
@click.option(
    "--dates",
    type=click.Choice([DAY_FIRST, MONTH_FIRST]),
    help="Read 03/04/2024 as 3 April, or as 4 March.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen: change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask if half of the list or more would get no email.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this CSV file what happened to every line.",
)
@json_option
def import_(
    file: str,
    wording: str,
    tags: tuple[str, ...],
    as_fields: tuple[str, ...],
    consent_columns: tuple[str, ...],
    yes_words: tuple[str, ...],
    dates: str | None,
    dry_run: bool,
    yes: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Add people from a list, or bring them up to date.

    FILE is .csv, .tsv, .xlsx, .ods, .zip, .vcf, .json, .jsonl or a pasted To: line. "-" reads pasted text. It knows the
    exports of 25 programs (docs/moving.md): people who unsubscribed, bounced or complained there get no email from you.

    The import stops and asks if a column may say who wants email and it cannot be sure. Bad rows are left out, and
    listed with their line. People who unsubscribed here, or are on your do-not-email list, do not come back. Importing
    the same list twice changes nothing. `newsletter imports undo` undoes an import.
    """
    name = _name(file)
    go_on = partial(_go_on, name, yes)
    columns = as_fields, consent_columns, yes_words, dates or ""
    options = Options(dry_run, tags, *columns, go_on=go_on, count=True)
    with opened(file) as source, progress_of("Imported", None) as progress, row_log(report) as tell:
        try:
            told = app.import_list(list_here(), source, name, wording, options, progress, tell)
        except KeyboardInterrupt:
            if not dry_run:
                say("Stopped. People added so far stay on the list. To add the rest, run the same command again.")
            raise
        except (ColumnsToExplain, BrakeHolds) as stopped:
            if as_json:
                put_json(stopped.as_json())
            raise
    if as_json:
        put_json(told.as_json())
    else:
        say_report(told, name, dry_run, wording, report is not None)


@suppress.command("import")
@click.argument("file")
@click.option(
    "--reason",
    type=click.Choice([str(reason) for reason in SuppressionReason]),
    default=str(SuppressionReason.ASKED),
    show_default=True,
    help="The reason, for addresses where the list gives none.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen: change nothing.")
@json_option
def suppress_import(file: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Put the addresses in FILE on your do-not-email list.

    FILE is another program's list of people who unsubscribed, bounced or complained, or has one address on each line.
    "-" reads pasted text. If the list gives reasons, they are kept. People who want email, according to the list, are
    left as they are. You can read back what `newsletter suppress list` wrote.
    """
    name = _name(file)
    with opened(file) as source:
        told = app.import_stops(list_here(), source, name, SuppressionReason(reason), dry_run)
    if as_json:
        put_json(told.as_json())
    else:
        say_stops(told, name, dry_run)


@click.group()
def imports() -> None:
    """Past imports of lists, and how to undo one."""


@imports.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all imports, the latest first, with their numbers."""
    rows = app.all_imports(list_here())
    if as_json:
        for row in rows:
            put_json({name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()})
        return
    headings = ["import", "when", "from", "program", "added", "updated", "suppressed", "left out", ""]
    cells = [
        [
            str(row["id"]),
            f"{row['at'].astimezone():%Y-%m-%d %H:%M}",
            row["source"].removeprefix("import "),
            row["program"],
            *(f"{row[name]:,}" for name in ("added", "updated", "suppressed", "rejected")),
            "taken back" if row["undone_at"] else "" if row["done_at"] else "interrupted",
        ]
        for row in rows
    ]
    put_table(headings, cells, {"import", "added", "updated", "suppressed", "left out"})


@imports.command("undo")
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def undo(number: int, yes: bool, as_json: bool) -> None:
    """Undo import NUMBER: all that it changed and nobody has changed since.

    People it added are removed. People it changed are as they were before. Addresses it put on your do-not-email list
    can get email again. What the people themselves, you or another import have done since stays: people who have
    unsubscribed stay unsubscribed.
    """
    place = list_here()
    found = app.look_at(place, number)
    if not yes:
        ask_about(f"Import {number}, of {_described(found)}.")
        if not sys.stdin.isatty():
            raise ActionRefused(
                why="Nothing was taken back, because nobody is at the terminal to confirm it; --yes confirms it."
            )
        if not click.confirm("Take it back?", err=True):
            raise ActionRefused(why="Nothing was taken back.")
    done = app.take_back(place, number)
    if as_json:
        put_json(done.as_json())
        return
    put(f"Import {number} is taken back: {_people(done.removed)} removed, {done.restored:,} as they were before, "
        f"{done.lifted:,} taken off your do-not-email list.")  # fmt: skip
    if done.kept:
        say(
            f"{_people(done.kept)} of it {'stays' if done.kept == 1 else 'stay'}: something has happened to them since."
        )


COMMANDS = (imports,)


def opened(file: str) -> AbstractContextManager[BinaryIO]:
    """Open a list for reading; "-" is stdin."""
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    return app.open_list(Path(file))


def _name(file: str) -> str:
    return "stdin" if file == "-" else Path(file).name


def _go_on(name: str, yes: bool, brake: Brake) -> bool:
    """Ask whether it is right that half of a list gets no mail; without a terminal, return `yes` unasked."""
    if yes or not sys.stdin.isatty():
        return yes
    ask_about(f"Half of {name} or more would get no email: {brake}.")
    return click.confirm("Import it like this?", err=True)


def _described(found: UndoableImport) -> str:
    if found.people is None:
        done = f"{found.added:,} added, {found.updated:,} updated, {found.suppressed:,} suppressed"
    else:
        done = f"interrupted, with {found.people:,} added or changed"
    later = found.later
    more = f". Import {later} is of the same list: undo that one, too, or import the list again" if later else ""
    return f"{found.at.astimezone():%Y-%m-%d %H:%M}, {found.name}: {done}{more}"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
