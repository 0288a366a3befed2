"""Opens a connection that is ready for mail from the settings of a relay, or says why it cannot.

Trouble that may pass by itself is RelayUnreachable; trouble that the organiser must put right first is RelayRefused.
Neither holds a password.
"""

import ssl
from dataclasses import dataclass, field

from newsletter.errors import NewsletterError, RelayRefused, RelaySpent, RelayTurnsUsAway, RelayUnreachable
from newsletter.policy.answers import Meaning, is_switched_off, read_answer
from newsletter.policy.reply import Reply, Stage
from newsletter.settings import Security, is_loopback
from newsletter.transport import tls as certificates
from newsletter.transport.connection import Connection, connect
from newsletter.transport.smtp.deadlines import Deadlines
from newsletter.transport.smtp.events import HandshakeWanted, Ready, TurnedAway, Unfit
from newsletter.transport.smtp.login import Login
from newsletter.transport.smtp.terms import Terms
from newsletter.transport.token import NoToken, TokenCommand
from newsletter.transport.trouble import socket_trouble

_CLOSING = 421


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where the relay is and how we use it.

    `messages_per_connection` 0: no limit. A pause before the next connection is `first_pause` seconds, and doubles up
    to `longest_pause`.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    token: TokenCommand | None = None
    """The command that prints a token for XOAUTH2; if there is one, the password is not used."""
    allow_plaintext: bool = False
    connections: int = 4
    messages_per_connection: int = 0
    pipelining: bool = True
    window: int = 1
    """How many mails may be under way on a connection where the relay offers CHUNKING; 1: one at a time."""
    client_name: str = "localhost"
    deadlines: Deadlines = field(default_factory=Deadlines)
    first_pause: float = 0.5
    longest_pause: float = 30
    outage: float = 0
    """For how many seconds without an answer we keep trying, once the relay has answered mail in this run."""

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def terms(self, token: str = "") -> Terms:
        """Return the terms on which we hand mail over, with the password or with `token`."""
        login = Login(self.username, token or self.password, bool(token)) if self.username else None
        unprotected = self.allow_plaintext or is_loopback(self.host)
        return Terms(self.client_name, self.security, login, unprotected, self.pipelining, self.window)


async def open_connection(relay: RelaySettings, tls: ssl.SSLContext | None) -> Connection:
    """Connect, begin TLS with `tls` where the settings want it, log in. Raises RelayUnreachable or RelayRefused."""
    if relay.token is None:
        return await _opened_on(relay.terms(), relay, tls)
    try:
        token = await relay.token.token()
        try:
            return await _opened_on(relay.terms(token), relay, tls)
        except _LoginRefused:
            relay.token.forget(token)  # it may have expired; try once more with a new one
            return await _opened_on(relay.terms(await relay.token.token()), relay, tls)
    except NoToken as trouble:
        raise RelayRefused(relay=relay.name, why=f"the command for a token gave none: {trouble}") from None


class _LoginRefused(RelayRefused):
    """Your mail server {relay} does not take our login: {why}. Nobody has been missed. Correct
    NEWSLETTER_SMTP_USERNAME and NEWSLETTER_SMTP_PASSWORD (or NEWSLETTER_SMTP_TOKEN_COMMAND) in .env, then
    `newsletter resume`."""


class _LoginSwitchedOff(RelayRefused):
    """Your mail server {relay} has logging in by SMTP switched off for this account: {why}. The password may well be
    right. Nobody has been missed. Have it switched on where the account is managed, then `newsletter resume`."""


class _AccountRefused(RelayRefused):
    """Your mail server {relay} does not send for this account: {why}. The password may well be right. Nobody has been
    missed. Look into the account at your mail provider, then `newsletter resume`."""


async def _opened_on(terms: Terms, relay: RelaySettings, tls: ssl.SSLContext | None) -> Connection:
    if terms.security is Security.NONE and not terms.login_unprotected:
        raise RelayRefused(relay=relay.name, why="mails and password would travel readable")
    try:
        connection = await connect(relay.host, relay.port, terms, relay.deadlines)
    except OSError as error:
        raise RelayUnreachable(relay=relay.name, why=socket_trouble(error)) from None
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
        raise RelayRefused(relay=relay.name, why=certificates.tls_trouble(error)) from None
    except OSError as error:
        raise RelayUnreachable(relay=relay.name, why=f"the TLS handshake broke off: {socket_trouble(error)}") from None


def _trouble(relay: RelaySettings, reply: Reply) -> NewsletterError:
    if reply.code is None:
        return RelayUnreachable(relay=relay.name, why=reply.text)
    words = f"{reply.code} {reply.text}".rstrip()
    why = f"it said “{words}” {_WHERE.get(reply.stage, f'to {reply.stage.upper()}')}"
    return _kind_of(reply)(relay=relay.name, why=why)


def _kind_of(reply: Reply) -> type[NewsletterError]:
    meaning = read_answer(reply.code or 0, reply.enhanced, reply.text).meaning
    if meaning in _ENOUGH:
        return RelaySpent
    if meaning in _AT_THE_MOMENT and reply.stage not in (Stage.CONNECT, Stage.STARTTLS):
        return RelaySpent
    if meaning is Meaning.SENDER and reply.stage is not Stage.STARTTLS:
        return _AccountRefused
    # A relay that cannot begin TLS now will not be able to in a moment: the organiser must look into it.
    if reply.permanent or (reply.stage is Stage.STARTTLS and reply.code != _CLOSING):
        if reply.stage is not Stage.AUTH:
            return RelayRefused
        return _LoginSwitchedOff if is_switched_off(reply.text) else _LoginRefused
    return RelayTurnsUsAway


_WHERE = {Stage.CONNECT: "when we connected", Stage.AUTH: "when we logged in"}
_ENOUGH = (Meaning.LIMIT, Meaning.HOURLY)
_AT_THE_MOMENT = (Meaning.RATE, Meaning.CROWD, Meaning.TOO_MUCH, Meaning.LINE)
