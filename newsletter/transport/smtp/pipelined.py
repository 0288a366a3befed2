"""Commands in groups (RFC 2920): MAIL, RCPT and DATA leave together; the next mail's may follow the dot at once.

A refusal of the sender or the recipient answers the mail, and yet the replies to the rest of its group are still to
come. Which of the two were refused decides what a go-ahead for the content (354) then means.
"""

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
from newsletter.transport.smtp.events import Ready
from newsletter.transport.smtp.exchange import Exchange
from newsletter.transport.smtp.replies import RawReply
from newsletter.transport.smtp.session import Row, Session, TransitionTable, to
from newsletter.transport.smtp.states import (
    ANSWERED,
    CLOSED,
    CONTENT,
    DATA,
    DATA_NEITHER,
    DATA_NO_RECIPIENT,
    DATA_NO_SENDER,
    DOT,
    LONE_DOT,
    MAIL,
    RCPT,
    RCPT_NO_SENDER,
    RSET,
)
from newsletter.transport.smtp.transaction import Transaction

_FOLLOWED_AT_ONCE = (DOT, LONE_DOT, RSET)
"""What the commands of the next mail may follow before it is replied to."""


def reset(session: Session, mail: Transaction, said: RawReply) -> None:
    """Have the relay forget the mail; the next may follow at once."""
    session.exchange.say(commands.RSET, mail)
    session.events.append(Ready())


def end_empty(session: Session, mail: Transaction, said: RawReply) -> None:
    """End an empty content: RFC 2920 §3.1 lets a relay ask for content although it has no recipient for it."""
    session.exchange.say(commands.FINAL_DOT, mail)
    session.events.append(Ready())


def drop(session: Session, mail: Transaction, said: RawReply) -> None:
    """Be done with a mail behind which the next was allowed before."""
    session.mails.popleft()


def give_nothing(session: Session, mail: Transaction, said: RawReply) -> None:
    """End the conversation: the relay has a recipient, and would take even an empty content as a mail to them."""
    session.lose_step("the relay asked for the content of a mail whose sender it had refused")


EMPTY = to(LONE_DOT, end_empty)
OVER = to(ANSWERED, drop)

# fmt: off
TABLE: TransitionTable = {
    #                      2yz                 3yz                        4yz, 5yz                       421
    MAIL:              Row(to(RCPT),           WRONG,                     to(RCPT_NO_SENDER, answer),    FAREWELL),
    RCPT:              Row(to(DATA),           WRONG,                     to(DATA_NO_RECIPIENT, answer), FAREWELL),
    RCPT_NO_SENDER:    Row(to(DATA_NO_SENDER), WRONG,                     to(DATA_NEITHER),              LEFT),
    DATA:              Row(WRONG,              to(CONTENT, give_content), to(RSET, answer, reset),       FAREWELL),
    DATA_NO_SENDER:    Row(WRONG,              to(CLOSED, give_nothing),  to(ANSWERED, end),             LEFT),
    DATA_NO_RECIPIENT: Row(WRONG,              EMPTY,                     to(RSET, reset),               LEFT),
    DATA_NEITHER:      Row(WRONG,              EMPTY,                     to(ANSWERED, end),             LEFT),
    CONTENT:           Row(NOT_ASKED,          NOT_ASKED,                 FAREWELL,                      FAREWELL),
    DOT:               Row(ENDED,              WRONG,                     ENDED,                         FAREWELL),
    LONE_DOT:          Row(OVER,               WRONG,                     OVER,                          LEFT),
    RSET:              Row(OVER,               WRONG,                     LEFT,                          LEFT),
    **AT_ANY_TIME,
}
# fmt: on


class Pipelined:
    """The way for a relay that offers PIPELINING."""

    table = TABLE
    grouped = True
    whole = False

    def room(self, under_way: deque[Transaction]) -> int:
        if not under_way:
            return 1
        return 1 if len(under_way) == 1 and under_way[0].state in _FOLLOWED_AT_ONCE else 0

    def begin(self, exchange: Exchange, mail: Transaction) -> None:
        exchange.say(mail.group(), mail, mail, mail)
