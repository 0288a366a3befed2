"""Whole mails (RFC 3030): RSET, MAIL, RCPT and the content in one go, as many mails as the window holds.

Once it has left, a mail is beyond recall, so a refusal is only kept: the answer is what the relay says to the mail's
end. Each mail begins with RSET, because the one before may leave a refused transaction behind; so what a relay says to
RSET matters to no mail.
"""

from collections import deque

from newsletter.transport.smtp.acts import AT_ANY_TIME, ENDED, FAREWELL, WRONG, answer, end
from newsletter.transport.smtp.exchange import Exchange
from newsletter.transport.smtp.replies import RawReply, worded
from newsletter.transport.smtp.session import Row, Session, TransitionTable, to
from newsletter.transport.smtp.states import (
    ANSWERED,
    WHOLE_END,
    WHOLE_MAIL,
    WHOLE_NO_RECIPIENT,
    WHOLE_RCPT,
    WHOLE_RSET,
)
from newsletter.transport.smtp.transaction import Transaction


def keep(session: Session, mail: Transaction, said: RawReply) -> None:
    """Keep this refusal, unless the mail has one already; it holds unless the relay takes the mail in the end."""
    mail.refusal = mail.refusal or worded(mail.state.stage, said)


def pardon(session: Session, mail: Transaction, said: RawReply) -> None:
    """Forget what was refused before: the relay has a recipient for the mail, and takes it."""
    mail.refusal = None


TAKEN = to(ANSWERED, pardon, answer, end)

# fmt: off
TABLE: TransitionTable = {
    #                       2yz             3yz    4yz, 5yz                      421
    WHOLE_RSET:         Row(to(WHOLE_MAIL), WRONG, to(WHOLE_MAIL),               FAREWELL),
    WHOLE_MAIL:         Row(to(WHOLE_RCPT), WRONG, to(WHOLE_RCPT, keep),         FAREWELL),
    WHOLE_RCPT:         Row(to(WHOLE_END),  WRONG, to(WHOLE_NO_RECIPIENT, keep), FAREWELL),
    WHOLE_END:          Row(TAKEN,          WRONG, ENDED,                        FAREWELL),
    WHOLE_NO_RECIPIENT: Row(ENDED,          WRONG, ENDED,                        FAREWELL),
    **AT_ANY_TIME,
}
# fmt: on


class Chunked:
    """The way for a relay that offers CHUNKING, where the terms allow a `window` of several mails."""

    table = TABLE
    grouped = True
    whole = True

    def __init__(self, window: int) -> None:
        self._window = window

    def room(self, under_way: deque[Transaction]) -> int:
        return self._window - len(under_way)

    def begin(self, exchange: Exchange, mail: Transaction) -> None:
        mail.state = WHOLE_RSET
        exchange.say(mail.whole(), mail, mail, mail, mail)
