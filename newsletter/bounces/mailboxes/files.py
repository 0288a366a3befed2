"""Mails in files, or one mail on a pipe; the files stay as they are."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from newsletter.bounces.mailboxes import Incoming
from newsletter.database.sqlite_files import refuse_in_use
from newsletter.runtime.whole_file import written_whole
from subscribers.unreadable import Unreadable, attempted

MOST_BYTES = 4_000_000
"""No more than this of a mail is read: what matters stands at its beginning."""


class Files:
    """Mails in files; for a folder, every .eml file in it."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [file for path in paths for file in (sorted(path.glob("*.eml")) if path.is_dir() else [path])]

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Incoming]:
        for file in self._files:
            yield incoming(file)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Do nothing."""

    def set_aside(self, mail: Incoming) -> str:
        """Do nothing: the file stays."""
        return "it stays where it is"


class Pipe:
    """One mail that a mail server writes to `stream`; `recipient`: the address it came to, empty if that is unknown.

    The mail server forgets a mail that we took, so a mail that cannot be read is kept in the folder `aside`.
    """

    def __init__(self, stream: BinaryIO, recipient: str, aside: Path) -> None:
        self._stream, self._aside = stream, aside
        self._head = b"X-Original-To: " + recipient.encode("utf-8", "replace") + b"\n" if is_field(recipient) else b""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Incoming]:
        content = self._stream.read(MOST_BYTES)
        while self._stream.read(MOST_BYTES):
            pass  # read to the end: a mail server that cannot write the whole mail takes that for a failure
        yield Incoming("standard input", self._head + content)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Do nothing: there is nothing to put away."""

    def set_aside(self, mail: Incoming) -> str:
        """Keep the mail in a file; the same mail again is the same file. Raises OSError: the server then keeps it."""
        self._aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self._aside / f"{hashlib.sha256(mail.content).hexdigest()[:16]}.eml"
        with written_whole(kept) as file:
            file.write(mail.content)
        return f"it is kept as {kept}"


def incoming(file: Path) -> Incoming:
    """Read the beginning of the mail in a file, or say why it cannot be read."""
    content = attempted(lambda: _beginning(file))
    if isinstance(content, Unreadable):
        return Incoming(str(file), b"", content.why)
    return Incoming(str(file), content)


def _beginning(file: Path) -> bytes:
    refuse_in_use(file)
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES)


def is_field(recipient: str) -> bool:
    return bool(recipient) and recipient.isprintable()
