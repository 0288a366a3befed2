"""What can happen in a conversation with a relay: the words in which a Conversation tells its driver."""

from dataclasses import dataclass
from typing import NamedTuple

from newsletter.message import MailObject
from newsletter.transport.reply import Reply


@dataclass(frozen=True, slots=True)
class HandshakeWanted:
    """The relay is waiting for the TLS handshake; `Conversation.handshake_done` goes on from there."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The relay is waiting for a mail."""


class DotWanted(NamedTuple):
    """All of `mail` but its final dot has been handed out; `Conversation.dot` ends it."""

    mail: MailObject


class Answered(NamedTuple):
    """The one answer to `mail`."""

    mail: MailObject
    reply: Reply


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The relay would not, or could not, have a conversation with us; `reply` is what it said, if anything."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Unfit:
    """We will not hand mail to this relay as it stands."""

    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The conversation is over, always the last event; the connection is to be closed."""

    why: str


Event = HandshakeWanted | Ready | DotWanted | Answered | TurnedAway | Unfit | Closed
