"""Commands in groups, without a socket: whatever a relay says to them, a mail gets one answer and no dot is early."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.settings import Security
from newsletter.transport.smtp.conversation import Conversation
from newsletter.transport.smtp.events import Answered, Closed, DotWanted, Ready, SmtpEvent
from newsletter.transport.smtp.terms import Terms
from tests.examples import examples
from tests.newsletter.transport.scripted import (
    mails,
)

OPENING = [b"220 hello\r\n", b"250-relay\r\n250 PIPELINING\r\n"]
THREE = [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]
TURN = b"250 2.0.0 taken\r\n" + b"".join(THREE)

scraps = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [*THREE, b"".join(THREE), TURN, b"2", b"50", b"550 no\r\n", b"421 bye\r\n", b"250-ok\r\n", b"503 no\r\n"]
    ),
)


def play(turns: Iterable[bytes]) -> tuple[list[MailObject], list[MailObject], list[SmtpEvent], list[bytes]]:
    """Hand over mails to a relay that says `turns`: those begun, those dotted, what happened, what is written."""
    conversation = Conversation(Terms("client.test", Security.NONE))
    waiting = iter(mails(1000))
    begun: list[MailObject] = []
    dotted: list[MailObject] = []
    events: list[SmtpEvent] = []
    written = [b""]

    def begin() -> None:
        begun.append(next(waiting))
        conversation.send(begun[-1])

    for turn in turns:
        new = conversation.receive(turn)
        written.append(conversation.outgoing())
        events += new
        for event in new:
            if isinstance(event, DotWanted) and not conversation.closed:
                conversation.dot()
                dotted.append(event.mail)
                begin()
            elif isinstance(event, Ready) and conversation.ready:
                begin()
        written.append(conversation.outgoing())
    return begun, dotted, [*events, *conversation.connection_lost("the line dropped")], written


@examples(500)
@given(good=st.integers(0, 3), noise=st.lists(scraps, max_size=14))
def test_whatever_comes_each_mail_gets_one_answer_and_only_one_that_was_dotted_can_be_uncertain(
    good: int, noise: list[bytes]
) -> None:
    begun, dotted, events, _ = play([*OPENING, *[*THREE, b"250 ok\r\n", *THREE][: good * 3], *noise])
    answers = [event for event in events if isinstance(event, Answered)]
    assert [event.mail for event in answers] == begun
    assert {event.mail.delivery for event in answers if event.reply.stage is Stage.DOT} <= {m.delivery for m in dotted}
    assert isinstance(events[-1], Closed)


@examples(300)
@given(noise=st.lists(scraps, max_size=14))
def test_a_dot_leaves_only_for_a_mail_whose_dot_was_given_or_whose_recipient_was_refused(noise: list[bytes]) -> None:
    _, dotted, events, written = play([*OPENING, *noise])
    dots = b"".join(written).splitlines().count(b".")
    refused = [e for e in events if isinstance(e, Answered) and e.reply.permanent and e.reply.stage is not Stage.DOT]
    assert dots <= len(dotted) + len(refused)


def dotted(*, announced: bool = True, handed_out: bool = True) -> tuple[Conversation, list[MailObject]]:
    """Bring a conversation to where the dot of a first mail, and the announcement of a second, await their replies."""
    conversation = Conversation(Terms("client.test", Security.NONE))
    two = mails(2)
    for said in OPENING:
        conversation.receive(said)
        conversation.outgoing()
    conversation.send(two[0])
    conversation.outgoing()
    conversation.receive(b"".join(THREE))
    conversation.outgoing()
    conversation.dot()
    if announced:
        conversation.send(two[1])
    if handed_out:
        conversation.outgoing()
    return conversation, two


def test_the_replies_of_a_turn_answer_one_mail_and_ask_for_the_content_of_the_next() -> None:
    conversation, (ada, ben) = dotted()
    assert conversation.receive(TURN) == [Answered(ada, Reply(Stage.DOT, 250, "2.0.0 taken", "2.0.0")), DotWanted(ben)]
    assert conversation.outgoing() == ben.content


def test_a_turn_behind_the_beginning_of_a_reply_is_not_taken_for_one() -> None:
    conversation, (ada, _) = dotted()
    assert conversation.receive(b"250-2.0.0 we have\r\n") == []
    answered, *_ = conversation.receive(TURN)
    assert answered == Answered(ada, Reply(Stage.DOT, 250, "2.0.0 we have taken", "2.0.0"))


@pytest.mark.parametrize("first", [b"250foo", b"2502.0.0 taken", b"250-2.0.0 taken"])
def test_a_turn_goes_as_it_would_octet_by_octet(first: bytes) -> None:
    turn = b"\r\n".join([first, b"250 ok", b"250 ok", b"354 go", b""])
    (whole, _), (cut, _) = dotted(), dotted()
    assert whole.receive(turn) == [event for octet in turn for event in cut.receive(bytes([octet]))]
    assert whole.out_of_step == cut.out_of_step


def test_a_turn_that_nobody_asked_for_answers_nobody() -> None:
    conversation, _ = dotted(handed_out=False)
    answers = [event for event in conversation.receive(TURN) if isinstance(event, Answered)]
    assert [answer.reply.code for answer in answers] == [None, None]
    assert conversation.out_of_step


def test_replies_to_an_announcement_that_nobody_made_end_the_conversation() -> None:
    conversation, (ada, _) = dotted(announced=False)
    answered, *_ = conversation.receive(TURN)
    assert answered == Answered(ada, Reply(Stage.DOT, 250, "2.0.0 taken", "2.0.0"))
    assert conversation.out_of_step


def test_nobody_can_be_announced_before_the_dot_is_given() -> None:
    conversation = Conversation(Terms("client.test", Security.NONE))
    for turn in OPENING:
        conversation.receive(turn)
        conversation.outgoing()
    ada, ben, cleo = mails(3)
    conversation.send(ada)
    with pytest.raises(RuntimeError):
        conversation.send(ben)
    conversation.outgoing()
    conversation.receive(b"".join(THREE))
    with pytest.raises(RuntimeError):
        conversation.send(ben)
    conversation.dot()
    conversation.send(ben)
    with pytest.raises(RuntimeError):
        conversation.send(cleo)
