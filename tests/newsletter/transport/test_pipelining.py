"""Commands in groups over a socket: relays that keep their word about PIPELINING, and relays that do not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from newsletter.message import MailObject
from newsletter.policy.reply import Stage
from newsletter.transport.relay import Relay
from tests.newsletter.transport.scripted import (
    DROP,
    IN_GROUPS,
    SILENCE,
    Remembering,
    ScriptedRelay,
    listening,
    mails,
    run,
    settings_for,
)

THREE = [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def in_groups(answer: Callable[[str, int, int], str | None] = lambda *_: None, **other: object) -> ScriptedRelay:
    def say(command: str, connection: int, mail: int) -> str | None:
        return IN_GROUPS if command == "EHLO" else answer(command, connection, mail)

    return ScriptedRelay(say, **other)  # type: ignore[arg-type]


def run_raw(talk: Talk, outbox: Remembering, **settings: object) -> None:
    """Hand `outbox` to a relay that talks like that on every connection."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.transport.abort()

    async def scene() -> None:
        server = await asyncio.start_server(guarded, "127.0.0.1", 0)
        where = settings_for(server.sockets[0].getsockname()[1])
        await Relay(replace(where, connections=1, **settings)).transmit(outbox)  # type: ignore[arg-type]
        server.close()
        await asyncio.sleep(0.01)

    asyncio.run(scene())


