"""Whether anything changed. In: files and folders. Out: a signature that changes as soon as any of them changes."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

MOST = 3000
"""The most files that are watched; of a folder with more, only part is watched."""

Signature = tuple[tuple[str, int, int], ...]


def signature(places: Iterable[Path]) -> Signature:
    """Return name, modification time and size of each file in `places`; of a missing file, zeros."""
    return tuple(sorted(islice((mark for place in places for mark in _marks(place)), MOST)))


def _marks(place: Path) -> Iterator[tuple[str, int, int]]:
    if not place.is_dir():
        yield _mark(place)
        return
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            yield _mark(Path(folder, name))


def _mark(file: Path) -> tuple[str, int, int]:
    try:
        about = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), about.st_mtime_ns, about.st_size
