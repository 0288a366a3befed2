"""One SMTP conversation of a client (RFC 5321), without I/O: octets in, events and octets out; no socket, no clock.

Step by step: greeting, EHLO, STARTTLS where it is required, EHLO again, AUTH; then for each mail MAIL, RCPT, DATA, the
content without its final dot, and only when `dot` is called the dot.

It never offers HELO, never goes on unprotected where protection is required, never shows a password on an open line,
and never believes a reply it did not ask for. It decides nothing about people: every mail gets exactly one answer.
"""

from collections.abc import Callable

from newsletter.message import MailObject
from newsletter.settings import Security
from newsletter.transport import commands, login
from newsletter.transport.events import Answered, Closed, DotWanted, Event, HandshakeWanted, Ready, TurnedAway, Unfit
from newsletter.transport.exchange import Awaited, Exchange
from newsletter.transport.replies import MalformedReply, Said, extensions, shown, worded
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.stuffing import stuffed
from newsletter.transport.terms import Terms

_CLOSING = 421
_GO_ON, _SEND_MORE = 2, 3


class Conversation:
    """One conversation, from the greeting to its end."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._hello = commands.ehlo(terms.client_name)
        self._exchange = Exchange(Awaited(Stage.CONNECT, _GO_ON, self._introduce))
        self._extensions: dict[str, str] = {}
        self._protected = False
        self._shaking_hands = terms.security is Security.TLS
        self._settled = False
        self._mail: MailObject | None = None
        self._recipient = self._content = b""
        self._events: list[Event] = [HandshakeWanted()] if self._shaking_hands else []
        self.ready = False
        self.closed = False

    @property
    def awaiting(self) -> Stage | None:
        """The command whose reply comes next; None: the relay owes us nothing."""
        return self._exchange.next.stage if self._exchange.next else None

    def receive(self, data: bytes) -> list[Event]:
        """Take what the relay sent; return what happened. What was put into `outgoing` is to be written at once.

        Begin with nothing received: where TLS comes first, that is when its handshake is wanted.
        """
        if data and self._shaking_hands and not self.closed:
            self._suspect()
        try:
            for awaited, said in () if self.closed else self._exchange.feed(data):
                self._take(awaited, said)
                if self.closed:
                    break
        except MalformedReply as malformed:
            self._lose(f"the relay sent {malformed}")
        return self._happened()

    def outgoing(self) -> bytes:
        """Hand out what is to be written now, once."""
        return self._exchange.outgoing()

    def send(self, mail: MailObject) -> None:
        """Begin to hand over `mail`; only when ready.

        Raises ValueError, before anything is written, for an envelope or a content that must not go onto the wire.
        """
        size = len(mail.content) if "SIZE" in self._extensions else None
        begin = commands.mail_from(mail.reverse_path, size)
        recipient, content = commands.rcpt_to(mail.forward_path), stuffed(mail.content)
        if not self.ready:
            raise RuntimeError("a mail was begun while the relay was not ready for one")
        self.ready = False
        self._mail, self._recipient, self._content = mail, recipient, content
        self._exchange.say(begin, Awaited(Stage.MAIL, _GO_ON, self._name_recipient, mail))

    def dot(self) -> None:
        """End the mail whose dot is wanted: once it is handed out the relay may hold a copy."""
        if self._mail is None or self._exchange.next:
            raise RuntimeError("a final dot was given that nobody waited for")
        self._exchange.say(commands.FINAL_DOT, Awaited(Stage.DOT, _GO_ON, self._mail_taken, self._mail))

    def handshake_done(self) -> None:
        """Go on under TLS, forgetting what was said before it (RFC 3207 §4.2)."""
        self._shaking_hands, self._protected = False, True
        if self._terms.security is Security.STARTTLS:
            self._introduce()

    def quit(self) -> None:
        """Take leave; only when ready."""
        self.ready = False
        self._ask(commands.QUIT, Stage.QUIT, lambda _: self._close("we took leave"))

    def connection_lost(self, why: str) -> list[Event]:
        """Take it that the line dropped; return what that means for the mail under way."""
        if not self.closed:
            self._lose(why)
        return self._happened()

    # Replies

    def _take(self, awaited: Awaited | None, said: Said) -> None:
        if awaited is None:
            self._take_unasked(said)
        elif said.first_digit == awaited.wanted:
            awaited.go_on(said)
        elif said.first_digit in (4, 5):
            self._take_refusal(awaited, said)
        else:
            self._lose(f"the relay answered {said.code} to {awaited.stage}", awaited.stage)

    def _take_refusal(self, awaited: Awaited, said: Said) -> None:
        reply = worded(awaited.stage, said)
        if not self._settled:
            self._turn_away(reply)
            return
        if awaited.mail is not None:
            self._answer(reply)
        if said.code == _CLOSING or awaited.mail is None:
            self._close(f"the relay said {shown(said)}")
        elif awaited.stage in (Stage.RCPT, Stage.DATA):
            self._ask(commands.RSET, Stage.RSET, self._be_ready)
        else:
            self._be_ready()

    def _take_unasked(self, said: Said) -> None:
        # Because a relay may say at any time that it is going, and may refuse a content before it has all of it.
        in_content = self._mail is not None and self._exchange.next is None and said.first_digit in (4, 5)
        if self._mail is not None and (in_content or said.code == _CLOSING):
            self._answer(worded(self._reached(), said))
        if in_content or (self._settled and said.code == _CLOSING):
            self._close(f"the relay said {shown(said)}")
        else:
            self._lose(f"the relay said what nobody had asked for: {shown(said)}")

    # Setting up

    def _introduce(self, _: Said | None = None) -> None:
        self._ask(self._hello, Stage.EHLO, self._note_extensions)

    def _note_extensions(self, said: Said) -> None:
        self._extensions = extensions(said)
        if self._protected or self._terms.security is Security.NONE:
            self._log_in()
        elif "STARTTLS" in self._extensions:
            self._ask(commands.STARTTLS, Stage.STARTTLS, self._shake_hands)
        else:
            self._reject("it does not offer STARTTLS, so that mails and password would travel readable")

    def _shake_hands(self, _: Said) -> None:
        self._shaking_hands = True
        self._events.append(HandshakeWanted())
        if self._exchange.has_more:
            self._suspect()

    def _suspect(self) -> None:
        if self._terms.security is Security.TLS:
            self._reject("it speaks readably where TLS was expected; is the port one for starttls?")
        else:
            self._reject("it went on speaking readably after it had agreed to STARTTLS; somebody may stand in between")

    def _log_in(self) -> None:
        who = self._terms.login
        if who is None:
            self._settle()
        elif not (self._protected or self._terms.login_unprotected):
            self._reject("the password would travel readable")
        elif steps := login.steps(who, self._extensions.get("AUTH", "")):
            self._give_login(*steps)
        else:
            self._reject("it offers no way to log in that we know (PLAIN, LOGIN)")

    def _give_login(self, line: bytes, *more: bytes) -> None:
        if more:
            self._ask(line, Stage.AUTH, lambda _: self._give_login(*more), _SEND_MORE)
        else:
            self._ask(line, Stage.AUTH, self._settle)

    def _settle(self, _: Said | None = None) -> None:
        self._settled = True
        self._be_ready()

    def _be_ready(self, _: Said | None = None) -> None:
        self.ready = True
        self._events.append(Ready())

    # A mail

    def _name_recipient(self, _: Said) -> None:
        self._ask(self._recipient, Stage.RCPT, self._begin_content)

    def _begin_content(self, _: Said) -> None:
        self._ask(commands.DATA, Stage.DATA, self._give_content, _SEND_MORE)

    def _give_content(self, _: Said) -> None:
        assert self._mail is not None
        self._exchange.write(self._content)
        self._events.append(DotWanted(self._mail))

    def _mail_taken(self, said: Said) -> None:
        self._answer(worded(Stage.DOT, said))
        self._be_ready()

    def _answer(self, reply: Reply) -> None:
        assert self._mail is not None
        self._events.append(Answered(self._mail, reply))
        self._mail = None

    # The end

    def _turn_away(self, reply: Reply) -> None:
        who = self._terms.login
        text = login.redacted(reply.text, who) if who else reply.text
        self._events.append(TurnedAway(Reply(reply.stage, reply.code, text, reply.enhanced)))
        self._close("the relay turned us away")

    def _reject(self, why: str) -> None:
        self._events.append(Unfit(why))
        self._close(why)

    def _lose(self, why: str, reached: Stage | None = None) -> None:
        reply = Reply(reached or self._reached(), None, why)
        if self._mail is not None:
            self._answer(reply)
        elif not self._settled:
            self._turn_away(reply)
            return
        self._close(why)

    def _reached(self) -> Stage:
        """Because a dot that was never handed out was never sent: such a mail stands before its end."""
        awaited = self._exchange.next
        if awaited is None:
            return Stage.STARTTLS if self._shaking_hands else Stage.DATA
        return Stage.DATA if awaited.stage is Stage.DOT and not self._exchange.asked else awaited.stage

    def _close(self, why: str) -> None:
        self.ready, self.closed = False, True
        self._exchange.forget()
        self._events.append(Closed(why))

    # Mechanism

    def _ask(self, command: bytes, stage: Stage, go_on: Callable[[Said], None], wanted: int = _GO_ON) -> None:
        self._exchange.say(command, Awaited(stage, wanted, go_on, self._mail))

    def _happened(self) -> list[Event]:
        events, self._events = self._events, []
        return events
