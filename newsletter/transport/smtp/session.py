"""What both sides of a conversation have said so far, and the shape of the tables that lead on from there.

A `Grouping` is how commands are grouped: it has a table, and says how a mail is begun. A table has a row for each state
in which a reply can come, a row has a step for each kind of reply (RFC 5321 §4.2.1), and a step has the acts to do, in
order, and the state that the track is in afterwards.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

from newsletter.policy.reply import Reply
from newsletter.settings import Security
from newsletter.transport.smtp import commands, login
from newsletter.transport.smtp.events import Answered, Closed, SmtpEvent, TurnedAway, Unfit
from newsletter.transport.smtp.exchange import Exchange
from newsletter.transport.smtp.replies import RawReply
from newsletter.transport.smtp.states import ANSWERED, CLOSED, GREETING, QUIT, READY, TLS_FIRST, Track, TrackState
from newsletter.transport.smtp.terms import Terms
from newsletter.transport.smtp.transaction import Transaction

CLOSING = 421

Act = Callable[["Session", Any, RawReply], None]
"""What is done about a reply. The second argument is the track that the reply is about: its state is still the old."""


class Step(NamedTuple):
    """What one kind of reply leads to in one state."""

    acts: tuple[Act, ...]
    state: TrackState | None
    """The state afterwards; None: the act sets one of `states`."""
    states: tuple[TrackState, ...]


class Row(NamedTuple):
    """What each kind of reply leads to in one state."""

    done: Step
    """2yz"""
    more: Step
    """3yz"""
    refused: Step
    """4yz and 5yz"""
    closing: Step
    """421: the relay ends the conversation, whatever it was asked"""


TransitionTable = Mapping[TrackState, Row]

_KINDS = {2: 0, 3: 1, 4: 2, 5: 2}


def kind(code: int) -> int:
    """Return which step of a row is for a reply with `code`."""
    return 3 if code == CLOSING else _KINDS[code // 100]


def to(state: TrackState, *acts: Act) -> Step:
    """Do `acts`, then be in `state`."""
    return Step(acts, state, (state,))


def to_one_of(states: Collection[TrackState], act: Act) -> Step:
    """Do `act`, which sets one of `states`."""
    return Step((act,), None, tuple(states))


class Grouping(Protocol):
    """How commands are grouped."""

    table: TransitionTable
    grouped: bool
    """Whether the next mail's commands may follow a dot at once (RFC 2920)."""
    whole: bool
    """Whether mails leave whole, including their end (RFC 3030)."""

    def room(self, under_way: deque[Transaction]) -> int:
        """Return how many mails may be begun now, when these are under way."""
        ...

    def begin(self, exchange: Exchange, mail: Transaction) -> None:
        """Say as many commands of `mail` as may be said at once."""
        ...


class Session:
    """The state of one conversation. Every mail in it is answered exactly once."""

    def __init__(self, terms: Terms, grouping: Grouping) -> None:
        self.terms = terms
        self.grouping = grouping
        self.hello = commands.ehlo(terms.client_name)
        self.line = Track(TLS_FIRST if terms.security is Security.TLS else GREETING)
        self.exchange = Exchange(self.line)
        self.mails: deque[Transaction] = deque()
        """The mails under way, oldest first. The next reply about a mail is always about the first."""
        self.events: list[SmtpEvent] = []
        self.offered: dict[str, str] = {}
        """What the relay offers, by keyword (RFC 5321 §2.2.1)."""
        self.protected = False
        """Whether TLS has begun."""
        self.logins: list[tuple[bytes, ...]] = []
        """The lines still to say to log in, first those of the mechanism being tried."""
        self.out_of_step = False
        """Whether the conversation ended because replies did not fit what was asked."""

    @property
    def room(self) -> int:
        """How many mails may be begun now."""
        return self.grouping.room(self.mails) if self.line.state is READY else 0

    def answer(self, mail: Transaction, reply: Reply) -> None:
        """Answer `mail` with `reply`, or with the refusal that it got before; only the first answer counts."""
        if not mail.state.answered:
            mail.state = ANSWERED
            self.events.append(Answered(mail.mail, mail.refusal or reply))

    def lose_step(self, why: str) -> None:
        """End the conversation, because what the relay says cannot be paired with what we said."""
        self.out_of_step = True
        self.lose(why)

    def lose(self, why: str) -> None:
        """End the conversation for a reason that is no reply."""
        if self.line.state in (READY, QUIT):
            self.close(why)
        else:
            self.turn_away(Reply(self.line.state.stage, None, why))

    def turn_away(self, reply: Reply) -> None:
        """End the introduction; `reply` is what the relay said, here without our password if it repeated it."""
        who = self.terms.login
        text = login.redacted(reply.text, who) if who else reply.text
        self.events.append(TurnedAway(reply._replace(text=text)))
        self.close("the relay turned us away")

    def reject(self, why: str) -> None:
        """End the introduction, because we will not hand mail to this relay."""
        self.events.append(Unfit(why))
        self.close(why)

    def close(self, why: str, *, leaving: bool = False) -> None:
        """Answer all mails under way, and end; `leaving`: the relay said 421, so it has looked at no further mail."""
        for mail in self.mails:
            is_lost = not leaving and self.exchange.has_left(mail)
            self.answer(mail, Reply(mail.state.lost if is_lost else mail.state.unsent, None, why))
        self.mails.clear()
        self.line.state = CLOSED
        self.exchange.forget()
        self.events.append(Closed(why))