def test_a_mail_costs_one_round_trip() -> None:
    turns: list[list[bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def hear(last: bytes) -> None:
            turns.append((await asyncio.wait_for(reader.readuntil(last), 5)).splitlines())

        writer.write(b"220 relay.test\r\n")
        await hear(b"\r\n")
        writer.write(IN_GROUPS.encode() + b"\r\n")
        await hear(b"DATA\r\n")
        writer.write(b"".join(THREE))
        await hear(b"DATA\r\n")  # nothing has been said to the dot yet
        writer.write(b"250 taken\r\n" + b"".join(THREE))
        await hear(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await reader.readline()

    outbox = Remembering(mails(2))
    run_raw(talk, outbox)
    assert outbox.codes == [250, 250]
    assert turns[2][-4:] == [b".", b"MAIL FROM:<news@example.org>", b"RCPT TO:<person2@example.org>", b"DATA"]


def test_in_groups_everybody_gets_one_and_no_dot_leaves_before_the_log_has_it() -> None:
    relay = in_groups()
    seen: list[int] = []

    async def look(mail: MailObject) -> None:
        await asyncio.sleep(0.01)
        seen.append(len(relay.mails))

    outbox = Remembering(mails(5), before_dot=look)
    run(relay, outbox, connections=1)
    assert seen == [0, 1, 2, 3, 4]
    assert outbox.codes == [250] * 5
    assert [to for to, _ in relay.mails] == [m.forward_path for m in mails(5)]


def test_each_reply_of_a_group_has_its_own_deadline() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        await reader.readline()
        writer.write(IN_GROUPS.encode() + b"\r\n")
        await reader.readuntil(b"DATA\r\n")
        for reply in THREE:
            await asyncio.sleep(0.2)
            writer.write(reply)
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await reader.readline()

    outbox = Remembering(mails(1))
    run_raw(talk, outbox, deadlines=replace(settings_for(1).deadlines, command=0.3, data=0.3))
    assert outbox.codes == [250]


def test_a_connection_carries_no_more_mails_than_it_may_in_groups_either() -> None:
    relay = in_groups()
    run(relay, Remembering(mails(6)), connections=1, messages_per_connection=3)
    assert relay.connections == 2
    assert relay.heard.count("QUIT") == 2


def test_a_refused_recipient_leaves_the_neighbours_alone_though_the_relay_asks_for_content() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        refused = False
        while line := await reader.readline():
            if line.startswith(b"EHLO"):
                writer.write(IN_GROUPS.encode() + b"\r\n")
            elif line.startswith(b"RCPT"):
                refused = b"person2@" in line
                writer.write(b"550 5.1.1 No\r\n" if refused else b"250 ok\r\n")
            elif line.startswith(b"DATA"):
                writer.write(b"354 go\r\n")
                alone = b""
                while (line := await reader.readline()) != b".\r\n":
                    alone += line
                contents.append(alone)
                writer.write(b"250 taken, whatever it was\r\n")
            else:
                writer.write(b"250 ok\r\n")

    contents: list[bytes] = []
    outbox = Remembering(mails(3))
    run_raw(talk, outbox)
    assert outbox.codes == [250, 550, 250]
    assert contents[1] == b""


def test_a_relay_that_hangs_up_silently_behind_a_mail_fails_nobody() -> None:
    relay = in_groups(lambda command, connection, mail: DROP if (command, mail) == ("MAIL", 4) else None)
    outbox = Remembering(mails(10))
    run(relay, outbox, connections=1)
    assert outbox.codes == [250] * 10
    assert [to for to, _ in relay.mails] == [m.forward_path for m in mails(10)]
    assert relay.connections == 4


def test_a_drop_after_the_dot_leaves_one_uncertain_and_the_one_announced_behind_it_is_sent_once() -> None:
    relay = in_groups(lambda command, connection, mail: DROP if (command, connection) == ("DOT", 1) else None)
    outbox = Remembering(mails(3))
    run(relay, outbox, connections=1)
    assert [reply.unanswered_dot for _, reply in outbox.answers] == [True, False, False]
    assert [to for to, _ in relay.mails] == [m.forward_path for m in mails(3)]


def test_421_to_a_dot_defers_that_mail_and_the_one_announced_behind_it_goes_over_another_line() -> None:
    relay = in_groups(lambda command, connection, mail: "421 Later" if (command, connection) == ("DOT", 1) else None)
    outbox = Remembering(mails(2))
    run(relay, outbox, connections=1)
    assert outbox.codes == [421, 250]
    assert relay.connections == 2


def test_a_relay_that_loses_what_comes_in_groups_is_spoken_to_step_by_step() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        in_content = False
        while piece := await reader.read(65536):
            line = piece.splitlines()[0]  # what else came with it is lost
            if in_content:
                if piece.endswith(b"\r\n.\r\n") or piece == b".\r\n":
                    in_content = False
                    writer.write(b"250 taken\r\n")
            elif line.startswith(b"EHLO"):
                writer.write(IN_GROUPS.encode() + b"\r\n")
            else:
                in_content = line == b"DATA"
                writer.write(b"354 go\r\n" if in_content else b"250 ok\r\n")

    outbox = Remembering(mails(6))
    run_raw(talk, outbox, deadlines=replace(settings_for(1).deadlines, command=0.1, data=0.1))
    assert outbox.codes == [None, 250, 250, 250, 250, 250]
    assert outbox.answers[0][1].stage is Stage.RCPT


def test_a_relay_that_answers_out_of_step_gets_no_content_and_then_one_command_at_a_time() -> None:
    relay = in_groups(
        lambda command, connection, mail: "250 ok\r\n250 ok" if (command, connection) == ("MAIL", 1) else None
    )
    outbox = Remembering(mails(3))
    run(relay, outbox, connections=1)
    assert outbox.codes == [None, 250, 250]
    assert outbox.answers[0][1].stage is Stage.DATA
    assert [to for to, _ in relay.mails] == [m.forward_path for m in mails(3)[1:]]


@pytest.mark.parametrize("when", ["after the dot", "before the dot"])
def test_when_cancelled_what_was_announced_is_given_back(when: str) -> None:
    reached = asyncio.Event()

    def never_answer_the_dot(command: str, connection: int, mail: int) -> str | None:
        if command == "DOT":
            reached.set()
        return SILENCE if reached.is_set() else None

    async def wait(mail: MailObject) -> None:
        if when == "before the dot":
            reached.set()
            await asyncio.sleep(30)

    outbox = Remembering(mails(5), before_dot=wait)

    async def scene() -> None:
        async with listening(in_groups(never_answer_the_dot)) as where:
            sending = asyncio.create_task(Relay(replace(where, connections=1)).transmit(outbox))
            await reached.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(scene())
    [(who, reply)] = outbox.answers
    assert (who, reply.unanswered_dot) == ("person1@example.org", when == "after the dot")
    assert [m.delivery for m in outbox.taken_back] == [2]


def test_a_log_that_fails_lets_no_dot_leave_and_gives_back_the_next() -> None:
    relay = in_groups()

    async def fail(mail: MailObject) -> None:
        raise OSError("disk full")

    outbox = Remembering(mails(3), before_dot=fail)
    with pytest.raises(OSError, match="disk full"):
        run(relay, outbox, connections=1)
    assert relay.mails == []
    assert [m.delivery for m in outbox.taken_back] == [2]


def test_a_following_mail_that_must_not_go_onto_the_wire_does_not_take_the_answer_of_the_one_before() -> None:
    relay = in_groups()
    outbox = Remembering([mails(1)[0], *mails(2, b"a\nb\r\n")[1:]])
    with pytest.raises(ValueError, match="bare"):
        run(relay, outbox, connections=1)
    [(who, reply)] = outbox.answers
    assert (who, reply.unanswered_dot) == ("person1@example.org", True)


def test_what_happens_while_leave_is_asked_is_answered_for_afterwards() -> None:
    """Or a result would be written before its dot."""

    def closes_at_once(command: str, connection: int, mail: int) -> str | None:
        return "354 Go ahead\r\n421 4.3.2 closing" if (command, connection) == ("DATA", 1) else None

    answered: list[int] = []

    async def look(mail: MailObject) -> None:
        await asyncio.sleep(0.02)
        answered.append(len(outbox.answers))

    outbox = Remembering(mails(2), before_dot=look)
    run(in_groups(closes_at_once), outbox, connections=1)
    assert answered == [0, 1]
    assert outbox.codes == [421, 250]
