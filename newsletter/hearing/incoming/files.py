"""Mails in files, or one on a pipe; they stay as they are."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from newsletter.errors import UnreadableMail
from newsletter.hearing.incoming import Incoming
from newsletter.sqlite_files import refuse_in_use

MOST_BYTES = 4_000_000
"""More than this of a mail is not read: what matters stands at its beginning."""


class Files:
    """Mails in files; of a folder, every .eml in it."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [file for path in paths for file in (sorted(path.glob("*.eml")) if path.is_dir() else [path])]

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Incoming]:
        for file in self._files:
            yield Incoming(str(file), read(file))

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Leave it."""


class Pipe:
    """One mail on standard input, as a mail server hands it over; `recipient`: the address it came to, if known."""

    def __init__(self, recipient: str) -> None:
        self._head = b"X-Original-To: " + recipient.encode("utf-8", "replace") + b"\n" if is_field(recipient) else b""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Incoming]:
        content = sys.stdin.buffer.read(MOST_BYTES)
        while sys.stdin.buffer.read(MOST_BYTES):
            pass  # because a server that cannot write all of it takes that for a failure
        yield Incoming("standard input", self._head + content)

    def settled(self, mail: Incoming, ours: bool) -> None:
        """There is nothing to put away."""


def read(file: Path) -> bytes:
    """Read the beginning of a mail. Raises UnreadableMail."""
    try:
        refuse_in_use(file)
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES)
    except OSError as error:
        raise UnreadableMail(place=file, why=(error.strerror or str(error)).lower()) from None


def is_field(recipient: str) -> bool:
    return bool(recipient) and recipient.isprintable()
