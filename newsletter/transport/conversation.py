"""One SMTP conversation of a client (RFC 5321), without I/O: octets in, events and octets out; no socket, no clock.

After the introduction, for each mail: MAIL, RCPT, DATA, the content without its final dot, and only when `dot` is
called the dot. Where the relay offers PIPELINING (RFC 2920) the three commands leave together, and the next mail may be
announced with the dot of the one before: one round trip a mail. Otherwise each command waits for its reply.

It never believes a reply it did not ask for. It decides nothing about people: every mail gets exactly one answer, and
none that belongs to another.
"""

from collections import deque
from collections.abc import Callable, Mapping

from newsletter.message import MailObject
from newsletter.transport import commands
from newsletter.transport.events import Answered, Closed, DotWanted, Event, HandshakeWanted, Ready, TurnedAway, Unfit
from newsletter.transport.exchange import Awaited
from newsletter.transport.introduction import Introduction
from newsletter.transport.replies import MalformedReply, Said, shown, worded
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.terms import Terms
from newsletter.transport.transaction import Transaction, prepared

_CLOSING = 421
_GO_ON, _SEND_MORE = 2, 3


class Conversation:
    """One conversation, from the greeting to its end."""

    def __init__(self, terms: Terms) -> None:
        self._may_group = terms.pipelining
        self._introduction = Introduction(terms, self)
        self._exchange = self._introduction.exchange
        self._settled = False
        self._under_way: deque[Transaction] = deque()
        """At most two: one whose dot is wanted or given, and one announced behind that dot."""
        self._events: list[Event] = [HandshakeWanted()] if self._introduction.shaking_hands else []
        self.in_groups = False
        """Whether the next mail may be announced behind a dot."""
        self.out_of_step = False
        """Whether it ended because replies did not fit what was asked."""
        self.ready = False
        self.closed = False

    @property
    def awaited(self) -> Awaited | None:
        """The reply that comes next; None: the relay owes us nothing."""
        return self._exchange.next

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the relay offered in its last answer to EHLO: keywords and their parameters, in capitals."""
        return self._introduction.offered

    def receive(self, data: bytes) -> list[Event]:
        """Take what the relay sent; return what happened. What was put into `outgoing` is to be written at once.

        Begin with nothing received: where TLS comes first, that is when its handshake is wanted.
        """
        if data and self._introduction.shaking_hands and not self.closed:
            self._introduction.suspect()
        try:
            if not self.closed:
                self._exchange.add(data)
            while not self.closed and (reply := self._exchange.reply()):
                self._take(*reply)
        except MalformedReply as malformed:
            self._lose_step(f"the relay sent {malformed}")
        return self._happened()

    def outgoing(self) -> bytes:
        """Hand out what is to be written now, once."""
        return self._exchange.outgoing()

    def send(self, mail: MailObject) -> None:
        """Begin to hand over `mail`; only when ready, or in groups behind the dot of the mail before.

        Raises ValueError, before anything is written, for an envelope or a content that must not go onto the wire.
        """
        transaction = prepared(mail, with_size="SIZE" in self.extensions)
        if not (self.ready or self._may_announce()):
            raise RuntimeError("a mail was begun while the relay was not ready for one")
        self.ready = False
        self._under_way.append(transaction)
        self._ask(transaction.begin, Stage.MAIL, self._begun)
        if self.in_groups:
            self._ask(transaction.recipient, Stage.RCPT, self._named)
            self._ask(commands.DATA, Stage.DATA, self._give_content, _SEND_MORE)

    def dot(self) -> None:
        """End the mail whose dot is wanted: once it is handed out the relay may hold a copy."""
        if not self._dot_wanted:
            raise RuntimeError("a final dot was given that nobody waited for")
        self._under_way[0].dotted = True
        self._ask(commands.FINAL_DOT, Stage.DOT, self._mail_taken)

    def handshake_done(self) -> None:
        """Go on under TLS."""
        self._introduction.handshake_done()

    def quit(self) -> None:
        """Take leave; only when ready."""
        self.ready = False
        self._exchange.say(commands.QUIT, Awaited(Stage.QUIT, _GO_ON, lambda _: self._close("we took leave")))

    def connection_lost(self, why: str) -> list[Event]:
        """Take it that the line dropped; return what that means for the mails under way."""
        if not self.closed:
            self._lose(why)
        return self._happened()

    # What the introduction comes to

    def handshake_wanted(self) -> None:
        self._events.append(HandshakeWanted())

    def settled(self) -> None:
        self._settled = True
        self.in_groups = self._may_group and "PIPELINING" in self.extensions
        self._be_ready()

    def rejected(self, why: str) -> None:
        self._events.append(Unfit(why))
        self._close(why)

    # Replies

    def _take(self, awaited: Awaited | None, said: Said) -> None:
        if awaited is None:
            self._take_unasked(said)
        elif said.first_digit == awaited.wanted:
            awaited.go_on(said)
        elif said.first_digit in (4, 5):
            self._take_refusal(awaited, said)
        else:
            self._lose_step(f"the relay answered {said.code} to {awaited.stage}", awaited)

    def _take_refusal(self, awaited: Awaited, said: Said) -> None:
        if not self._settled:
            self._turn_away(worded(awaited.stage, said))
            return
        if awaited.of_mail:
            self._answer(self._under_way[0], worded(awaited.stage, said))
        if said.code == _CLOSING or awaited.stage is Stage.RSET:
            self._close(f"the relay said {shown(said)}")
        elif awaited.of_mail and (awaited.stage in (Stage.DATA, Stage.DOT) or not self.in_groups):
            self._end_refused(awaited.stage)
        elif awaited.stage is Stage.QUIT:
            self._close(f"the relay said {shown(said)}")

    def _end_refused(self, stage: Stage) -> None:
        refused = self._under_way.popleft()
        if stage is Stage.DOT or not refused.begun:
            self._be_ready()
        elif self.in_groups:
            self._exchange.say(commands.RSET, Awaited(Stage.RSET, _GO_ON, _pass))
            self._be_ready()
        else:
            self._exchange.say(commands.RSET, Awaited(Stage.RSET, _GO_ON, lambda _: self._be_ready()))

    def _take_unasked(self, said: Said) -> None:
        # Because a relay may say at any time that it is going, and may refuse a content before it has all of it.
        in_content = self._dot_wanted and self.awaited is None and said.first_digit in (4, 5)
        if self._under_way and (in_content or said.code == _CLOSING):
            self._answer(self._under_way[0], worded(self._reached(), said))
        if in_content or (self._settled and said.code == _CLOSING):
            self._close(f"the relay said {shown(said)}")
        else:
            self._lose_step(f"the relay said what nobody had asked for: {shown(said)}")

    # A mail; the replies to it are always those to the oldest under way

    def _begun(self, _: Said) -> None:
        self._under_way[0].begun = True
        if not self.in_groups:
            self._ask(self._under_way[0].recipient, Stage.RCPT, self._named)

    def _named(self, _: Said) -> None:
        self._under_way[0].named = True
        if not self.in_groups:
            self._ask(commands.DATA, Stage.DATA, self._give_content, _SEND_MORE)

    def _give_content(self, _: Said) -> None:
        transaction = self._under_way[0]
        if not transaction.answered:
            self._exchange.write(transaction.content)
            self._events.append(DotWanted(transaction.mail))
        elif transaction.named:
            # Because it would take even an empty content as a mail to somebody.
            self._lose_step("the relay asked for the content of a mail whose sender it had refused")
        else:
            # Because RFC 2920 §3.1 lets a relay ask for content without a recipient: a dot alone ends that, and what
            # it says to it concerns nobody.
            self._under_way.popleft()
            self._exchange.say(commands.FINAL_DOT, Awaited(Stage.DOT, _GO_ON, _pass))
            self._be_ready()

    def _mail_taken(self, said: Said) -> None:
        self._answer(self._under_way.popleft(), worded(Stage.DOT, said))
        self._be_ready()

    def _be_ready(self) -> None:
        if not self._under_way:
            self.ready = True
            self._events.append(Ready())

    def _answer(self, transaction: Transaction, reply: Reply) -> None:
        if not transaction.answered:
            transaction.answered = True
            self._events.append(Answered(transaction.mail, reply))

    @property
    def _dot_wanted(self) -> bool:
        """Because nothing is awaited exactly while the content is out and its dot is not."""
        return bool(self._under_way) and self._exchange.next is None

    def _may_announce(self) -> bool:
        return self.in_groups and len(self._under_way) == 1 and self._under_way[0].dotted and not self.closed

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
        if awaited and awaited.of_mail:
            self._answer(self._under_way[0], Reply(awaited.stage, None, why))
        self._close(why)

    def _reached(self) -> Stage:
        """Because a dot that was never handed out was never sent: such a mail stands before its end."""
        awaited = self._exchange.next_of_mail if self._under_way else self._exchange.next
        if awaited is None:
            return Stage.STARTTLS if self._introduction.shaking_hands else Stage.DATA
        return Stage.DATA if awaited.stage is Stage.DOT and not self._exchange.asked else awaited.stage

    def _close(self, why: str) -> None:
        reached = self._reached()
        for transaction in self._under_way:
            self._answer(transaction, Reply(reached, None, why))
            reached = Stage.MAIL  # of one announced behind a dot nothing was answered
        self._under_way.clear()
        self.ready, self.closed = False, True
        self._exchange.forget()
        self._events.append(Closed(why))

    # Mechanism

    def _ask(self, command: bytes, stage: Stage, go_on: Callable[[Said], None], wanted: int = _GO_ON) -> None:
        self._exchange.say(command, Awaited(stage, wanted, go_on, of_mail=True))

    def _happened(self) -> list[Event]:
        events, self._events = self._events, []
        return events


def _pass(_: Said) -> None:
    """Because a reply can be waited for without being of interest."""
