"""Judges a reply: the next state of the delivery, and how we must treat the relay from now on. Pure.

    stage         4yz                               5yz                                   no answer
    MAIL          queued; pause, or reconnect       queued; stop. Greylisted: deferred    deferred
    RCPT, DATA    deferred; queued if it is about   refused; queued if it is about our    deferred
                  our login, our sender or how      login, our sender, the size or how
                  much we send                      much we send
    end of DATA   the same; ease off unless it is   the same                              uncertain
                  about the recipient

This is the rule; `_FOR_NOW` and `_FOR_GOOD` have the exceptions. Only the first digit of the code is binding (RFC 5321
§4.3.2); `policy.answers` reads from code and words what the reply is about. Each reply is judged alone:
`delivery.throttle` remembers what the relay said before, counts, and waits.
"""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.database.tables import State
from newsletter.policy.answers import AnswerReading, Meaning, read_answer
from newsletter.policy.reply import Reply, Stage

TOO_MANY_RECIPIENTS = "4.5.3"
"""Too many recipients of one mail. Ours has one, so the code says nothing, unless the words name another limit."""
NO_SUCH_USER = ("5.1.1", "5.1.10", "5.1.6")
"""Codes that suppress the address: no such mailbox, a domain that takes no mail (RFC 7505), a mailbox that moved."""


class Treatment(StrEnum):
    """How an answer asks us to treat the relay that gave it. Each wait grows while the relay accepts no mail."""

    GO_ON = "go on"
    NEW_LINE = "a new connection"
    """This connection has carried enough; the next begins at once."""
    FEWER = "fewer connections"
    """Wait a second or more, then use half as many connections."""
    SLOWER = "slower"
    """The same; and if the meaning is RATE, send no more mails a second than the relay was seen to take."""
    EASE = "ease off"
    """Wait a moment, then use half as many connections, because the relay is in trouble."""
    PAUSE = "pause"
    """Wait some seconds, then use half as many connections; at MAIL, stop for now after several pauses in vain."""
    REST = "rest"
    """Leave the relay alone for ten minutes or more, then begin with one connection."""
    STOP = "stop"
    """The organiser must put something right before any recipient gets mail."""
    STOP_FOR_NOW = "stop for now"
    """The relay takes no more from us now: the rest stays queued, and sending goes on later by itself."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer leads to."""

    state: State
    """The next state of the delivery. QUEUED: the answer is not about the recipient, so it does not count as a try."""
    meaning: Meaning = Meaning.UNCLEAR
    asked: Treatment = Treatment.GO_ON
    suppress: bool = False
    """Whether to suppress the address, because the relay says clearly that it is no mailbox (any more)."""
    counts: bool = False
    """Whether this refusal may be about us: it is, if several recipients in a row get it, which the throttle counts."""
    again: tuple[int, ...] = ()
    """Deliveries recorded as refused that must be queued again, because their refusals proved to be about us."""
    seconds: float = 0.0
    """After STOP_FOR_NOW: in how many seconds sending may go on."""

    @property
    def new_line(self) -> bool:
        """Whether to replace the connection."""
        return self.asked is Treatment.NEW_LINE

    @property
    def gives_back(self) -> bool:
        """Whether to try the mail again in this run."""
        return self.state is State.QUEUED and not self.stops

    @property
    def ends_for_now(self) -> bool:
        """Whether the relay takes no more from us for now."""
        return self.asked is Treatment.STOP_FOR_NOW

    @property
    def stops(self) -> bool:
        """Whether to send nothing more in this run."""
        return self.asked in (Treatment.STOP, Treatment.STOP_FOR_NOW)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run was stopped: the relay's answer, and how it was judged."""

    reply: Reply
    judged: Judgement

    @property
    def for_now(self) -> bool:
        """Whether sending goes on later by itself; otherwise the organiser must put something right first."""
        return self.judged.ends_for_now

    @property
    def words(self) -> str:
        """What the relay said."""
        return f"{self.reply.code} {self.reply.text}".rstrip()


ACCEPTED = Judgement(State.ACCEPTED)
UNCERTAIN = Judgement(State.UNCERTAIN)
TOO_LARGE = Judgement(State.QUEUED, Meaning.TOO_LARGE, Treatment.STOP)
"""The mail is larger than the SIZE that the relay stated in its answer to EHLO (RFC 1870), so it was not begun."""
LOST = Judgement(State.DEFERRED)
"""The connection dropped before the final dot, or the reply fits no command, so the relay has no copy."""


def judge(reply: Reply, used: bool = False) -> Judgement:
    """Judge the reply that decided about one mail; `used`: the connection had carried other mails before.

    For a mail larger than the SIZE that the relay states, `reply` is the positive one to EHLO, which stated it.
    """
    if reply.positive and reply.stage is Stage.DOT:
        return ACCEPTED
    if reply.stage is Stage.EHLO and reply.positive:
        return TOO_LARGE
    if reply.code is None:
        return UNCERTAIN if reply.unanswered_dot else LOST
    reading = read_answer(reply.code, reply.enhanced, reply.text)
    if reply.permanent:
        return _at_mail(reading) if reply.stage is Stage.MAIL else _refusal(reply, reading)
    if reply.transient:
        return _deferral(reply, reading, used)
    return LOST  # a code that fits no command; after a dot the transport reports it without a code


_QUEUED, _DEFERRED, _REFUSED = State.QUEUED, State.DEFERRED, State.REFUSED

