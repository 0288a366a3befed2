"""Mails in a Maildir (https://cr.yp.to/proto/maildir.html). What is ours goes into a folder of it; the rest stays."""

import os
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from newsletter.errors import UnreadableMail
from newsletter.hearing.incoming import Incoming
from newsletter.hearing.incoming.files import read

PROCESSED = ".Processed"


class Maildir:
    """The mails of a Maildir, new ones and those somebody has looked at. Raises UnreadableMail where it is none."""

    def __init__(self, path: Path) -> None:
        if not all((path / part).is_dir() for part in ("cur", "new", "tmp")):
            raise UnreadableMail(place=path, why="it is no Maildir: that has folders cur, new and tmp")
        self._path = path
        files = [file for part in ("new", "cur") for file in (path / part).iterdir() if file.is_file()]
        self._files = sorted(files, key=attrgetter("name"))  # which begins with the time of its arrival

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Incoming]:
        for file in self._files:
            if file.exists():  # a mail program may have moved it meanwhile
                yield Incoming(str(file), read(file))

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Move what is ours into the folder for it, as read."""
        if not ours:
            return
        folder = self._path / PROCESSED
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "maildirfolder").touch(mode=0o600)
        name = Path(mail.name).name.partition(":2,")[0]
        Path(mail.name).rename(folder / "cur" / f"{name}:2,S")
        _sync(folder / "cur")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
