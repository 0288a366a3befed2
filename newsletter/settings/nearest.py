"""Finds the folder that a command is about, from the folder it was started in, as git does."""

import os
import re
from pathlib import Path

from newsletter.settings.declaration import PREFIX

_OURS = re.compile(rf"^[ \t]*(?:export[ \t]+)?{PREFIX}".encode(), re.MULTILINE)
MOST_OCTETS = 100_000


def nearest_folder(start: Path) -> Path:
    """Return `start` if it has a .env or a database, otherwise the nearest folder above with a .env of ours.

    `start` where there is none. A file of another user counts only in `start`: anybody may write one into /tmp, and it
    can name a database and programs to run.
    """
    if (start / ".env").exists() or (start / "newsletter.db").exists():
        return start
    return next((folder for folder in start.parents if _is_ours(folder / ".env")), start)


def _is_ours(file: Path) -> bool:
    try:
        if not file.is_file() or file.stat().st_uid != os.geteuid():
            return False
        with file.open("rb") as content:
            return _OURS.search(content.read(MOST_OCTETS)) is not None
    except OSError:
        return False
