"""The events of a conversation with a relay: what a Conversation tells its caller."""

from dataclasses import dataclass
from typing import NamedTuple

from newsletter.message import MailObject
from newsletter.policy.reply import Reply


@dataclass(frozen=True, slots=True)
class HandshakeWanted:
    """The relay is waiting for the TLS handshake; `Conversation.handshake_done` goes on from there."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The relay is ready to take a mail."""


class DotWanted(NamedTuple):
    """All of `mail` but its final dot has been handed out; `Conversation.dot` ends it."""

    mail: MailObject


class Answered(NamedTuple):
    """The one answer to `mail`."""

    mail: MailObject
    reply: Reply


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The relay would not, or could not, begin a conversation; `reply` is what it said, without a code if nothing."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Unfit:
    """We will not hand mail to this relay, because of what it offers or does; `why` says what."""

    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The conversation is over; always the last event. The caller closes the connection."""

    why: str


SmtpEvent = HandshakeWanted | Ready | DotWanted | Answered | TurnedAway | Unfit | Closed
