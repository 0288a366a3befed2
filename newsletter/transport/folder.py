"""Writes mail objects into a folder, a file each: what would have been sent, to look at or to pass on.

The content is written as it is, with nothing added. A file is there whole or not at all. Other files in the folder are
left alone.
"""

import os
import re
from hashlib import sha256
from pathlib import Path

from newsletter.errors import UnwritableFolder
from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.runtime.whole_file import FOR_ALL, written_whole
from newsletter.transport import Outbox
from newsletter.transport.leave import leave_for

_LONGEST_SLUG = 100


class Folder:
    """A Transport into a folder, which is made if it is missing."""

    standstill: None = None

    def __init__(self, path: Path) -> None:
        self._path = path

    async def transmit(self, outbox: Outbox) -> None:
        """Write what `outbox` hands out. Raises UnwritableFolder; the mail that failed has been answered by then."""
        while (mail := await outbox.draw()) is not None:
            await leave_for(mail, outbox)
            try:
                file = self._write(mail)
            except OSError as error:
                why = os.strerror(error.errno).lower() if error.errno else str(error)
                outbox.answered(mail, Reply(Stage.DATA, None, why))
                raise UnwritableFolder(folder=self._path, why=why) from error
            outbox.answered(mail, Reply(Stage.DOT, 250, f"written to {file.name}"))

    def _write(self, mail: MailObject) -> Path:
        self._path.mkdir(parents=True, exist_ok=True)
        file = self._path / f"{mail.delivery}-{slug(mail.forward_path)}.eml"
        with written_whole(file, FOR_ALL) as stream:
            stream.write(mail.content)
        return file


def slug(address: str) -> str:
    """Make a file name of an address; where a character had to change, a hash keeps two addresses apart."""
    safe = re.sub(r"[^A-Za-z0-9._@+-]", "_", address)[:_LONGEST_SLUG]
    return safe if safe == address else f"{safe}-{sha256(address.encode()).hexdigest()[:8]}"
