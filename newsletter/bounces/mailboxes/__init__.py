"""Where mails to the bounce mailbox come from: files, a pipe, a Maildir, IMAP. Sources only read; they delete nothing.

A source hands out its mails one by one. After a mail was recorded, the source is told whether it answered one of our
mails; then the source may put it away. After a crash in between the mail is only read again, and still counts once. A
mail that could not be read is set aside: where the organiser finds it, and where the next run does not read it again.
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
    """Why its bytes could not be read; `content` is empty then."""


class Source(Protocol):
    """A place where mails come from."""

    def __len__(self) -> int:
        """Return how many mails there are, as far as is known."""
        ...

    def __iter__(self) -> Iterator[Incoming]: ...

    def settled(self, mail: Incoming, ours: bool) -> None:
        """Note that `mail` was recorded; `ours`: it answers one of our mails, so the source may put it away."""
        ...

    def set_aside(self, mail: Incoming) -> str:
        """Set aside `mail`, which could not be read; say in words where it is then."""
        ...
