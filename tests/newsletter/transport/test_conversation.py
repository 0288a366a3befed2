"""What holds for every conversation, whatever the relay says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import MailObject
from newsletter.policy.reply import Stage
from newsletter.settings import Security
from newsletter.transport.smtp.conversation import Conversation
from newsletter.transport.smtp.events import Answered, Closed, DotWanted, Ready, SmtpEvent, TurnedAway, Unfit
from newsletter.transport.smtp.login import Login
from newsletter.transport.smtp.terms import Terms
from tests.examples import examples

ADA = MailObject(1, "news@example.org", "ada@example.org", b"Subject: Hello\r\n\r\nHi.\r\n")
TO_THE_CONTENT = [b"220 hello\r\n", b"250 relay\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]

scraps = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"2", b"50", b"250 ok\r\n", b"250-ok\r\n", b"354 go\r\n", b"421 bye\r\n", b"550 no\r\n", b"\r\n"]),
)


def play(turns: list[bytes], *, dotting: bool) -> tuple[Conversation, list[SmtpEvent], bytes]:
    conversation = Conversation(Terms("client.test", Security.NONE))
    events: list[SmtpEvent] = []
    written = b""
    for turn in turns:
        new = conversation.receive(turn)
        written += conversation.outgoing()
        if Ready() in new and conversation.ready:
            conversation.send(ADA)
        if dotting and DotWanted(ADA) in new and not conversation.closed:
            conversation.dot()
        written += conversation.outgoing()
        events += new
    return conversation, [*events, *conversation.connection_lost("the line dropped")], written


@examples(400)
@given(known=st.integers(0, len(TO_THE_CONTENT)), noise=st.lists(scraps, max_size=12), dotting=st.booleans())
def test_whatever_comes_every_mail_is_answered_once_and_the_end_comes_last(
    known: int, noise: list[bytes], dotting: bool
) -> None:
    conversation, events, _ = play(TO_THE_CONTENT[:known] + noise, dotting=dotting)
    ready = sum(isinstance(event, Ready) for event in events)
    answered = sum(isinstance(event, Answered) for event in events)
    assert conversation.closed
    assert isinstance(events[-1], Closed)
    assert sum(isinstance(event, Closed) for event in events) == 1
    assert answered in (ready, ready - 1)
    assert ready or any(isinstance(event, TurnedAway | Unfit) for event in events)


@examples(400)
@given(noise=st.lists(scraps, max_size=12), known=st.integers(0, len(TO_THE_CONTENT)))
def test_the_dot_leaves_only_when_it_is_told_to(noise: list[bytes], known: int) -> None:
    _, events, written = play(TO_THE_CONTENT[:known] + noise, dotting=False)
    assert b".\r\n" not in written.splitlines(keepends=True)
    assert all(event.reply.stage is not Stage.DOT for event in events if isinstance(event, Answered))


def test_a_dot_that_was_not_handed_out_was_not_sent() -> None:
    conversation = ready_for_dot()
    conversation.dot()
    [answered, _] = conversation.connection_lost("the line dropped")
    assert isinstance(answered, Answered)
    assert answered.reply.stage is Stage.DATA


def test_a_dot_that_was_handed_out_may_have_arrived() -> None:
    conversation = ready_for_dot()
    conversation.dot()
    assert conversation.outgoing() == b".\r\n"
    [answered, _] = conversation.connection_lost("the line dropped")
    assert isinstance(answered, Answered)
    assert answered.reply.unanswered_dot


def test_nobody_can_dot_what_is_not_wanted() -> None:
    conversation = Conversation(Terms("client.test", Security.NONE))
    with pytest.raises(RuntimeError):
        conversation.dot()
    conversation = ready_for_dot()
    conversation.dot()
    with pytest.raises(RuntimeError):
        conversation.dot()


def test_a_second_mail_waits_for_the_first() -> None:
    conversation = ready_for_dot()
    with pytest.raises(RuntimeError):
        conversation.send(ADA)


@pytest.mark.parametrize(
    "mail",
    [
        MailObject(1, "news@example.org", "ada@example.org", b"a\nb\r\n"),
        MailObject(1, "news@example.org", "ada@example.org\r\nRCPT TO:<evil@example.net>", ADA.content),
        MailObject(1, "news@example.org> SIZE=1", "ada@example.org", ADA.content),
    ],
    ids=["content", "recipient", "sender"],
)
def test_what_must_not_be_sent_is_refused_before_a_word_is_written(mail: MailObject) -> None:
    conversation = Conversation(Terms("client.test", Security.NONE))
    for turn in TO_THE_CONTENT[:2]:
        conversation.receive(turn)
        conversation.outgoing()
    with pytest.raises(ValueError, match=r".+"):
        conversation.send(mail)
    assert conversation.outgoing() == b""
    assert conversation.ready


def test_the_password_is_in_no_repr() -> None:
    terms = Terms("client.test", login=Login("ada", "canary-password"))
    assert "canary" not in repr(terms)


def test_a_password_with_a_nul_would_be_another_password() -> None:
    for username, password in (("ada\0", "secret"), ("ada", "secret\0")):
        with pytest.raises(ValueError, match="NUL"):
            Login(username, password)


@pytest.mark.parametrize("name", ["", "a b", "client\r\nQUIT", "grüße.test"])
def test_a_name_that_would_be_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="host name"):
        Conversation(Terms(name))


def ready_for_dot() -> Conversation:
    conversation = Conversation(Terms("client.test", Security.NONE))
    for turn in TO_THE_CONTENT:
        if Ready() in conversation.receive(turn):
            conversation.send(ADA)
        conversation.outgoing()
    return conversation
