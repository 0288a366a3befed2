"""Mails in a Maildir (https://cr.yp.to/proto/maildir.html). Answers to our mails move into a folder of it; others stay.

A mail that cannot be read moves into another folder, flagged; mail programs show both folders. If it is moved back, it
is read again.
"""

from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path

from newsletter.bounces.mailboxes import Incoming
from newsletter.bounces.mailboxes.files import incoming
from newsletter.errors import UnreadableMail
from newsletter.runtime.whole_file import sync

PROCESSED = ".Processed"
SET_ASIDE = ".SetAside"


class Maildir:
    """The mails of a Maildir, both in `new` and in `cur`. Raises UnreadableMail if `path` is no Maildir."""

    def __init__(self, path: Path) -> None:
        if not all((path / part).is_dir() for part in ("cur", "new", "tmp")):
            raise UnreadableMail(place=path, why="it is no Maildir: that has folders cur, new and tmp")
        self._path = path
        files = [file for part in ("new", "cur") for file in (path / part).iterdir() if file.is_file()]
        self._files = sorted(files, key=attrgetter("name"))  # a name begins with the time of arrival

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Incoming]:
        for file in self._files:
            if file.exists():  # a mail program may have moved it meanwhile
                yield incoming(file)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Move `mail`, if it is `ours`, into the folder for such mails, marked as read."""
        if ours:
            self._move(mail, PROCESSED, "S")

    def set_aside(self, mail: Incoming) -> str:
        """Move `mail` into the folder for unreadable mails, flagged and not marked as read."""
        self._move(mail, SET_ASIDE, "F")
        return f"it is in the folder {SET_ASIDE} of the Maildir"

    def _move(self, mail: Incoming, name: str, flag: str) -> None:
        folder = self._path / name
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "maildirfolder").touch(mode=0o600)
        unique = Path(mail.name).name.partition(":2,")[0]
        with suppress(FileNotFoundError):  # a mail program has moved it meanwhile, so nothing is lost
            Path(mail.name).rename(folder / "cur" / f"{unique}:2,{flag}")
        sync(folder / "cur")
