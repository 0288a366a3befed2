"""One SMTP conversation of a client (RFC 5321), without I/O: octets in, events and octets out; no socket, no clock.

After the introduction each mail takes MAIL, RCPT, DATA, the content without its final dot, and, only when `dot` is
called, the dot. There are three ways to group these, each with its table of states: `one_by_one`, `pipelined` and
`chunked`. In chunks mails leave whole: `send` then includes the end of the mail.

A conversation never takes a reply for an answer that it did not ask for. It decides nothing about recipients: every
mail gets exactly one answer, and never the answer to another mail.
"""

from collections.abc import Mapping

from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.transport.smtp import commands
from newsletter.transport.smtp.events import Answered, DotWanted, HandshakeWanted, SmtpEvent
from newsletter.transport.smtp.introduction import Introduction, begin_tls, suspect
from newsletter.transport.smtp.replies import MalformedReply, RawReply
from newsletter.transport.smtp.session import Session, kind
from newsletter.transport.smtp.states import (
    CLOSED,
    CONTENT,
    DOT,
    QUIT,
    READY,
    TLS_AGREED,
    TLS_FIRST,
    UNASKED,
    Track,
    TrackState,
)
from newsletter.transport.smtp.terms import Terms
from newsletter.transport.smtp.transaction import prepared


class Conversation:
    """One conversation, from the greeting to its end."""

    def __init__(self, terms: Terms) -> None:
        self._session = Session(terms, Introduction())
        self._exchange, self._mails, self._line = self._session.exchange, self._session.mails, self._session.line
        if self._line.state is TLS_FIRST:
            self._session.events.append(HandshakeWanted())

    # What the caller may ask

    @property
    def closed(self) -> bool:
        """Whether the conversation is over."""
        return self._line.state is CLOSED

    @property
    def ready(self) -> bool:
        """Whether a mail may be begun now."""
        return self.room > 0

    @property
    def room(self) -> int:
        """How many mails may be begun now."""
        return self._session.room

    @property
    def busy(self) -> bool:
        """Whether a mail is under way."""
        return bool(self._mails)

    @property
    def in_groups(self) -> bool:
        """Whether the next mail's commands may follow a dot at once (RFC 2920)."""
        return self._session.grouping.grouped

    @property
    def in_chunks(self) -> bool:
        """Whether mails leave whole (RFC 3030): a mail may only be sent once its dot may leave."""
        return self._session.grouping.whole

    @property
    def dot_wanted(self) -> bool:
        """Whether a content has been handed out and its dot has not; only then a mail under way awaits no reply."""
        return bool(self._mails) and self._mails[0].state is CONTENT

    @property
    def awaited(self) -> Stage | None:
        """The command whose reply must come next; None: the relay owes us no reply."""
        track = self._exchange.next
        return track.state.stage if track else None

    @property
    def out_of_step(self) -> bool:
        """Whether the conversation ended because replies did not fit what was asked."""
        return self._session.out_of_step

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the relay offered in its last answer to EHLO: keywords and their parameters, in capitals."""
        return self._session.offered

    # What happens

    def receive(self, data: bytes) -> list[SmtpEvent]:
        """Take what the relay sent; return what happened. The caller writes `outgoing` at once afterwards.

        The first call has empty `data`: where TLS comes before the greeting, it returns HandshakeWanted.
        """
        exchange, line = self._exchange, self._line
        if taken := exchange.turn(data):
            return self._turned(taken)
        if data and (line.state is TLS_FIRST or line.state is TLS_AGREED):
            suspect(self._session)
        try:
            if line.state is not CLOSED:
                exchange.add(data)
            while line.state is not CLOSED and (reply := exchange.reply()):
                self._take(*reply)
        except MalformedReply as malformed:
            self._session.lose_step(f"the relay sent {malformed}")
        return self._happened()

    def connection_lost(self, why: str) -> list[SmtpEvent]:
        """Note that the connection dropped; return what that means for the mails under way."""
        if not self.closed:
            self._session.lose(why)
        return self._happened()

    def outgoing(self) -> bytes:
        """Hand out what is to be written now; each octet is handed out once."""
        return self._exchange.outgoing()

    # What the caller does. Each raises RuntimeError in any state but those it names.

    def send(self, mail: MailObject) -> None:
        """Begin to hand over `mail`; only when `ready`, which in groups is also so behind the dot of the mail before.

        Raises ValueError, before anything is written, for an envelope or a content that must not go onto the wire.
        """
        session, mails = self._session, self._mails
        grouping = session.grouping
        transaction = prepared(mail, with_size="SIZE" in session.offered, stuffing=not grouping.whole)
        if self._line.state is not READY or grouping.room(mails) < 1:
            raise RuntimeError("a mail was begun while the relay was not ready for one")
        mails.append(transaction)
        grouping.begin(self._exchange, transaction)

    def dot(self) -> None:
        """End the mail whose dot is wanted; once `outgoing` has handed the dot out, the relay may hold a copy."""
        if not self.dot_wanted:
            raise RuntimeError("a final dot was given that nobody waited for")
        mail = self._mails[0]
        mail.state = DOT
        self._exchange.say(commands.FINAL_DOT, mail)

    def handshake_done(self) -> None:
        """Go on under TLS, once the handshake was wanted; nothing, if the conversation is over."""
        if self.closed:
            return
        if self._line.state not in (TLS_FIRST, TLS_AGREED):
            raise RuntimeError("a handshake was done that nobody waited for")
        begin_tls(self._session)

    def quit(self) -> None:
        """Say QUIT; only when `ready` and no mail waits for its answer."""
        if not (self.ready and all(mail.state.answered for mail in self._mails)):
            raise RuntimeError("QUIT was to be said while the relay was not ready for it")
        self._line.state = QUIT
        self._exchange.say(commands.QUIT, self._line)

    # Replies

    def _take(self, track: Track | None, said: RawReply) -> None:
        """Take one reply, as the table of the present way says."""
        session = self._session
        if track is None:
            track, state = self._unasked()
        else:
            state = track.state
        step = session.grouping.table[state][kind(said.code)]
        for act in step.acts:
            act(session, track, said)
        if step.state is not None:
            track.state = step.state

    def _unasked(self) -> tuple[Track, TrackState]:
        """Return what a reply is about that no command has asked for: a content that is on its way, or nothing."""
        if self.dot_wanted:
            return self._mails[0], CONTENT
        return self._line, UNASKED

    def _turned(self, reply: Reply) -> list[SmtpEvent]:
        """Take all four replies of a turn (`Exchange.turn`) in one step, as the table would: it is the usual case.

        `reply` is the first, to the dot; the other three say that the next mail's content may come.
        """
        ended, following = self._mails.popleft(), self._mails[0]
        following.state = CONTENT
        self._exchange.write(following.content)
        return [Answered(ended.mail, reply), DotWanted(following.mail)]

    def _happened(self) -> list[SmtpEvent]:
        events = self._session.events
        self._session.events = []
        return events
