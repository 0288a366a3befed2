"""What is done about a reply, and the rows that all ways of grouping commands have in common."""

from newsletter.transport.smtp.events import DotWanted, Ready
from newsletter.transport.smtp.replies import RawReply, reply_text, worded
from newsletter.transport.smtp.session import CLOSING, Row, Session, TransitionTable, to
from newsletter.transport.smtp.states import ANSWERED, CLOSED, QUIT, UNASKED, Track
from newsletter.transport.smtp.transaction import Transaction

# About a mail


def answer(session: Session, mail: Transaction, said: RawReply) -> None:
    """Give the mail this reply, or the refusal that it got before."""
    session.answer(mail, worded(mail.state.stage, said))


def end(session: Session, mail: Transaction, said: RawReply) -> None:
    """Be done with the mail; the next may be begun, unless it was announced already."""
    session.mails.popleft()
    if session.grouping.whole or not session.mails:
        session.events.append(Ready())


def give_content(session: Session, mail: Transaction, said: RawReply) -> None:
    """Hand out all of the mail but its final dot."""
    session.exchange.write(mail.content)
    session.events.append(DotWanted(mail.mail))


# The end


def leave(session: Session, track: Track, said: RawReply) -> None:
    """End the conversation, because the relay does."""
    session.close(f"the relay said {reply_text(said)}", leaving=said.code == CLOSING)


def take_leave(session: Session, track: Track, said: RawReply) -> None:
    """End the conversation, because we do."""
    session.close("we took leave")


def wrong(session: Session, track: Track, said: RawReply) -> None:
    """End the conversation: that is no reply to what we said."""
    session.lose_step(f"the relay answered {said.code} to {track.state.stage}")


def unasked(session: Session, track: Track, said: RawReply) -> None:
    """End the conversation: we had said nothing that asks for a reply."""
    session.lose_step(f"the relay said what nobody had asked for: {reply_text(said)}")


def answer_oldest(session: Session, track: Track, said: RawReply) -> None:
    """Give a reply that was not asked for to the oldest mail that has no answer."""
    for mail in session.mails:
        if not mail.state.answered:
            stage = mail.state.stage if session.exchange.has_left(mail) else mail.state.unsent
            session.answer(mail, worded(stage, said))
            return


WRONG = to(CLOSED, wrong)
NOT_ASKED = to(CLOSED, unasked)
LEFT = to(CLOSED, leave)
ENDED = to(ANSWERED, answer, end)
FAREWELL = to(CLOSED, answer, leave)

# fmt: off
AT_ANY_TIME: TransitionTable = {
    #             2yz                     3yz        4yz, 5yz   421
    QUIT:     Row(to(CLOSED, take_leave), WRONG,     LEFT,      LEFT),
    UNASKED:  Row(NOT_ASKED,              NOT_ASKED, NOT_ASKED, to(CLOSED, answer_oldest, leave)),
}
# fmt: on
