"""Whole mails in a window (RFC 3030): how many are under way, what a lost line means for them, and a real Postfix."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.settings import Security
from newsletter.transport.relay import Relay, Unhindered
from newsletter.transport.smtp.conversation import Conversation
from newsletter.transport.smtp.events import Answered, Closed, SmtpEvent
from newsletter.transport.smtp.terms import Terms
from tests.examples import examples
from tests.newsletter.transport.scripted import (
    DROP,
    IN_CHUNKS,
    SILENCE,
    Remembering,
    ScriptedRelay,
    listening,
    mails,
    settings_for,
)

WINDOW = 4
OPENING = [b"220 hello\r\n", b"250-relay\r\n250-PIPELINING\r\n250 CHUNKING\r\n"]
ONE = b"250 reset\r\n250 ok\r\n250 ok\r\n250 queued\r\n"

scraps = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([ONE, b"250 ok\r\n", b"2", b"50", b"550 no\r\n", b"451 no\r\n", b"421 bye\r\n", b"354 go\r\n"]),
)


def in_chunks(answer: Callable[[str, int, int], str | None] = lambda *_: None) -> ScriptedRelay:
    return ScriptedRelay(lambda command, *where: IN_CHUNKS if command == "EHLO" else answer(command, *where))


def run(relay: ScriptedRelay, outbox: Remembering, **others: object) -> None:
    async def scene() -> None:
        async with listening(relay) as where:
            await Relay(replace(where, **{"connections": 1, "window": WINDOW, **others})).transmit(outbox)  # type: ignore[arg-type]

    asyncio.run(scene())


def play(turns: list[bytes]) -> tuple[list[MailObject], list[SmtpEvent]]:
    """Keep the window full while the relay says `turns`: the mails that left, and what happened."""
    conversation = Conversation(Terms("client.test", Security.NONE, window=WINDOW))
    waiting = iter(mails(1000))
    sent: list[MailObject] = []
    events: list[SmtpEvent] = []
    for turn in turns:
        events += conversation.receive(turn)
        while conversation.room:
            sent.append(next(waiting))
            conversation.send(sent[-1])
        conversation.outgoing()
    return sent, [*events, *conversation.connection_lost("the line dropped")]


@pytest.mark.thorough
@examples(500)
@given(good=st.integers(0, 6), noise=st.lists(scraps, max_size=14))
def test_whatever_comes_each_mail_gets_one_answer_and_no_more_than_a_window_is_uncertain(
    good: int, noise: list[bytes]
) -> None:
    sent, events = play([*OPENING, *[ONE] * good, *noise])
    answers = [event for event in events if isinstance(event, Answered)]
    assert [event.mail for event in answers] == sent
    assert sum(event.reply.unanswered_dot for event in answers) <= WINDOW
    assert all(event.reply.positive for event in answers[:good])
    assert isinstance(events[-1], Closed)


@examples(200)
@given(st.lists(st.sampled_from(["250 ok", "450 later", "550 no"]), min_size=3, max_size=3 * WINDOW))
def test_what_a_mail_is_answered_never_depends_on_its_neighbours(words: list[str]) -> None:
    words = words[: len(words) // 3 * 3]
    turn = "".join(f"{word}\r\n" if n % 3 else f"250 reset\r\n{word}\r\n" for n, word in enumerate(words)).encode()
    _, events = play([*OPENING, turn])
    answers = [event.reply for event in events if isinstance(event, Answered)]
    for (mail, rcpt, end), reply in zip(zip(*[iter(words)] * 3, strict=True), answers, strict=False):
        first = next((word for word in (mail, rcpt) if word[0] != "2"), "")
        taken = end[0] == "2" and (rcpt[0] == "2" or not first)
        assert f"{reply.code} {reply.text}" == (end if taken or not first else first)


def test_the_window_is_filled_and_never_exceeded() -> None:
    relay, widest = in_chunks(), 0
    outbox = Remembering(mails(50))

    async def look(mail: MailObject) -> None:
        nonlocal widest
        widest = max(widest, len(outbox.dotted) - len(outbox.answers))

    outbox.before_dot = look
    run(relay, outbox)
    assert widest == WINDOW
    assert outbox.codes == [250] * 50
    assert [recipient for recipient, _ in relay.mails] == [mail.forward_path for mail in outbox.drawn]
    assert {content for _, content in relay.mails} == {outbox.drawn[0].content}
    assert "DATA" not in relay.heard


def test_no_mail_leaves_before_the_log_has_its_dot() -> None:
    relay = in_chunks()
    written: list[str] = []

    async def slowly(mail: MailObject) -> None:
        await asyncio.sleep(0.01)
        assert mail.forward_path not in [recipient for recipient, _ in relay.mails]
        written.append(mail.forward_path)

    run(relay, Remembering(mails(9), before_dot=slowly))
    assert [recipient for recipient, _ in relay.mails] == written


def test_a_refused_recipient_leaves_the_neighbours_alone() -> None:
    outbox = Remembering(mails(9))
    run(
        in_chunks(lambda command, _, mail: "550 5.1.1 No" if command in ("RCPT", "BDAT") and mail == 3 else None),
        outbox,
    )
    assert outbox.codes == [250, 250, 550, 250, 250, 250, 250, 250, 250]
    assert outbox.answers[2][1].stage is Stage.RCPT


def test_a_dropped_line_leaves_no_more_than_the_window_uncertain_and_nobody_is_sent_twice() -> None:
    relay = in_chunks(lambda command, connection, mail: DROP if (command, connection, mail) == ("BDAT", 1, 5) else None)
    outbox = Remembering(mails(20))
    run(relay, outbox)
    uncertain = [address for address, reply in outbox.answers if reply.unanswered_dot]
    assert 1 <= len(uncertain) <= WINDOW
    recipients = [recipient for recipient, _ in relay.mails]
    assert len(recipients) == len(set(recipients))
    assert sorted(address for address, _ in outbox.answers) == sorted(mail.forward_path for mail in outbox.drawn)


def test_421_gives_back_what_came_behind_it() -> None:
    relay = in_chunks(lambda command, *at: "421 4.3.2 Closing" if (command, *at) == ("MAIL", 1, 5) else None)
    outbox = Remembering(mails(12))
    run(relay, outbox)
    assert sorted(filter(None, outbox.codes)) == [250] * 11 + [421]
    assert not outbox.taken_back


def test_a_line_that_drops_while_the_log_is_written_gives_the_mails_to_the_next() -> None:
    relay = in_chunks(lambda command, *at: DROP if (command, *at) == ("RSET", 1, 1) else None)
    held = asyncio.Event()

    async def wait_for_the_drop(mail: MailObject) -> None:
        if mail.delivery == 2:
            await asyncio.sleep(0.05)
        held.set()

    outbox = Remembering(mails(3), before_dot=wait_for_the_drop)
    run(relay, outbox, window=2)
    assert len([reply for _, reply in outbox.answers if reply.positive]) >= 1
    assert len(outbox.answers) == 3


@pytest.mark.parametrize("most", [1, 3])
def test_a_connection_carries_no_more_mails_than_it_may(most: int) -> None:
    relay = in_chunks()
    outbox = Remembering(mails(7))
    run(relay, outbox, messages_per_connection=most)
    assert outbox.codes == [250] * 7
    assert relay.connections == -(-7 // most)


def test_when_the_log_fails_nothing_leaves_and_everything_is_given_back() -> None:
    relay = in_chunks()

    async def fail(mail: MailObject) -> None:
        raise OSError("no space left")

    outbox = Remembering(mails(9), before_dot=fail)
    with pytest.raises(OSError, match="no space"):
        run(relay, outbox)
    assert relay.mails == []
    assert sorted(mail.delivery for mail in outbox.taken_back) == sorted(mail.delivery for mail in outbox.drawn)


def test_when_cancelled_what_was_sent_is_uncertain_and_the_rest_is_given_back() -> None:
    async def scene() -> Remembering:
        relay = in_chunks(lambda command, *_: None if command == "CONNECT" else SILENCE)
        outbox = Remembering(mails(9))
        async with listening(relay) as where:
            sending = asyncio.create_task(Relay(replace(where, connections=1, window=WINDOW)).transmit(outbox))
            while len(relay.mails) < WINDOW:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        return outbox

    outbox = asyncio.run(scene())
    answered = [reply for _, reply in outbox.answers]
    assert all(reply.unanswered_dot for reply in answered)
    assert len(answered) == WINDOW
    assert len(answered) + len(outbox.taken_back) == len(outbox.drawn)


def test_each_mail_of_a_window_has_its_own_deadline() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OPENING[0])
        await reader.readline()
        writer.write(OPENING[1])
        for _ in range(WINDOW):
            await reader.readuntil(b"Hi.\r\n")
        for _ in range(WINDOW):
            await asyncio.sleep(0.2)
            writer.write(ONE)
        await reader.readline()
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            where = settings_for(server.sockets[0].getsockname()[1], connections=1, window=WINDOW)
            await Relay(replace(where, deadlines=replace(where.deadlines, command=0.5))).transmit(outbox)

    outbox = Remembering(mails(WINDOW))
    asyncio.run(scene())
    assert outbox.codes == [250] * WINDOW


@pytest.mark.parametrize("mail", [1, 5])
def test_421_is_heard_whichever_command_it_answers(mail: int) -> None:
    heard: list[Reply] = []

    class Listening(Unhindered):
        def heard(self, delivery: int, reply: Reply, used: bool) -> None:
            heard.append(reply)

    async def scene() -> None:
        async with listening(relay) as where:
            await Relay(replace(where, connections=1, window=WINDOW), throttle=Listening(1)).transmit(outbox)

    too_much = "421 4.7.28 Too much"
    relay = in_chunks(lambda command, *at: too_much if (command, *at) == ("RSET", 1, mail) else None)
    outbox = Remembering(mails(9))
    asyncio.run(scene())
    assert "4.7.28" in [reply.enhanced for reply in heard]
