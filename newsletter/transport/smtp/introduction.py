"""How a conversation begins: greeting, EHLO, STARTTLS where it is required, EHLO again, AUTH (RFC 5321, 3207, 4954).

In the end we know what the relay offers, or why we will not hand mail to it. We never say HELO, never go on without TLS
where TLS is required, and never send a password unencrypted unless the terms allow it.
"""

from collections import deque

from newsletter.settings import Security
from newsletter.transport.smtp import commands, login
from newsletter.transport.smtp.acts import NOT_ASKED, WRONG, wrong
from newsletter.transport.smtp.chunked import Chunked
from newsletter.transport.smtp.events import HandshakeWanted, Ready
from newsletter.transport.smtp.exchange import Exchange
from newsletter.transport.smtp.one_by_one import OneByOne
from newsletter.transport.smtp.pipelined import Pipelined
from newsletter.transport.smtp.replies import RawReply, extensions, worded
from newsletter.transport.smtp.session import Grouping, Row, Session, TransitionTable, to, to_one_of
from newsletter.transport.smtp.states import (
    CLOSED,
    GREETING,
    HELLO,
    LOGIN,
    LOGIN_GIVEN_UP,
    LOGIN_STEP,
    READY,
    STARTTLS,
    TLS_AGREED,
    TLS_FIRST,
    UNASKED,
    Track,
    TrackState,
)
from newsletter.transport.smtp.transaction import Transaction

_UNKNOWN_MECHANISM = 504


def say_hello(session: Session, line: Track, said: RawReply) -> None:
    session.exchange.say(session.hello, line)


def note_offer(session: Session, line: Track, said: RawReply) -> None:
    """Note what the relay offers; go on with TLS or the login, as the terms require."""
    session.offered = extensions(said)
    if session.protected or session.terms.security is Security.NONE:
        _log_in(session)
    elif "STARTTLS" in session.offered:
        _say(session, commands.STARTTLS, STARTTLS)
    else:
        session.reject("it does not offer STARTTLS, so that mails and password would travel readable")


def want_handshake(session: Session, line: Track, said: RawReply) -> None:
    line.state = TLS_AGREED
    session.events.append(HandshakeWanted())
    if session.exchange.has_more:
        suspect(session)


def say_next_line(session: Session, line: Track, said: RawReply) -> None:
    """Say the next line of the login."""
    del session.logins[1:]  # a mechanism that asks for more is known to the relay; no other is tried
    _say_login(session)


def try_next_mechanism(session: Session, line: Track, said: RawReply) -> None:
    """Try the next mechanism, if the relay does not know this one although it has offered it."""
    if said.code == _UNKNOWN_MECHANISM and len(session.logins) > 1:
        session.logins.pop(0)
        _say_login(session)
    else:
        turn_away(session, line, said)


def give_up_login(session: Session, line: Track, said: RawReply) -> None:
    """Answer XOAUTH2's challenge, which tells the reason of a refusal: after an empty line the refusal itself comes."""
    if session.terms.login is not None and session.terms.login.is_token:
        _say(session, b"\r\n", LOGIN_GIVEN_UP)
    else:
        wrong(session, line, said)


def settle(session: Session, line: Track, said: RawReply) -> None:
    _settle(session)


def turn_away(session: Session, line: Track, said: RawReply) -> None:
    session.turn_away(worded(line.state.stage, said))


AWAY = to(CLOSED, turn_away)
OFFER = to_one_of((STARTTLS, LOGIN_STEP, LOGIN, READY, CLOSED), note_offer)
AGREED = to_one_of((TLS_AGREED, CLOSED), want_handshake)
NEXT_LINE = to_one_of((LOGIN_STEP, LOGIN), say_next_line)
NEXT_LOGIN = to_one_of((LOGIN_STEP, LOGIN, CLOSED), try_next_mechanism)
GIVE_UP = to_one_of((LOGIN_GIVEN_UP, CLOSED), give_up_login)
SETTLED = to(READY, settle)

# fmt: off
TABLE: TransitionTable = {
    #                   2yz                   3yz        4yz, 5yz   421
    GREETING:       Row(to(HELLO, say_hello), WRONG,     AWAY,      AWAY),
    HELLO:          Row(OFFER,                WRONG,     AWAY,      AWAY),
    STARTTLS:       Row(AGREED,               WRONG,     AWAY,      AWAY),
    LOGIN_STEP:     Row(WRONG,                NEXT_LINE, NEXT_LOGIN,  AWAY),
    LOGIN:          Row(SETTLED,              GIVE_UP,   NEXT_LOGIN,  AWAY),
    LOGIN_GIVEN_UP: Row(SETTLED,              WRONG,     AWAY,      AWAY),
    UNASKED:        Row(NOT_ASKED,            NOT_ASKED, NOT_ASKED, NOT_ASKED),
}
# fmt: on


class Introduction:
    """The way before any mail."""

    table = TABLE
    grouped = False
    whole = False

    def room(self, under_way: deque[Transaction]) -> int:
        return 0

    def begin(self, exchange: Exchange, mail: Transaction) -> None:
        raise AssertionError("there is no room for a mail in an introduction")


def begin_tls(session: Session) -> None:
    """Go on under TLS, forgetting what was said before it (RFC 3207 §4.2)."""
    session.protected = True
    if session.line.state is TLS_FIRST:
        session.line.state = GREETING
    else:
        _say(session, session.hello, HELLO)


def suspect(session: Session) -> None:
    """End the conversation, because unencrypted octets came where TLS was due."""
    if session.line.state is TLS_FIRST:
        session.reject("it speaks readably where TLS was expected; is the port one for starttls?")
    else:
        session.reject("it went on speaking readably after it had agreed to STARTTLS; somebody may stand in between")


def _log_in(session: Session) -> None:
    who, offered = session.terms.login, session.offered.get("AUTH", "")
    if who is None:
        session.line.state = READY
        _settle(session)
    elif not (session.protected or session.terms.login_unprotected):
        session.reject("the password would travel readable")
    else:
        session.logins = login.login_commands(who, offered)
        if session.logins:
            _say_login(session)
        else:
            session.reject(login.none_known(who, offered))


def _say_login(session: Session) -> None:
    line, *more = session.logins[0]
    session.logins[0] = tuple(more)
    _say(session, line, LOGIN_STEP if more else LOGIN)


def _say(session: Session, command: bytes, state: TrackState) -> None:
    session.line.state = state
    session.exchange.say(command, session.line)


def _settle(session: Session) -> None:
    session.grouping = _grouping(session)
    session.events.append(Ready())


def _grouping(session: Session) -> Grouping:
    """Choose how commands are grouped, from what the relay offers and the terms allow."""
    terms, offered = session.terms, session.offered
    if not (terms.pipelining and "PIPELINING" in offered):
        return OneByOne()
    return Chunked(terms.window) if terms.window > 1 and "CHUNKING" in offered else Pipelined()
