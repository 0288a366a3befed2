"""An archive (.zip) in, a table for each list in it out, and the names of its other files. Raises UnreadableList.

If a program that we know made it, the names of the files say which are lists: Substack also packs files of opens.
"""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import BinaryIO

from subscribers.errors import UnreadableList
from subscribers.imports.forms.limits import Unpacking
from subscribers.imports.forms.table import Table
from subscribers.imports.programs import programs

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".ods", ".vcf", ".json", ".jsonl", ".ndjson")

Open = Callable[[ExitStack, BinaryIO, str], tuple[list[Table], list[str]]]
"""Opens a file of an archive under a name; returns its lists, and its parts that are no lists."""


@contextmanager
def opened(file: BinaryIO, name: str, open_file: Open) -> Iterator[tuple[list[Table], list[str]]]:
    """Open an archive; yield its lists, and the names of files that are no lists."""
    file.seek(0)
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise UnreadableList(
                file=name, why=f"it is not text, and a damaged .zip ({error}). Download it again"
            ) from None
        unpacking = Unpacking(archive, name)
        chosen, others = _lists(archive)
        tables: list[Table] = []
        complaint = "it holds no list (.csv, .xlsx, .vcf, .json)"
        for entry in chosen:
            inner = f"{name}: {PurePosixPath(entry.filename).name}"
            if entry.filename.lower().endswith(".zip"):
                raise UnreadableList(
                    file=inner, why="it is an archive in an archive. Unpack the outer one, and import this"
                )
            unpacked = stack.enter_context(unpacking.take(entry))
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
    """Choose the files that may be lists, only those of a known program if there are any; also name the others."""
    files = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_of_a_mac(entry.filename)]
    likely = [entry for entry in files if entry.filename.lower().endswith((*KINDS, ".zip"))]
    patterns = [pattern for program in programs() for pattern in program.zip]
    known = [entry for entry in likely if _matches(entry.filename, patterns)]
    chosen = known or likely
    return chosen, [entry.filename for entry in files if entry not in chosen]


def _matches(path: str, patterns: list[str]) -> bool:
    name = PurePosixPath(path.lower().replace("\\", "/")).name
    return any(fnmatch(name, pattern) for pattern in patterns)


def _is_of_a_mac(path: str) -> bool:
    return path.startswith("__MACOSX/") or PurePosixPath(path).name.startswith(".")
