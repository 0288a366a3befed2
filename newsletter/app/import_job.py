"""An import in steps: the list is kept, looked at, explained, and then read in by a process of its own.

In: a list and the organiser's answers. Out: what an import would do, and later what it did. The list and the answers
are in a folder that only its owner can read; they are removed when the import is done, or after a day.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from newsletter.app import imports
from newsletter.app.list_folder import ListFolder
from newsletter.runtime.whole_file import written_whole
from subscribers.errors import Explained
from subscribers.imports import Brake, ImportReport, Options

ROOM = ".desk"
"""The folder beside the settings that keeps the lists of imports that are not done."""
MODULE = "newsletter.desk.importer"
KEPT_SECONDS = 86_400
_JOB, _RESULT, _BEGUN = "job.json", "result.json", "begun"


@dataclass(frozen=True)
class ImportJob:
    """A list that is kept to be imported, and what the organiser said about it."""

    number: str
    name: str
    """The name of the list's file."""
    wording: str = ""
    tags: tuple[str, ...] = ()
    as_fields: tuple[str, ...] = ()
    consent_columns: tuple[str, ...] = ()
    yes_words: tuple[str, ...] = ()
    dates: str = ""
    sure: bool = False
    """Whether half of the list may end unsubscribed, suppressed or left out."""

    def options(self, dry_run: bool) -> Options:
        """Return the options of an import with these answers."""
        columns = self.as_fields, self.consent_columns, self.yes_words, self.dates
        return Options(dry_run, self.tags, *columns, go_on=lambda brake: self.sure or dry_run, count=True)


@dataclass(frozen=True)
class ImportLook:
    """What an import would do; `brake`: half of the list or more would get no email, so the organiser must say so."""

    report: ImportReport
    brake: Brake | None


def keep_list(place: ListFolder, name: str, content: bytes, wording: str, tags: tuple[str, ...]) -> ImportJob:
    """Keep a list for an import. Raises OSError."""
    root = place.folder / ROOM
    root.mkdir(mode=0o700, exist_ok=True)
    _forget_old(root)
    job = ImportJob(token_hex(8), Path(name).name or "list.csv", wording, tags)
    room = root / job.number
    room.mkdir(mode=0o700)
    with written_whole(_list_of(place, job)) as file:
        file.write(content)
    keep_answers(place, job)
    return job


def keep_answers(place: ListFolder, job: ImportJob) -> None:
    """Keep what the organiser said about a list."""
    with written_whole(_room(place, job.number) / _JOB) as file:
        file.write(json.dumps(asdict(job)).encode())


def find_job(place: ListFolder, number: str) -> ImportJob | None:
    """Find a list that is kept; None: there is none of this number."""
    try:
        found: dict[str, Any] = json.loads((_room(place, number) / _JOB).read_bytes())
    except (OSError, ValueError):
        return None
    tuples = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
    return ImportJob(**found | tuples)


def rehearse_import(place: ListFolder, job: ImportJob) -> ImportLook:
    """Say what importing the list would do, and change nothing. Raises UnreadableList, ColumnsToExplain and others."""
    held: list[Brake] = []

    def go_on(brake: Brake) -> bool:
        held.append(brake)
        return True

    options = replace(job.options(dry_run=True), go_on=go_on)
    with imports.open_list(_list_of(place, job)) as file:
        report = imports.import_list(place, file, job.name, job.wording, options)
    return ImportLook(report, held[-1] if held else None)


def start_import(place: ListFolder, job: ImportJob) -> bool:
    """Start the process that imports the list, which goes on when this one ends; False: it was started before."""
    try:
        (_room(place, job.number) / _BEGUN).touch(exist_ok=False)
    except FileExistsError:
        return False
    nothing = subprocess.DEVNULL
    words = [sys.executable, "-m", MODULE, job.number]
    child = subprocess.Popen(  # noqa: S603  # our own words
        words, cwd=place.folder, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    )
    threading.Thread(target=child.wait, daemon=True).start()
    return True


def run_import(place: ListFolder, number: str) -> None:
    """Import the list, and write down what became of it; for the process that `start_import` starts."""
    job = find_job(place, number)
    if job is None:
        return
    room = _room(place, number)

    def progress(rows: int) -> None:
        _write(room, {"rows": rows})

    try:
        with imports.open_list(_list_of(place, job)) as file:
            report = imports.import_list(place, file, job.name, job.wording, job.options(dry_run=False), progress)
        _write(room, {"done": True, "report": report.as_json()})
    except Explained as refusal:
        _write(room, {"done": True, "error": str(refusal)})
    _list_of(place, job).unlink(missing_ok=True)


def result_of(place: ListFolder, number: str) -> Mapping[str, Any] | None:
    """Return how far an import is, or what it did; None: it has not begun."""
    room = _room(place, number)
    if not (room / _BEGUN).exists():
        return None
    try:
        found: dict[str, Any] = json.loads((room / _RESULT).read_bytes())
    except (OSError, ValueError):
        return {"rows": 0}
    return found


def _write(room: Path, said: dict[str, Any]) -> None:
    with written_whole(room / _RESULT) as file:
        file.write(json.dumps(said, default=str).encode())


def _list_of(place: ListFolder, job: ImportJob) -> Path:
    """The file of a list: its ending says which kind it is, and nothing else of its name is used."""
    ending = re.sub(r"[^a-z0-9.]", "", "".join(Path(job.name).suffixes[-1:]).lower())
    return _room(place, job.number) / f"list{ending}"


def _room(place: ListFolder, number: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{16}", number):
        return place.folder / ROOM / os.devnull.strip("/")
    return place.folder / ROOM / number


def _forget_old(root: Path) -> None:
    for room in root.iterdir():
        if time.time() - room.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(room, ignore_errors=True)
