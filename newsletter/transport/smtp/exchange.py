"""Commands out, replies in: pairs each reply with the command that it answers.

Commands and received octets go in; each reply comes out with what it answers, or with None where no command had asked
for it. An exchange does not know what any of them mean. The replies awaited stand in a queue, so that commands can be
grouped (RFC 2920).
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from newsletter.transport.reply import Reply, Stage
from newsletter.transport.smtp.replies import ReplyReader, Said, turn

_REPLIES_OF_A_TURN = 4
_MORE, _UNKNOWN_WAY = 3, 504


class Awaited(NamedTuple):
    """A reply to come: the command it will answer, and how to go on when it begins with the digit `wanted`."""

    stage: Stage
    wanted: int
    go_on: Callable[[Said], None]
    of_mail: bool = False
    challenged: Callable[[], None] | None = None
    """How to go on when the relay asks for more instead (RFC 4954 §4)."""
    unknown: Callable[[], None] | None = None
    """How to go on when the relay does not know the login mechanism that it has offered (504)."""

    def takes(self, said: Said) -> bool:
        """Go on if `said` is the reply wanted, or another that was foreseen; say whether it is."""
        if said.code // 100 == self.wanted:
            self.go_on(said)
            return True
        instead = self.challenged if said.code // 100 == _MORE else self.unknown if said.code == _UNKNOWN_WAY else None
        if instead is not None:
            instead()
        return instead is not None


class Exchange:
    """The two directions of one connection; the relay speaks first (`greeting`)."""

    def __init__(self, greeting: Awaited) -> None:
        self._reader = ReplyReader()
        self._awaited = deque([greeting])
        self._unsent = 0
        self._premature = False
        self._outgoing: list[bytes] = []

    @property
    def next(self) -> Awaited | None:
        """What the next reply will answer."""
        return self._awaited[0] if self._awaited else None

    @property
    def asked(self) -> bool:
        """Whether a command has been handed out and its reply has not come."""
        return len(self._awaited) > self._unsent

    @property
    def has_more(self) -> bool:
        """Whether the relay has sent more than `reply` and `turn` have taken so far."""
        return self._reader.has_more

    @property
    def unsent(self) -> int:
        """How many of the awaited replies belong to commands that have not been handed out."""
        return self._unsent

    def reached(self, of_mail: bool) -> Stage | None:
        """Return the command whose reply comes next, if any; `of_mail`: count only replies about a mail."""
        awaited = next((each for each in self._awaited if each.of_mail or not of_mail), None)
        if awaited and awaited.stage is Stage.DOT and not self.asked:
            return Stage.DATA  # a dot that was never handed out was never sent
        return awaited.stage if awaited else None

    def say(self, commands: bytes, *awaited: Awaited) -> None:
        """Add `commands` to what goes out, and the replies they ask for to the queue."""
        self._outgoing.append(commands)
        self._awaited.extend(awaited)
        self._unsent += len(awaited)

    def write(self, data: bytes) -> None:
        """Add `data` to what goes out; it asks for no reply."""
        self._outgoing.append(data)

    def outgoing(self) -> bytes:
        """Hand out what is to be written now; each octet is handed out once."""
        if not self._outgoing:
            return b""
        if not self.asked:
            # A reply that began before this command was written cannot be the reply to it.
            self._premature = self._reader.has_more
        self._unsent = 0
        data = self._outgoing[0] if len(self._outgoing) == 1 else b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    def forget(self) -> None:
        """Drop what was not handed out yet, and expect no further reply."""
        self._outgoing.clear()
        self._awaited.clear()
        self._unsent = 0

    def turn(self, data: bytes) -> Reply | None:
        """Take the replies to a dot and to the MAIL, RCPT and DATA behind it at once; return the first, to the dot.

        Returns None, and takes nothing, unless `data` is exactly these four replies, all of them good, and no other is
        awaited.
        """
        whole = len(self._awaited) == _REPLIES_OF_A_TURN and not (self._unsent or self.has_more)
        reply = turn(data) if whole else None
        if reply:
            self._awaited.clear()
        return reply

    def add(self, data: bytes) -> None:
        """Take what the relay sent."""
        self._reader.add(data)

    def reply(self) -> tuple[Awaited | None, Said] | None:
        """Return the next reply and what it answers, if it has come; what is None where no command had asked for it.

        Raises MalformedReply.
        """
        said = self._reader.next()
        if said is None:
            return None
        if self._premature or len(self._awaited) <= self._unsent:
            self._premature = False
            return None, said
        return self._awaited.popleft(), said
