"""subscribers import, suppress import, and what is said of it: to the organiser in short, to a file line by line."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from newsletter.cli.people import subscribers, suppress
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.cli.private import written_privately
from newsletter.cli.progress import progress_of
from newsletter.cli.workspace import here
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.sqlite_files import refuse_in_use
from subscribers.formula import guarded
from subscribers.imports import ConsentEvidence, Fate, ImportReport, Options, Outcome, import_subscribers
from subscribers.imports.stops import import_suppressions
from subscribers.suppression import Reason
from subscribers.tagging import tag_name

MOST_SHOWN = 5
"""So many bad rows are shown as they stand."""

Tell = Callable[[Sequence[Fate]], object]


@subscribers.command("import")
@click.argument("file")
@click.option("--consent", "wording", default="", help="What they said yes to, word for word; kept as evidence.")
@click.option("--tag", "tags", multiple=True, help="Give everybody of this list a tag; as often as you like.")
@click.option("--field", "as_fields", multiple=True, help="Keep a column as a field, whatever its name says.")
@click.option("--dry-run", is_flag=True, help="Read and report, change nothing.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what became of every line to a CSV file."
)
@json_option
def import_(
    file: str,
    wording: str,
    tags: tuple[str, ...],
    as_fields: tuple[str, ...],
    dry_run: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Add people from a CSV, or bring them up to date.

    FILE "-" is stdin. Exports of Excel, Google Contacts, Outlook, Mailchimp, phpList, listmonk and CiviCRM are read as
    they are: whoever unsubscribed, bounced or complained there gets no mail from here. Bad rows are reported with their
    line and left out; nobody who unsubscribed or is suppressed here comes back. The same list twice changes nothing.
    """
    name = "stdin" if file == "-" else Path(file).name
    evidence = ConsentEvidence(wording=wording, source=f"import {name}", at=now())
    place = here()
    options = Options(dry_run, tuple(map(tag_name, tags)), as_fields)
    turn, keys = partial(reading if dry_run else writing, place.engine), place.settings.secret_keys
    with opened(file) as source, progress_of("Imported", None) as progress, _lines(report) as tell:
        try:
            told = import_subscribers(turn, source, evidence, progress, keys, options, tell)
        except KeyboardInterrupt:
            if not dry_run:
                say("Stopped. Who was added stays on the list; the same command again does the rest.")
            raise
    if as_json:
        put_json(told.as_json())
    else:
        say_report(told, name, dry_run, wording)
        if told.rejected > MOST_SHOWN and report is None:
            say("--report FILE writes down what became of every line.")


@suppress.command("import")
@click.argument("file")
@click.option(
    "--reason",
    type=click.Choice([str(reason) for reason in Reason]),
    default=str(Reason.ASKED),
    show_default=True,
    help="Why, where the list does not say.",
)
@click.option("--dry-run", is_flag=True, help="Read and report, change nothing.")
@json_option
def suppress_import(file: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Never write to the addresses of FILE again.

    FILE is another program's list of who unsubscribed, bounced or complained, or has one address a line; "-" is stdin.
    Where it says why, that is kept. Whoever it says wants mail is left alone.
    """
    name = "stdin" if file == "-" else Path(file).name
    evidence = ConsentEvidence("", f"import {name}", now())
    engine = here().engine
    with opened(file) as source:
        told = import_suppressions(
            partial(reading if dry_run else writing, engine), source, evidence, Reason(reason), dry_run
        )
    if as_json:
        put_json(told.as_json())
        return
    say_how(told, name)
    put(
        f"{told.rows:,} rows: {told.suppressed:,} suppressed, {told.unchanged:,} left as they were, "
        f"{told.rejected:,} rejected." + (NOTHING_CHANGED if dry_run else "")
    )


def opened(file: str) -> AbstractContextManager[BinaryIO]:
    """Open a list; "-" is stdin."""
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    refuse_in_use(Path(file))
    return Path(file).open("rb")


def say_report(report: ImportReport, name: str, dry_run: bool, wording: str) -> None:
    """Say what became of a list: how it was read, what came of its rows by reason, and the sum."""
    say_how(report, name)
    if report.added and not wording:
        say("Note: nothing says what they agreed to; --consent keeps that as evidence.")
    put(
        f"{report.rows:,} rows: {report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{report.suppressed:,} suppressed, {report.rejected:,} rejected." + (NOTHING_CHANGED if dry_run else "")
    )


def say_how(report: ImportReport, name: str) -> None:
    """Say how a list was read, which of its rows could not be taken, and what came of the others by reason."""
    say(f"{name} was read as {report.read_as}, a {report.delimiter} between cells.")
    for line in _columns(report.columns):
        say(f"  {line}")
    for error in report.errors[:MOST_SHOWN]:
        say(f"{name}:{error.line}: {error.address or '(no address)'}: {error.reason}")
    for line in _reasons(report):
        say(f"  {line}")


NOTHING_CHANGED = " Nothing was changed: this was a dry run."


@contextmanager
def _lines(path: Path | None) -> Iterator[Tell | None]:
    if path is None:
        yield None
        return
    with written_privately(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Fate._fields)

        def tell(fates: Sequence[Fate]) -> None:
            # Guarded, because a spreadsheet would run what a stranger wrote into a list.
            writer.writerows([line, guarded(given), outcome, guarded(why), guarded(more)]
                             for line, given, outcome, why, more in fates)  # fmt: skip

        yield tell


def _columns(columns: dict[str, Any]) -> Iterator[str]:
    named = [(name, header) for name, header in columns.items() if isinstance(header, str)]
    if named:
        yield "; ".join(f"{name} from “{header}”" for name, header in named)
    else:
        yield "it has no header: one address a line"
    if columns["wants_mail"]:
        yield f"who wants mail from {_quoted(columns['wants_mail'])}"
    if columns["fields"]:
        yield f"fields: {', '.join(columns['fields'])}"
    if columns["passed_over"]:
        yield f"passed over, as a newsletter need not know it: {_quoted(columns['passed_over'])}; --field keeps one"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _reasons(report: ImportReport) -> Iterator[str]:
    width = max((len(f"{reason.number:,}") for reason in report.reasons), default=0)
    shown = report.rejected <= MOST_SHOWN
    for reason in report.reasons:
        if shown and reason.outcome == Outcome.REJECTED:
            continue
        lines = ", ".join(map(str, reason.lines)) + (", …" if reason.number > len(reason.lines) else "")
        where = f"line{'s' if reason.number > 1 else ''} {lines}"
        yield f"{reason.outcome:<10}  {reason.number:>{width},}  {reason.why}  ({where})"
