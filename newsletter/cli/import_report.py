"""What became of an imported list: a summary for the organiser, and a file that tells it line by line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsletter.cli.printing import put, say
from newsletter.cli.private import written_privately
from subscribers.formula import guarded
from subscribers.imports import Fate, ImportReport, RowOutcome

MOST_SHOWN = 5
"""The most bad rows, or files passed over, that are shown one by one."""

Tell = Callable[[Sequence[Fate]], object]

NOT_SAID = (
    "Note: you have not said what these people agreed to. "
    'Add --consent "the words they said yes to" to keep a record of it.'
)
NOTHING_CHANGED = " Nothing was changed: this was a dry run."


def say_report(report: ImportReport, name: str, dry_run: bool, wording: str, written: bool) -> None:
    """Say how a list was read, what became of its rows by reason, the sum, and how many people get mail now."""
    _say_how(report, name)
    for typo in report.typos[:MOST_SHOWN]:
        say(f"{name}:{typo.line}: {typo.address}: did they mean {typo.likely}? It was imported as it is.")
    if len(report.typos) > MOST_SHOWN:
        say(f"{len(report.typos):,} addresses look misspelt. To list them, add --json.")
    if report.added and not wording:
        say(NOT_SAID)
    put(
        f"{report.rows:,} rows: {report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{report.suppressed:,} on your do-not-email list, {report.rejected:,} left out."
        + (NOTHING_CHANGED if dry_run else "")
    )
    if report.rejected > MOST_SHOWN and not written:
        say("To see what happened to every line, add --report FILE.")
    if report.number is not None:
        say(f"To undo this: newsletter imports undo {report.number}")
    if report.recipients is not None:
        people = "1 person" if report.recipients == 1 else f"{report.recipients:,} people"
        put(f"{people} would get {'your next email' if dry_run else 'an email now'}.")


def say_stops(report: ImportReport, name: str, dry_run: bool) -> None:
    """Say what became of a list of addresses that are never to be written to."""
    _say_how(report, name)
    put(
        f"{report.rows:,} rows: {report.suppressed:,} added to your do-not-email list, "
        f"{report.unchanged:,} left as they were, {report.rejected:,} left out." + (NOTHING_CHANGED if dry_run else "")
    )
    if report.number is not None and report.suppressed:
        say(f"To undo this: newsletter imports undo {report.number}")


@contextmanager
def row_log(path: Path | None) -> Iterator[Tell | None]:
    """Yield a function that writes what becomes of each line to a CSV file, as it goes; None without a path."""
    if path is None:
        yield None
        return
    with written_privately(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Fate._fields)

        def tell(fates: Sequence[Fate]) -> None:
            # Guarded, because a spreadsheet would run a formula that a stranger wrote into a list.
            writer.writerows([line, guarded(given), outcome, guarded(why), guarded(more)]
                             for line, given, outcome, why, more in fates)  # fmt: skip

        yield tell


def _say_how(report: ImportReport, name: str) -> None:
    """Say how a list was read, which of its rows were rejected, and what became of the others by reason."""
    cells = f", a {report.delimiter} between cells" if report.delimiter else ""
    say(f"{name} was read as {report.read_as}{cells}.")
    if report.program:
        say(f"It was read as {_article(report.program)} export.")
    for one in report.lists if len(report.lists) > 1 else ():
        say(f"  {one['name']}: {one['rows']:,} rows")
    if report.passed_over:
        more = ", …" if len(report.passed_over) > MOST_SHOWN else ""
        say(f"  no list, and passed over: {', '.join(report.passed_over[:MOST_SHOWN])}{more}")
    for line in _columns(report.columns):
        say(f"  {line}")
    for error in report.errors[:MOST_SHOWN]:
        say(f"{name}:{error.line}: {error.address or '(no address)'}: {error.reason}")
    for line in _reasons(report):
        say(f"  {line}")


def _article(program: str) -> str:
    return f"{'an' if program[:1] in 'AEIOU' else 'a'} {program}"


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
        if shown and reason.outcome == RowOutcome.REJECTED:
            continue
        lines = ", ".join(map(str, reason.lines)) + (", …" if reason.number > len(reason.lines) else "")
        where = f"line{'s' if reason.number > 1 else ''} {lines}"
        yield f"{_OUTCOMES[RowOutcome(reason.outcome)]:<12}  {reason.number:>{width},}  {reason.why}  ({where})"


_OUTCOMES = {
    RowOutcome.ADDED: "added",
    RowOutcome.UPDATED: "updated",
    RowOutcome.UNCHANGED: "unchanged",
    RowOutcome.SUPPRESSED: "do not email",
    RowOutcome.REJECTED: "left out",
}
"""The outcomes of rows as an organiser reads them; JSON and --report keep their names."""
