"""Whether anything changed. In: files and folders. Out: a signature that is another one as soon as any of them is."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

MOST = 3000
"""Files that are looked at; a folder of posts with more of them is watched in part."""

Signature = tuple[tuple[str, int, int], ...]


def signature(places: Iterable[Path]) -> Signature:
    """Sign what is in `places`: names, times, sizes. What is not there is signed as such."""
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
