"""One SMTP conversation of a client (RFC 5321), without I/O: octets in, events and octets out; no socket, no clock.

After the introduction each mail takes MAIL, RCPT, DATA, the content without its final dot, and, only when `dot` is
called, the dot. There are three ways. By default each command waits for its reply. Where the relay offers PIPELINING
(RFC 2920) the three commands leave together, and the next mail's commands may follow the dot of the mail before: one
round trip per mail. Where the relay also offers CHUNKING (RFC 3030), and the terms allow a window, mails leave whole,
as many as the window holds: `send` then includes the end of the mail.

A conversation never takes a reply for an answer that it did not ask for. It decides nothing about recipients: every
mail gets exactly one answer, and never the answer to another mail.
"""

from collections import deque
from collections.abc import Mapping
from itertools import chain, repeat

from newsletter.message import MailObject
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.smtp import commands
from newsletter.transport.smtp.events import (
    Answered,
    Closed,
    DotWanted,
    Event,
    HandshakeWanted,
    Ready,
    TurnedAway,
    Unfit,
)
from newsletter.transport.smtp.exchange import Awaited
from newsletter.transport.smtp.introduction import Introduction
from newsletter.transport.smtp.replies import MalformedReply, Said, shown, worded
from newsletter.transport.smtp.terms import Terms
from newsletter.transport.smtp.transaction import Transaction, prepared

_CLOSING = 421
_GO_ON, _SEND_MORE = 2, 3
_REPLIES_TO_A_WHOLE = 4  # RSET, MAIL, RCPT, BDAT


