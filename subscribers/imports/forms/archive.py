"""Opens an archive (.zip). In: its file. Out: a table for each list in it, and the names of what in it is no list.

If names of files show that a program we know made it, only the files with such names are lists: Substack also packs
files about who opened which mail. Raises UnreadableList.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import BinaryIO

from subscribers.errors import UnreadableList
from subscribers.imports.forms.limits import DamagedEntry, Unpacking
from subscribers.imports.forms.table import Table
from subscribers.imports.programs import programs

_REFUSALS = re.compile(
    r"un-?_?subscri|unsub|clean|bounce|complain|suppress|block|black|deny|opt[-_ ]?out|declin|remov|cancel|withdr"
    r"|d[eé]s-?(?:abo|insc)|abgemeld|austr|baja|disiscri|afgemeld|dad-?danysgrif"
    r"|not?[-_ ]?(?:mail|email|contact)|\bdnc\b",
    re.IGNORECASE,
)
"""Names of files that may say who must not be written to: without them, a list is not the whole list."""
KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".ods", ".vcf", ".json", ".jsonl", ".ndjson")
"""The endings of files that may be lists."""

Open = Callable[[ExitStack, BinaryIO, str], tuple[list[Table], list[str]]]
"""Opens one file of an archive. In: the stack that closes it, the file, and its name for messages.

Out: its lists, and the names of its parts that are no lists, such as other sheets. Raises UnreadableList.
"""


@contextmanager
def opened(file: BinaryIO, name: str, open_file: Open) -> Iterator[tuple[list[Table], list[str]]]:
    """Open an archive; yield its lists, readable until the block ends, and the names of files that are no lists.

    A file that is damaged, not understood, or an archive itself is no list, as long as another one is. Raises
    UnreadableList if none is, if all is too large, and if a damaged one may say who must not be written to.
    """
    file.seek(0)
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise UnreadableList(
                file=name, why=f"it is not text, and a damaged .zip ({error}). Download it again"
            ) from None
        unpacking = Unpacking(archive, name)
        chosen, others = _lists(archive)
        tables: list[Table] = []
        complaint = "it holds no list (.csv, .xlsx, .vcf, .json)"
        for entry in chosen:
            inner = f"{name}: {PurePosixPath(entry.filename).name}"
            try:
                unpacked = stack.enter_context(unpacking.take(entry, inner))
            except DamagedEntry as error:
                _require_no_refusals(entry, error)
                complaint = str(error.particulars["why"])
                others.append(entry.filename)
                continue
            try:
                found, none = open_file(stack, unpacked, inner)
            except UnreadableList as error:
                complaint = f"{entry.filename}: {error.particulars['why']}"
                others.append(entry.filename)
            else:
                tables += found
                others += none
        if not tables:
            raise UnreadableList(file=name, why=complaint)
        yield tables, others


def _lists(archive: zipfile.ZipFile) -> tuple[list[zipfile.ZipInfo], list[str]]:
    """Choose the files that may be lists, and name the others.

    If some have names that a known program gives its lists, only these are chosen. What a Mac adds is left out.
    """
    files = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_of_a_mac(entry.filename)]
    likely = [entry for entry in files if entry.filename.lower().endswith((*KINDS, ".zip"))]
    patterns = [pattern for program in programs() for pattern in program.zip]
    known = [entry for entry in likely if _matches(entry.filename, patterns)]
    chosen = known or likely
    return chosen, [entry.filename for entry in files if entry not in chosen]


def _require_no_refusals(entry: zipfile.ZipInfo, error: DamagedEntry) -> None:
    """Raise `error` if the file that cannot be unpacked may say who must not be written to, by its name."""
    if _REFUSALS.search(entry.filename):
        raise error


def _matches(path: str, patterns: list[str]) -> bool:
    name = PurePosixPath(path.lower().replace("\\", "/")).name
    return any(fnmatch(name, pattern) for pattern in patterns)


def _is_of_a_mac(path: str) -> bool:
    """Tell whether a Mac added this file to the archive, or it is hidden."""
    return path.startswith("__MACOSX/") or PurePosixPath(path).name.startswith(".")
