"""Files that are written whole or not at all: a reader, a crash or a full disk never meets half of one."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

FOR_ALL = 0o644
"""Everybody may read the file, such as a web server that runs as another user."""
FOR_OWNER = 0o600
"""Only the owner may read the file."""


@contextmanager
def written_whole(path: Path, mode: int = FOR_OWNER) -> Iterator[BinaryIO]:
    """Open a file that appears at `path`, or replaces the one there, when the block ends, and is on the disk then.

    If the block raises, everything stays as it was. Raises OSError.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    except OSError as error:  # it names the temporary file, which the organiser does not know
        raise type(error)(error.errno, error.strerror, str(path)) from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield an empty file beside `path` for a program to fill; when the block ends, it appears at `path`, on the disk.

    Nothing is ever replaced. If the block raises, nothing is left. Raises FileExistsError, or another OSError.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as filled:
            os.fsync(filled.fileno())
        _name(part, path)
    finally:
        for each in part.parent.glob(f"{part.name}*"):  # with what SQLite keeps beside its own
            each.unlink()
    sync(path.parent)


def _name(part: Path, path: Path) -> None:
    """Have `part` appear at `path`. A link fails if a file is there by now; a rename would replace it."""
    try:
        path.hardlink_to(part)
    except OSError as error:
        if isinstance(error, FileExistsError) or path.exists():
            raise
        part.rename(path)  # a file system without links, as on most USB sticks


def sync(folder: Path) -> None:
    """Have the names in `folder` written to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
