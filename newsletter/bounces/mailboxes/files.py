"""Two sources of mails: files, which stay as they are, and one mail on a pipe. `Source` says what each method means."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from newsletter.bounces.mailboxes import Incoming
from newsletter.database.sqlite_files import refuse_in_use
from newsletter.runtime.whole_file import written_whole
from subscribers.unreadable import Unreadable, attempted

MOST_BYTES = 4_000_000
"""How many bytes of a mail are read at most; what we look for is at its beginning."""


class MailFiles:
    """Mails in files, one in each. A folder stands for every .eml file directly in it, in the order of names."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [file for path in paths for file in (sorted(path.glob("*.eml")) if path.is_dir() else [path])]

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Incoming]:
        for file in self._files:
            yield incoming(file)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Do nothing: the file stays."""

    def set_aside(self, mail: Incoming) -> str:
        """Do nothing but say so: the file stays."""
        return "it stays where it is"


class Pipe:
    """One mail that a mail server writes to `stream`, our standard input.

    `recipient` is the address it came to, which goes before the mail as X-Original-To; empty: unknown. The mail server
    forgets a mail that we took, so a mail that cannot be read is kept as a file in the folder `aside`.
    """

    def __init__(self, stream: BinaryIO, recipient: str, aside: Path) -> None:
        self._stream, self._aside = stream, aside
        self._head = b"X-Original-To: " + recipient.encode("utf-8", "replace") + b"\n" if is_field(recipient) else b""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Incoming]:
        content = self._stream.read(MOST_BYTES)
        while self._stream.read(MOST_BYTES):
            pass  # read and drop the rest: a mail server that cannot write all of a mail reports a failure
        yield Incoming("standard input", self._head + content)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Do nothing: there is nothing to put away."""

    def set_aside(self, mail: Incoming) -> str:
        """Keep the mail in a file, named by its hash, so the same mail again is the same file; say where.

        Raises OSError; the command then ends with EX_TEMPFAIL, so the mail server keeps the mail and tries again.
        """
        self._aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self._aside / f"{hashlib.sha256(mail.content).hexdigest()[:16]}.eml"
        with written_whole(kept) as file:
            file.write(mail.content)
        return f"it is kept as {kept}"


def incoming(file: Path) -> Incoming:
    """Read the mail in `file`, up to MOST_BYTES. If that fails, the Incoming has the reason as `trouble`."""
    content = attempted(lambda: _beginning(file))
    if isinstance(content, Unreadable):
        return Incoming(str(file), b"", content.why)
    return Incoming(str(file), content)


def _beginning(file: Path) -> bytes:
    refuse_in_use(file)  # closing a database that we have open would drop SQLite's locks on it
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES)


def is_field(recipient: str) -> bool:
    """Say whether `recipient` can be a header field: not empty, and without a line break, which would begin another."""
    return bool(recipient) and recipient.isprintable()
