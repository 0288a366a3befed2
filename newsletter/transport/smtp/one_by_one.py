"""One command at a time: each waits for the reply to the one before (RFC 5321 §4.1.4)."""

from collections import deque

from newsletter.transport.smtp import commands
from newsletter.transport.smtp.acts import (
    AT_ANY_TIME,
    ENDED,
    FAREWELL,
    LEFT,
    NOT_ASKED,
    WRONG,
    answer,
    end,
    give_content,
)
from newsletter.transport.smtp.exchange import Exchange
from newsletter.transport.smtp.replies import RawReply
from newsletter.transport.smtp.session import Row, Session, TransitionTable, to
from newsletter.transport.smtp.states import ANSWERED, CONTENT, DATA, DOT, MAIL, RCPT, RSET
from newsletter.transport.smtp.transaction import Transaction


def say_recipient(session: Session, mail: Transaction, said: RawReply) -> None:
    session.exchange.say(mail.recipient, mail)


def say_data(session: Session, mail: Transaction, said: RawReply) -> None:
    session.exchange.say(commands.DATA, mail)


def say_reset(session: Session, mail: Transaction, said: RawReply) -> None:
    session.exchange.say(commands.RSET, mail)


RESET = to(RSET, answer, say_reset)

# fmt: off
TABLE: TransitionTable = {
    #            2yz                      3yz                        4yz, 5yz  421
    MAIL:    Row(to(RCPT, say_recipient), WRONG,                     ENDED,    FAREWELL),
    RCPT:    Row(to(DATA, say_data),      WRONG,                     RESET,    FAREWELL),
    DATA:    Row(WRONG,                   to(CONTENT, give_content), RESET,    FAREWELL),
    CONTENT: Row(NOT_ASKED,               NOT_ASKED,                 FAREWELL, FAREWELL),
    DOT:     Row(ENDED,                   WRONG,                     ENDED,    FAREWELL),
    RSET:    Row(to(ANSWERED, end),       WRONG,                     LEFT,     LEFT),
    **AT_ANY_TIME,
}
# fmt: on


class OneByOne:
    """The way for a relay that does not offer PIPELINING, or that cannot do it."""

    table = TABLE
    grouped = False
    whole = False

    def room(self, under_way: deque[Transaction]) -> int:
        return 0 if under_way else 1

    def begin(self, exchange: Exchange, mail: Transaction) -> None:
        exchange.say(mail.begin, mail)
