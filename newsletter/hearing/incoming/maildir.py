"""Mails in a Maildir (https://cr.yp.to/proto/maildir.html). What is ours goes into a folder of it; the rest stays.

What cannot be read goes into another folder, flagged: mail programs show both. Moved back, it is read again.
"""

from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path

from newsletter.errors import UnreadableMail
from newsletter.hearing.incoming import Incoming
from newsletter.hearing.incoming.files import incoming, sync

PROCESSED = ".Processed"
SET_ASIDE = ".SetAside"


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
                yield incoming(file)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Move what is ours into the folder for it, as read."""
        if ours:
            self._move(mail, PROCESSED, "S")

    def set_aside(self, mail: Incoming) -> str:
        """Move it into the folder for it, flagged and not as read."""
        self._move(mail, SET_ASIDE, "F")
        return f"it is in the folder {SET_ASIDE} of the Maildir"

    def _move(self, mail: Incoming, name: str, flag: str) -> None:
        folder = self._path / name
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "maildirfolder").touch(mode=0o600)
        unique = Path(mail.name).name.partition(":2,")[0]
        with suppress(FileNotFoundError):  # a mail program has moved it meanwhile, and it is in good hands
            Path(mail.name).rename(folder / "cur" / f"{unique}:2,{flag}")
        sync(folder / "cur")