class Conversation:
    """One conversation, from the greeting to its end."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._introduction = Introduction(terms, self)
        self._exchange = self._introduction.exchange
        self._settled = False
        self._under_way: deque[Transaction] = deque()
        """The mails under way, oldest first. In groups at most two: the first is before or past its dot, the second
        was announced behind that dot. The next reply about a mail is always about the first."""
        self._events: list[Event] = [HandshakeWanted()] if self._introduction.shaking_hands else []
        self.in_groups = False
        """Whether the next mail's commands may follow a dot at once (RFC 2920)."""
        self.in_chunks = False
        """Whether mails leave whole (RFC 3030): a mail may only be sent once its dot may leave."""
        self.out_of_step = False
        """Whether the conversation ended because replies did not fit what was asked."""
        self.ready = False
        self.closed = False
        self._mail = Awaited(Stage.MAIL, _GO_ON, self._begun, of_mail=True)
        self._rcpt = Awaited(Stage.RCPT, _GO_ON, self._named, of_mail=True)
        self._data = Awaited(Stage.DATA, _SEND_MORE, self._give_content, of_mail=True)
        self._dot = Awaited(Stage.DOT, _GO_ON, self._mail_taken, of_mail=True)
        self._reset = Awaited(Stage.RSET, _GO_ON, lambda _: None)

    @property
    def busy(self) -> bool:
        """Whether a mail is under way."""
        return bool(self._under_way)

    @property
    def room(self) -> int:
        """How many whole mails may be sent now."""
        return self._terms.window - len(self._under_way) if self.in_chunks and not self.closed else 0

    @property
    def dot_wanted(self) -> bool:
        """Whether a content has been handed out and its dot has not; only then a mail under way awaits no reply."""
        return bool(self._under_way) and self._exchange.next is None

    @property
    def awaited(self) -> Awaited | None:
        """The reply that must come next; None: the relay owes us no reply."""
        return self._exchange.next

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the relay offered in its last answer to EHLO: keywords and their parameters, in capitals."""
        return self._introduction.offered

    def receive(self, data: bytes) -> list[Event]:
        """Take what the relay sent; return what happened. The caller writes `outgoing` at once afterwards.

        The first call has empty `data`: where TLS comes before the greeting, it returns HandshakeWanted.
        """
        if data and self._introduction.shaking_hands and not self.closed:
            self._introduction.suspect()
        if self._exchange.next is self._dot and (taken := self._exchange.turn(data)):
            return self._turned(taken)
        try:
            if not self.closed:
                self._exchange.add(data)
            while not self.closed and (reply := self._exchange.reply()):
                self._take(*reply)
        except MalformedReply as malformed:
            self._lose_step(f"the relay sent {malformed}")
        return self._happened()

    def outgoing(self) -> bytes:
        """Hand out what is to be written now; each octet is handed out once."""
        return self._exchange.outgoing()

    def send(self, mail: MailObject) -> None:
        """Begin to hand over `mail`; only when `ready`, or in groups behind the dot of the mail before.

        Raises ValueError, before anything is written, for an envelope or a content that must not go onto the wire.
        """
        transaction = prepared(mail, with_size="SIZE" in self.extensions, stuffing=not self.in_chunks)
        announced = self.in_groups and len(self._under_way) == 1 and self._under_way[0].dotted and not self.closed
        if not (self.ready or announced):
            raise RuntimeError("a mail was begun while the relay was not ready for one")
        self._under_way.append(transaction)
        self.ready = self.in_chunks and len(self._under_way) < self._terms.window
        if self.in_chunks:
            transaction.dotted = True
            self._exchange.say(transaction.whole(), self._reset, self._mail, self._rcpt, self._dot)
        elif self.in_groups:
            self._exchange.say(transaction.group(), self._mail, self._rcpt, self._data)
        else:
            self._exchange.say(transaction.begin, self._mail)

    def dot(self) -> None:
        """End the mail whose dot is wanted; once `outgoing` has handed the dot out, the relay may hold a copy."""
        if not self.dot_wanted:
            raise RuntimeError("a final dot was given that nobody waited for")
        self._under_way[0].dotted = True
        self._exchange.say(commands.FINAL_DOT, self._dot)

    def handshake_done(self) -> None:
        """Go on under TLS."""
        self._introduction.handshake_done()

    def quit(self) -> None:
        """Say QUIT; only when `ready`."""
        self.ready = False
        self._exchange.say(commands.QUIT, Awaited(Stage.QUIT, _GO_ON, lambda _: self._close("we took leave")))

    def connection_lost(self, why: str) -> list[Event]:
        """Note that the connection dropped; return what that means for the mails under way."""
        if not self.closed:
            self._lose(why)
        return self._happened()

    # How the introduction ended

    def handshake_wanted(self) -> None:
        self._events.append(HandshakeWanted())

    def settled(self) -> None:
        self._settled = True
        self.in_groups = self._terms.pipelining and "PIPELINING" in self.extensions
        self.in_chunks = self.in_groups and "CHUNKING" in self.extensions and self._terms.window > 1
        self._be_ready()

    def rejected(self, why: str) -> None:
        self._events.append(Unfit(why))
        self._close(why)

    # Replies

    def _take(self, awaited: Awaited | None, said: Said) -> None:
        if awaited is None:
            self._take_unasked(said)
        elif awaited.takes(said):
            return
        elif said.code // 100 in (4, 5):
            self._take_refusal(awaited, said)
        else:
            self._lose_step(f"the relay answered {said.code} to {awaited.stage}", awaited)

    def _take_refusal(self, awaited: Awaited, said: Said) -> None:
        if not self._settled:
            self._turn_away(worded(awaited.stage, said))
            return
        if awaited.of_mail or (self.in_chunks and said.code == _CLOSING and self._under_way):
            self._take_refusal_of_mail(awaited, said)
        if said.code == _CLOSING or awaited.stage is Stage.QUIT or (awaited.stage is Stage.RSET and not self.in_chunks):
            self._close(f"the relay said {shown(said)}", leaving=said.code == _CLOSING)
        elif awaited.of_mail and (awaited.stage in (Stage.DATA, Stage.DOT) or not self.in_groups):
            self._end_refused(awaited.stage)

    def _take_refusal_of_mail(self, awaited: Awaited, said: Said) -> None:
        transaction, reply = self._under_way[0], worded(awaited.stage, said)
        if self.in_chunks and awaited.stage is not Stage.DOT:
            # The whole mail is on its way already: its answer is the reply to its end, which is still to come.
            transaction.refusal = transaction.refusal or reply
        if not self.in_chunks or awaited.stage is Stage.DOT or said.code == _CLOSING:
            self._answer(transaction, reply)

    def _end_refused(self, stage: Stage) -> None:
        refused = self._under_way.popleft()
        if stage is Stage.DOT or not refused.begun:
            self._be_ready()
        elif self.in_groups:
            self._exchange.say(commands.RSET, self._reset)
            self._be_ready()
        else:
            self._exchange.say(commands.RSET, Awaited(Stage.RSET, _GO_ON, lambda _: self._be_ready()))

    def _take_unasked(self, said: Said) -> None:
        # Two replies may come unasked: 421 at any time, and a refusal of a content before the relay has all of it.
        in_content = self.dot_wanted and self.awaited is None and said.code // 100 in (4, 5)
        if self._under_way and (in_content or said.code == _CLOSING):
            self._answer(self._under_way[0], worded(self._reached(), said))
        if in_content or (self._settled and said.code == _CLOSING):
            self._close(f"the relay said {shown(said)}", leaving=said.code == _CLOSING)
        else:
            self._lose_step(f"the relay said what nobody had asked for: {shown(said)}")

    # Replies to a mail: always the oldest under way

    def _turned(self, reply: Reply) -> list[Event]:
        """Take all four replies of a turn (`Exchange.turn`) in one step; `reply` is the first, to the dot."""
        self._answer(self._under_way.popleft(), reply)
        self._under_way[0].begun = self._under_way[0].named = True
        self._give_content()
        return self._happened()

    def _begun(self, _: Said) -> None:
        self._under_way[0].begun = True
        if not self.in_groups:
            self._exchange.say(self._under_way[0].recipient, self._rcpt)

    def _named(self, _: Said) -> None:
        self._under_way[0].named = True
        if not self.in_groups:
            self._exchange.say(commands.DATA, self._data)

    def _give_content(self, _: Said | None = None) -> None:
        transaction = self._under_way[0]
        if not transaction.answered:
            self._exchange.write(transaction.content)
            self._events.append(DotWanted(transaction.mail))
        elif transaction.named:
            # The relay holds a recipient, so it would take even an empty content as a mail to that recipient.
            self._lose_step("the relay asked for the content of a mail whose sender it had refused")
        else:
            # RFC 2920 §3.1 lets a relay ask for content although it has no recipient. A dot alone ends that, and the
            # reply to it concerns no mail.
            self._under_way.popleft()
            self._exchange.say(commands.FINAL_DOT, Awaited(Stage.DOT, _GO_ON, lambda _: None))
            self._be_ready()

    def _mail_taken(self, said: Said) -> None:
        transaction = self._under_way.popleft()
        if transaction.named:
            transaction.refusal = None  # whatever it said before, it has accepted the mail for this recipient
        self._answer(transaction, worded(Stage.DOT, said))
        self._be_ready()

    def _be_ready(self) -> None:
        if self.in_chunks or not self._under_way:
            self.ready = True
            self._events.append(Ready())

    def _answer(self, transaction: Transaction, reply: Reply) -> None:
        if not transaction.answered:
            transaction.answered = True
            self._events.append(Answered(transaction.mail, transaction.refusal or reply))

    # The end

    def _turn_away(self, reply: Reply) -> None:
        self._events.append(TurnedAway(self._introduction.without_password(reply)))
        self._close("the relay turned us away")

    def _lose_step(self, why: str, awaited: Awaited | None = None) -> None:
        self.out_of_step = True
        self._lose(why, awaited)

    def _lose(self, why: str, awaited: Awaited | None = None) -> None:
        if not self._settled:
            self._turn_away(Reply(awaited.stage if awaited else self._reached(), None, why))
            return
        if awaited and awaited.of_mail and not self.in_chunks:
            self._answer(self._under_way[0], Reply(awaited.stage, None, why))
        self._close(why)

    def _reached(self) -> Stage:
        unasked = Stage.STARTTLS if self._introduction.shaking_hands else Stage.DATA
        return self._exchange.reached(of_mail=bool(self._under_way)) or unasked

    def _close(self, why: str, leaving: bool = False) -> None:
        """Answer all mails under way, and end; `leaving`: the relay said 421.

        In chunks a mail that was handed out whole counts as past its dot, unless the relay said 421. Any other mail
        behind the oldest counts as at MAIL, since no reply to it has come.
        """
        sent = 0 if leaving else len(self._under_way) - self._exchange.unsent // _REPLIES_TO_A_WHOLE
        reached = repeat(Stage.DOT, sent) if self.in_chunks else [self._reached()]
        for transaction, stage in zip(self._under_way, chain(reached, repeat(Stage.MAIL)), strict=False):
            self._answer(transaction, Reply(stage, None, why))
        self._under_way.clear()
        self.ready, self.closed = False, True
        self._exchange.forget()
        self._events.append(Closed(why))

    # Mechanism

    def _happened(self) -> list[Event]:
        events, self._events = self._events, []
        return events
