"""The states of an SMTP conversation (RFC 5321 §4.1.4), as data.

What has a state is a `Track`: each mail under way is one, and the line itself (introduction, rest, QUIT) is another.
The tables in `introduction`, `one_by_one`, `pipelined` and `chunked` say how a reply takes a track from state to state.
"""

from dataclasses import dataclass

from newsletter.policy.reply import Stage


@dataclass(frozen=True, slots=True, eq=False)  # compared and hashed by identity: a state is looked up for each reply
class TrackState:
    """A state of a track."""

    name: str
    stage: Stage
    """The command that the next reply answers."""
    lost: Stage
    """Where a mail stands if the connection ends now."""
    unsent: Stage
    """Where a mail stands if the connection ends now, and what it said last was never handed out."""
    answered: bool = False
    """Whether the mail has its answer already; what else the relay says about it changes nothing for the recipient."""


def _state(name: str, stage: Stage, *, unsent: Stage | None = None, answered: bool = False) -> TrackState:
    return TrackState(name, stage, stage, unsent or stage, answered)


def _whole(name: str, stage: Stage) -> TrackState:
    return TrackState(name, stage, lost=Stage.DOT, unsent=Stage.MAIL)


# The line

TLS_FIRST = _state("TLS before the greeting", Stage.CONNECT)
GREETING = _state("greeting", Stage.CONNECT)
HELLO = _state("EHLO", Stage.EHLO)
STARTTLS = _state("STARTTLS", Stage.STARTTLS)
TLS_AGREED = _state("TLS agreed", Stage.STARTTLS)
LOGIN_STEP = _state("login step", Stage.AUTH)
"""A line of the login was said, and more lines follow."""
LOGIN = _state("login", Stage.AUTH)
"""All lines of the login were said."""
LOGIN_GIVEN_UP = _state("login given up", Stage.AUTH)
READY = _state("ready", Stage.MAIL)
QUIT = _state("QUIT", Stage.QUIT)
CLOSED = _state("closed", Stage.QUIT)

UNASKED = _state("unasked", Stage.MAIL)
"""No track is in this state: its row is for a reply that no command has asked for."""

# A mail, as long as it can still be taken

MAIL = _state("MAIL", Stage.MAIL)
RCPT = _state("RCPT", Stage.RCPT)
DATA = _state("DATA", Stage.DATA)
CONTENT = _state("content", Stage.DATA)
"""All but the final dot was handed out. The relay owes nothing; we owe the dot."""
DOT = _state("dot", Stage.DOT, unsent=Stage.DATA)

# A mail that was sent whole (RFC 3030). If it has left, the relay may hold a copy, whatever it has replied so far.

WHOLE_RSET = _whole("whole: RSET", Stage.RSET)
WHOLE_MAIL = _whole("whole: MAIL", Stage.MAIL)
WHOLE_RCPT = _whole("whole: RCPT", Stage.RCPT)
WHOLE_END = _whole("whole: end", Stage.DOT)
WHOLE_NO_RECIPIENT = _whole("whole: end, recipient refused", Stage.DOT)

# A mail that was answered, while replies to its commands are still to come

RCPT_NO_SENDER = _state("RCPT, sender refused", Stage.RCPT, answered=True)
DATA_NO_SENDER = _state("DATA, sender refused", Stage.DATA, answered=True)
DATA_NO_RECIPIENT = _state("DATA, recipient refused", Stage.DATA, answered=True)
DATA_NEITHER = _state("DATA, sender and recipient refused", Stage.DATA, answered=True)
LONE_DOT = _state("lone dot", Stage.DOT, answered=True)
RSET = _state("RSET", Stage.RSET, answered=True)
ANSWERED = _state("answered", Stage.DOT, answered=True)


@dataclass(slots=True, eq=False)
class Track:
    """The line, or a mail: what the relay owes replies to."""

    state: TrackState
