"""From the settings of a relay to a connection that is ready for mail, or to the reason why there is none.

Trouble that may pass is RelayUnreachable; what somebody must put right first is RelayRefused. Neither holds a password.
"""

import os
import socket
import ssl
from dataclasses import dataclass, field

from newsletter.errors import NewsletterError, RelayRefused, RelayUnreachable
from newsletter.settings import Security, is_loopback
from newsletter.transport.connection import Connection, connect
from newsletter.transport.deadlines import Deadlines
from newsletter.transport.events import HandshakeWanted, Ready, TurnedAway, Unfit
from newsletter.transport.login import Login
from newsletter.transport.reply import Reply, Stage
from newsletter.transport.terms import Terms
from newsletter.transport.tls import in_words
from newsletter.transport.token import NoToken, TokenCommand

_CLOSING = 421


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where the relay is and how it is used; `messages_per_connection` 0: no limit; pauses in seconds, doubling."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    token: TokenCommand | None = None
    """What prints a token for XOAUTH2; the password is not used then."""
    allow_plaintext: bool = False
    connections: int = 4
    messages_per_connection: int = 0
    pipelining: bool = True
    window: int = 1
    """So many mails under way on a connection, where the relay offers CHUNKING; 1: one after the other."""
    client_name: str = "localhost"
    deadlines: Deadlines = field(default_factory=Deadlines)
    first_pause: float = 0.5
    longest_pause: float = 30
    outage: float = 0
    """So many seconds without an answer are waited out, once the relay has taken mail from us."""

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def terms(self, token: str = "") -> Terms:
        """Say on what terms mail is handed over, with the password or with `token`."""
        login = Login(self.username, token or self.password, bool(token)) if self.username else None
        unprotected = self.allow_plaintext or is_loopback(self.host)
        return Terms(self.client_name, self.security, login, unprotected, self.pipelining, self.window)


async def opened(relay: RelaySettings, tls: ssl.SSLContext | None) -> Connection:
    """Connect, protect (where the settings want it, with `tls`), log in. Raises RelayUnreachable or RelayRefused."""
    if relay.token is None:
        return await _opened_on(relay.terms(), relay, tls)
    try:
        token = await relay.token.token()
        try:
            return await _opened_on(relay.terms(token), relay, tls)
        except _LoginRefused:
            relay.token.forget(token)  # because it may have expired; a new one may do
            return await _opened_on(relay.terms(await relay.token.token()), relay, tls)
    except NoToken as trouble:
        raise RelayRefused(relay=relay.name, why=f"the command for a token gave none: {trouble}") from None


class _LoginRefused(RelayRefused):
    """The relay {relay} does not take our login: {why}. Nobody is lost; put NEWSLETTER_SMTP_USERNAME and
    NEWSLETTER_SMTP_PASSWORD (or NEWSLETTER_SMTP_TOKEN_COMMAND) right, then `newsletter resume`."""


async def _opened_on(terms: Terms, relay: RelaySettings, tls: ssl.SSLContext | None) -> Connection:
    if terms.security is Security.NONE and not terms.login_unprotected:
        raise RelayRefused(relay=relay.name, why="mails and password would travel readable")
    try:
        connection = await connect(relay.host, relay.port, terms, relay.deadlines)
    except OSError as error:
        raise RelayUnreachable(relay=relay.name, why=_without_numbers(error)) from None
    try:
        await _until_ready(connection, relay, tls)
    except BaseException:
        await connection.gone()
        raise
    return connection


async def _until_ready(connection: Connection, relay: RelaySettings, tls: ssl.SSLContext | None) -> None:
    while True:
        match await connection.event():
            case Ready():
                return
            case HandshakeWanted() if connection.is_open:
                await _protect(connection, relay, tls)
            case TurnedAway(reply):
                raise _trouble(relay, reply)
            case Unfit(why):
                raise RelayRefused(relay=relay.name, why=why)


async def _protect(connection: Connection, relay: RelaySettings, tls: ssl.SSLContext | None) -> None:
    assert tls is not None
    try:
        await connection.shake_hands(tls, relay.host)
    except ssl.SSLError as error:
        raise RelayRefused(relay=relay.name, why=in_words(error)) from None
    except OSError as error:
        raise RelayUnreachable(
            relay=relay.name, why=f"the TLS handshake broke off: {_without_numbers(error)}"
        ) from None


def _trouble(relay: RelaySettings, reply: Reply) -> NewsletterError:
    # Because a relay that has no TLS to give will not have it in a moment: somebody must look.
    if reply.permanent or (reply.transient and reply.stage is Stage.STARTTLS and reply.code != _CLOSING):
        kind = _LoginRefused if reply.stage is Stage.AUTH else RelayRefused
        return kind(relay=relay.name, why=f"to {reply.stage} it said {reply.code} {reply.text}".rstrip())
    said = f"to {reply.stage} it said {reply.code} {reply.text}".rstrip() if reply.code else reply.text
    return RelayUnreachable(relay=relay.name, why=said)


def _without_numbers(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"its name cannot be looked up ({error.strerror})"
    if error.errno is None:
        return str(error) or ("it took too long" if isinstance(error, TimeoutError) else "the line dropped")
    return os.strerror(error.errno).lower()