_FOR_NOW: dict[Meaning, tuple[State, Treatment]] = {
    # What a 4yz is about: the state of the delivery, and how to treat the relay. Other meanings: see _deferral.
    Meaning.LOGIN: (_QUEUED, Treatment.STOP),
    Meaning.SENDER: (_QUEUED, Treatment.STOP),
    Meaning.POLICY: (_DEFERRED, Treatment.EASE),
    Meaning.LIMIT: (_QUEUED, Treatment.STOP_FOR_NOW),
    Meaning.HOURLY: (_QUEUED, Treatment.SLOWER),
    Meaning.RATE: (_QUEUED, Treatment.SLOWER),
    Meaning.CROWD: (_QUEUED, Treatment.FEWER),
    Meaning.TOO_MUCH: (_QUEUED, Treatment.REST),
    Meaning.LINE: (_QUEUED, Treatment.NEW_LINE),
}
_FOR_GOOD: dict[Meaning, tuple[State, Treatment]] = {
    # The same for a 5yz that does not refuse the recipient.
    Meaning.LOGIN: (_QUEUED, Treatment.STOP),
    Meaning.SENDER: (_QUEUED, Treatment.STOP),
    Meaning.TOO_LARGE: (_QUEUED, Treatment.STOP),
    Meaning.LIMIT: (_QUEUED, Treatment.STOP_FOR_NOW),
    Meaning.HOURLY: (_QUEUED, Treatment.STOP_FOR_NOW),
    Meaning.RATE: (_QUEUED, Treatment.SLOWER),
    Meaning.CROWD: (_QUEUED, Treatment.FEWER),
    Meaning.TOO_MUCH: (_QUEUED, Treatment.STOP_FOR_NOW),
    Meaning.LINE: (_QUEUED, Treatment.NEW_LINE),
    Meaning.GREYLISTED: (_DEFERRED, Treatment.GO_ON),
}


_OF_MANY = (Meaning.LINE, Meaning.LIMIT, Meaning.HOURLY, Meaning.RATE, Meaning.CROWD)
"""Limits on many mails together; words that name one count, even with the code TOO_MANY_RECIPIENTS."""


def _at_mail(reading: AnswerReading) -> Judgement:
    """Judge a 5yz to MAIL: no recipient was named yet, so it is about us, unless it says that it passes by itself."""
    if reading.meaning is Meaning.GREYLISTED:
        return Judgement(_DEFERRED, reading.meaning)
    state, asked = _FOR_GOOD.get(reading.meaning, (_QUEUED, Treatment.STOP))
    meaning = reading.meaning if reading.meaning in _FOR_GOOD else Meaning.SENDER
    return Judgement(_QUEUED, meaning, asked if state is _QUEUED else Treatment.STOP)


def _deferral(reply: Reply, reading: AnswerReading, used: bool) -> Judgement:
    """Judge a 4yz; `used`: the connection had carried other mails before."""
    meaning = reading.meaning
    if reply.stage is Stage.MAIL and used and _is_worn_out(reply, meaning):
        return Judgement(_QUEUED, Meaning.LINE, Treatment.NEW_LINE)
    if reply.enhanced == TOO_MANY_RECIPIENTS and meaning not in _OF_MANY:
        state, asked = _DEFERRED, Treatment.GO_ON
    elif meaning in _FOR_NOW and not (meaning is Meaning.SENDER and _may_pass(reply)):
        state, asked = _FOR_NOW[meaning]
    elif meaning.about_recipient and reply.code != 421:
        state, asked = _DEFERRED, Treatment.GO_ON
    elif reply.code == 421:
        state, asked = _DEFERRED, Treatment.PAUSE
    else:
        state, asked = _DEFERRED, Treatment.EASE if reply.stage is Stage.DOT else Treatment.GO_ON
    if reply.stage is Stage.MAIL:
        # No recipient was named yet, so the answer is not about the recipient.
        return Judgement(_QUEUED, meaning, Treatment.PAUSE if asked in (Treatment.GO_ON, Treatment.EASE) else asked)
    return Judgement(state, meaning, asked)


def _is_worn_out(reply: Reply, meaning: Meaning) -> bool:
    """Say whether a 4yz to MAIL, on a connection that has taken mail, is about that connection."""
    # No recipient was named yet, so 4.5.3 can only count the mails before (OpenSMTPD: too many messages sent).
    if reply.enhanced == TOO_MANY_RECIPIENTS:
        return meaning not in (Meaning.LIMIT, Meaning.HOURLY, Meaning.CROWD)
    return reply.code in (421, 451) and meaning not in _FOR_NOW


def _may_pass(reply: Reply) -> bool:
    # Both codes are about our address or its domain, but perhaps only the relay's name server failed for a moment.
    return reply.enhanced in ("4.1.7", "4.1.8")


def _refusal(reply: Reply, reading: AnswerReading) -> Judgement:
    """Judge a 5yz to any command but MAIL."""
    if reading.meaning in _FOR_GOOD:
        state, asked = _FOR_GOOD[reading.meaning]
        return Judgement(state, reading.meaning, asked)
    if _too_many_recipients(reply, reading):
        return Judgement(_DEFERRED, reading.meaning)
    return Judgement(_REFUSED, reading.meaning, suppress=_is_no_such_user(reply, reading), counts=not reading.clear)


def _too_many_recipients(reply: Reply, reading: AnswerReading) -> bool:
    # RFC 5321 §4.5.3.1.10: 552 at RCPT was once the answer to too many recipients, and is to be taken as 452.
    return reply.stage is Stage.RCPT and reply.code == 552 and not reading.meaning.about_recipient


def _is_no_such_user(reply: Reply, reading: AnswerReading) -> bool:
    """Say whether the relay clearly says at RCPT, by code or by words, that there is no such mailbox."""
    if reply.stage is not Stage.RCPT or not reading.clear:
        return False
    by_words = reply.enhanced in ("", "5.0.0") and reading.meaning is Meaning.NO_SUCH_MAILBOX
    return by_words or reply.enhanced in NO_SUCH_USER
