"""Import a list, import a list of addresses never to write to, list the imports, take one back.

A list is read in several transactions, so that a sending process beside it can write; see `subscribers.imports`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading, writing
from newsletter.database.sqlite_files import refuse_in_use
from newsletter.runtime.clock import now
from subscribers.imports import ConsentEvidence, Fate, ImportReport, Options, history, import_subscribers
from subscribers.imports.stops import import_suppressions
from subscribers.imports.turns import OpenTransaction
from subscribers.suppression import SuppressionReason
from subscribers.tagging import tag_name


def open_list(path: Path) -> BinaryIO:
    """Open the file of a list for reading. Raises OSError, and Refused for the database itself."""
    refuse_in_use(path)
    return path.open("rb")


def import_list(
    place: ListFolder,
    file: BinaryIO,
    name: str,
    wording: str = "",
    options: Options | None = None,
    progress: Callable[[int], object] | None = None,
    tell: Callable[[Sequence[Fate]], object] | None = None,
) -> ImportReport:
    """Add the people of a list, or bring them up to date; the report says what became of the rows.

    `name` is the file's name and `wording` what the people agreed to, word for word: both are kept as evidence.
    `options.go_on` is asked if half of the list would not be written to. `progress` gets the number of rows done, and
    `tell` what became of each row. Raises BadTag, UnreadableList, ColumnsToExplain, BrakeHolds and ForgottenKey;
    interrupted by any other exception, it leaves complete rows only.
    """
    evidence = ConsentEvidence(wording=wording, source=f"import {name}", at=now())
    options = options or Options()
    checked = replace(options, tags=tuple(map(tag_name, options.tags)))
    turn, keys = _turns(place, "import", name, options.dry_run), place.settings.secret_keys
    return import_subscribers(turn, file, evidence, progress, keys, checked, tell)


def import_stops(
    place: ListFolder,
    file: BinaryIO,
    name: str,
    reason: SuppressionReason = SuppressionReason.ASKED,
    dry_run: bool = False,
) -> ImportReport:
    """Never write to the addresses of a list again, for `reason` where the list gives none. Raises UnreadableList."""
    evidence = ConsentEvidence("", f"import {name}", now())
    turn = _turns(place, "import do-not-email list", name, dry_run)
    return import_suppressions(turn, file, evidence, reason, dry_run)


def all_imports(place: ListFolder) -> list[dict[str, Any]]:
    """List the imports, newest first: every column of the table `imports`."""
    with reading(place.engine) as connection:
        return [dict(row) for row in history.every(connection)]


def look_at(place: ListFolder, number: int) -> history.UndoableImport:
    """Look at an import before it is taken back. Raises UnknownImport and AlreadyTakenBack."""
    with reading(place.engine) as connection:
        return history.preview(connection, number)


def take_back(place: ListFolder, number: int) -> history.TakenBack:
    """Take an import back: all that it made and nothing has changed since. Raises UnknownImport, AlreadyTakenBack."""
    with writing(place.engine) as connection:
        taken = history.take_back(connection, number, now())
        deeds.note(connection, place, "take an import back", f"import {number}")
    return taken


def _turns(place: ListFolder, what: str, name: str, dry_run: bool) -> OpenTransaction:
    """Return how to open each transaction of an import; the first that has written it down has its deed, too."""
    if dry_run:
        return partial(reading, place.engine)
    with reading(place.engine) as connection:
        before = history.newest(connection, f"import {name}")
    noted = False

    @contextmanager
    def turn() -> Iterator[Connection]:
        nonlocal noted
        with writing(place.engine) as connection:
            yield connection
            number = before if noted else history.newest(connection, f"import {name}")
            if number > before:
                deeds.note(connection, place, what, f"import {number}", {"file": name})
        noted = noted or number > before

    return turn
