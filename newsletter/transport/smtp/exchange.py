"""Commands out, replies in: pairs each reply with the track that it is about.

Commands and received octets go in; each reply comes out with the track that owes it to a command, or with None where no
command had asked for it. An exchange does not know what any of them mean. The replies owed stand in a queue, so that
commands can be grouped (RFC 2920).
"""

from collections import deque
from itertools import islice

from newsletter.policy.reply import Reply
from newsletter.transport.smtp.replies import RawReply, ReplyReader, turn
from newsletter.transport.smtp.states import DOT, Track

_REPLIES_OF_A_TURN = 4


class Exchange:
    """The two directions of one connection; the relay speaks first, to `line`."""

    def __init__(self, line: Track) -> None:
        self._reader = ReplyReader()
        self._awaited: deque[Track] = deque([line])
        """For each reply that is to come, the track that it is about."""
        self._unsent = 0
        """How many of them, at the end, belong to commands that have not been handed out."""
        self._premature = False
        self._outgoing: list[bytes] = []

    @property
    def next(self) -> Track | None:
        """The track that the next reply is about; None: no reply is owed."""
        return self._awaited[0] if self._awaited else None

    @property
    def has_more(self) -> bool:
        """Whether the relay has sent more than `reply` and `turn` have taken so far."""
        return self._reader.has_more

    def has_left(self, track: Track) -> bool:
        """Say whether all that `track` has said was handed out."""
        return track not in islice(self._awaited, len(self._awaited) - self._unsent, None)

    def say(self, commands: bytes, *tracks: Track) -> None:
        """Add `commands` to what goes out; each track in `tracks` is owed a reply, in this order."""
        self._outgoing.append(commands)
        self._awaited.extend(tracks)
        self._unsent += len(tracks)

    def write(self, data: bytes) -> None:
        """Add `data` to what goes out; it asks for no reply."""
        self._outgoing.append(data)

    def outgoing(self) -> bytes:
        """Hand out what is to be written now; each octet is handed out once."""
        if not self._outgoing:
            return b""
        if len(self._awaited) == self._unsent:
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
        owed.
        """
        awaited = self._awaited
        if len(awaited) != _REPLIES_OF_A_TURN or awaited[0].state is not DOT or self._unsent or self._reader.has_more:
            return None
        reply = turn(data)
        if reply:
            awaited.clear()
        return reply

    def add(self, data: bytes) -> None:
        """Take what the relay sent."""
        self._reader.add(data)

    def reply(self) -> tuple[Track | None, RawReply] | None:
        """Return the next reply and the track that it is about, if it has come; None: no command had asked for it.

        Raises MalformedReply.
        """
        said = self._reader.next()
        if said is None:
            return None
        if self._premature or len(self._awaited) <= self._unsent:
            self._premature = False
            return None, said
        return self._awaited.popleft(), said
