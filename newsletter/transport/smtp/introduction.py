"""How a conversation begins: greeting, EHLO, STARTTLS where it is required, EHLO again, AUTH (RFC 5321, 3207, 4954).

The relay's answers go in; commands go out by the exchange. In the end we know what the relay offers, or why we will not
hand mail to it. An introduction never says HELO, never goes on without TLS where TLS is required, and never sends a
password unencrypted unless the terms allow it.
"""

from collections.abc import Callable
from typing import Protocol

from newsletter.settings import Security
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.smtp import commands, login
from newsletter.transport.smtp.exchange import Awaited, Exchange
from newsletter.transport.smtp.replies import Said, extensions
from newsletter.transport.smtp.terms import Terms

_GO_ON, _SEND_MORE = 2, 3


class Host(Protocol):
    """The conversation that an introduction reports to."""

    def handshake_wanted(self) -> None: ...

    def settled(self) -> None: ...

    def rejected(self, why: str) -> None: ...


class Introduction:
    """The beginning of one conversation."""

    def __init__(self, terms: Terms, host: Host) -> None:
        self._terms = terms
        self._host = host
        self._hello = commands.ehlo(terms.client_name)
        self._protected = False
        self.exchange = Exchange(Awaited(Stage.CONNECT, _GO_ON, self._introduce))
        self.offered: dict[str, str] = {}
        """What the relay offers, by keyword (RFC 5321 §2.2.1)."""
        self.shaking_hands = terms.security is Security.TLS

    def handshake_done(self) -> None:
        """Go on under TLS, forgetting what was said before it (RFC 3207 §4.2)."""
        self.shaking_hands, self._protected = False, True
        if self._terms.security is Security.STARTTLS:
            self._introduce()

    def suspect(self) -> None:
        """Give up, because unencrypted octets came where TLS was due."""
        if self._terms.security is Security.TLS:
            self._host.rejected("it speaks readably where TLS was expected; is the port one for starttls?")
        else:
            self._host.rejected(
                "it went on speaking readably after it had agreed to STARTTLS; somebody may stand in between"
            )

    def without_password(self, reply: Reply) -> Reply:
        """Return what the relay said to us, with the password removed if the relay repeated it."""
        who = self._terms.login
        text = login.redacted(reply.text, who) if who else reply.text
        return Reply(reply.stage, reply.code, text, reply.enhanced)

    def _introduce(self, _: Said | None = None) -> None:
        self._ask(self._hello, Stage.EHLO, self._note_extensions)

    def _note_extensions(self, said: Said) -> None:
        self.offered = extensions(said)
        if self._protected or self._terms.security is Security.NONE:
            self._log_in()
        elif "STARTTLS" in self.offered:
            self._ask(commands.STARTTLS, Stage.STARTTLS, self._shake_hands)
        else:
            self._host.rejected("it does not offer STARTTLS, so that mails and password would travel readable")

    def _shake_hands(self, _: Said) -> None:
        self.shaking_hands = True
        self._host.handshake_wanted()
        if self.exchange.has_more:
            self.suspect()

    def _log_in(self) -> None:
        who = self._terms.login
        if who is None:
            self._host.settled()
        elif not (self._protected or self._terms.login_unprotected):
            self._host.rejected("the password would travel readable")
        elif ways := login.ways(who, self.offered.get("AUTH", "")):
            self._try(*ways)
        else:
            self._host.rejected(login.none_known(who, self.offered.get("AUTH", "")))

    def _try(self, way: tuple[bytes, ...], *others: tuple[bytes, ...]) -> None:
        self._give_login(way, (lambda: self._try(*others)) if others else None)

    def _give_login(self, lines: tuple[bytes, ...], unknown: Callable[[], None] | None = None) -> None:
        line, *more = lines
        if more:
            awaited = Awaited(Stage.AUTH, _SEND_MORE, lambda _: self._give_login(tuple(more)))
        else:
            token = self._terms.login is not None and self._terms.login.is_token
            challenged = self._give_up_login if token else None
            awaited = Awaited(Stage.AUTH, _GO_ON, lambda _: self._host.settled(), challenged=challenged)
        self.exchange.say(line, awaited._replace(unknown=unknown))

    def _give_up_login(self) -> None:
        # XOAUTH2 first tells the reason of a refusal in a challenge; the refusal itself follows an empty answer.
        self._ask(b"\r\n", Stage.AUTH, lambda _: self._host.settled())

    def _ask(self, command: bytes, stage: Stage, go_on: Callable[[Said], None], wanted: int = _GO_ON) -> None:
        self.exchange.say(command, Awaited(stage, wanted, go_on))
