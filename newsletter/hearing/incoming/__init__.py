"""Where mails to the bounce mailbox come from: files, a pipe, a Maildir, IMAP. Bytes out, and nothing deleted.

A source gives its mails one by one and is told of each, once it is written down what came of it, whether it was one of
ours; it may put that one away then. A crash in between only means that the mail is read again, and counts once.
What could not be read it sets aside: where an organiser finds it, and where the next run does not read it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail: a name to call it by, and its bytes."""

    name: str
    content: bytes
    trouble: str = ""
    """Why its bytes could not be had; then there are none."""


class Source(Protocol):
    """A place that mails come from."""

    def __len__(self) -> int:
        """How many there are, as far as is known."""
        ...

    def __iter__(self) -> Iterator[Incoming]: ...

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Hear that `mail` was dealt with; `ours`: it answers one of our mails, and nobody else needs it."""
        ...

    def set_aside(self, mail: Incoming) -> str:
        """Put away `mail`, which could not be read; say where it is then."""
        ...
