"""The relay on a real socket: who is answered, who is tried again, and when it stops."""

import asyncio
import socket
from dataclasses import replace

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.message import MailObject
from newsletter.policy.reply import Reply, Stage
from newsletter.transport.batch import transmit_all
from newsletter.transport.relay import Relay
from newsletter.transport.smtp.deadlines import Deadlines
from tests.newsletter.transport.scripted import (
    DROP,
    SILENCE,
    Remembering,
    ScriptedRelay,
    listening,
    mails,
    run,
    settings_for,
)


def hasty(**deadlines: float) -> Deadlines:
    return replace(settings_for(1).deadlines, **deadlines)


def test_a_real_server_gets_every_mail_once_and_octet_by_octet() -> None:
    got: list[tuple[list[str], bytes | str | None]] = []

    class Catcher:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            got.append((envelope.rcpt_tos, envelope.original_content))
            return "250 2.0.0 Queued"

    async def scene() -> list[tuple[MailObject, Reply]]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Catcher(), loop=loop), "127.0.0.1", 0)
        async with server:
            relay = Relay(settings_for(server.sockets[0].getsockname()[1]))
            return await transmit_all(relay, mails(20, b".\r\n..two\r\n\r\n.\r\nend\r\n"))

    answers = asyncio.run(scene())
    assert [reply.code for _, reply in answers] == [250] * 20
    assert sorted(got) == sorted(([m.forward_path], m.content) for m in mails(20, b".\r\n..two\r\n\r\n.\r\nend\r\n"))


def test_a_single_mail_opens_a_single_connection() -> None:
    relay = ScriptedRelay()
    run(relay, Remembering(mails(1)), connections=8)
    assert relay.connections == 1
    assert relay.heard[-1] == "QUIT"


def test_more_work_opens_more_connections_and_never_more_than_allowed() -> None:
    third = asyncio.Event()

    def note_the_third(command: str, connection: int, mail: int) -> None:
        if connection == 3:
            third.set()

    async def until_the_third(mail: MailObject) -> None:
        if mail.delivery > 2:
            await third.wait()

    relay = ScriptedRelay(note_the_third)
    outbox = Remembering(mails(100), before_dot=until_the_third)
    run(relay, outbox, connections=3)
    assert relay.widest == 3
    assert outbox.codes == [250] * 100
    assert sorted(to for to, _ in relay.mails) == sorted(m.forward_path for m in mails(100))


def test_no_dot_leaves_before_the_log_has_it() -> None:
    relay = ScriptedRelay()
    seen: list[int] = []

    async def look(mail: MailObject) -> None:
        await asyncio.sleep(0.02)
        seen.append(len(relay.mails))

    run(relay, Remembering(mails(3), before_dot=look), connections=1)
    assert seen == [0, 1, 2]


def test_a_log_that_fails_lets_no_dot_leave() -> None:
    relay = ScriptedRelay()

    async def fail(mail: MailObject) -> None:
        raise OSError("disk full")

    outbox = Remembering(mails(3), before_dot=fail)
    with pytest.raises(OSError, match="disk full"):
        run(relay, outbox)
    assert relay.mails == []


def test_a_drop_after_the_dot_is_uncertain_and_is_not_sent_again() -> None:
    relay = ScriptedRelay(lambda command, connection, mail: DROP if (command, connection) == ("DOT", 1) else None)
    outbox = Remembering(mails(3))
    run(relay, outbox, connections=1)
    assert [reply.unanswered_dot for _, reply in outbox.answers] == [True, False, False]
    assert len(relay.mails) == 3


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_drop_before_the_dot_leaves_no_copy_and_the_others_go_on(command: str) -> None:
    relay = ScriptedRelay(lambda verb, connection, mail: DROP if (verb, connection) == (command, 1) else None)
    outbox = Remembering(mails(3))
    run(relay, outbox, connections=1)
    assert outbox.answers[0][1].stage is Stage(command.lower())
    assert outbox.codes == [None, 250, 250]


def test_a_relay_that_hangs_up_silently_after_some_mails_fails_nobody() -> None:
    relay = ScriptedRelay(lambda command, connection, mail: DROP if (command, mail) == ("MAIL", 4) else None)
    outbox = Remembering(mails(10))
    run(relay, outbox, connections=1)
    assert outbox.codes == [250] * 10
    assert [to for to, _ in relay.mails] == [m.forward_path for m in mails(10)]
    assert relay.connections == 4


def test_a_connection_carries_no_more_mails_than_it_may() -> None:
    relay = ScriptedRelay()
    run(relay, Remembering(mails(6)), connections=1, messages_per_connection=3)
    assert relay.connections == 2
    assert relay.heard.count("QUIT") == 2


def test_421_defers_the_mail_and_spares_the_next() -> None:
    relay = ScriptedRelay(
        lambda command, connection, mail: "421 Later" if (command, connection) == ("RCPT", 1) else None
    )
    outbox = Remembering(mails(2))
    run(relay, outbox, connections=1)
    assert outbox.codes == [421, 250]
    assert relay.connections == 2


def test_a_limit_of_connections_is_lived_with() -> None:
    relay = ScriptedRelay(most_connections=2)
    outbox = Remembering(mails(60))
    run(relay, outbox, connections=5)
    assert outbox.codes == [250] * 60


def test_refused_connections_end_nothing_while_one_is_at_work() -> None:
    relay = ScriptedRelay(most_connections=1)

    async def until_others_were_refused(mail: MailObject) -> None:
        while mail.delivery == 2 and relay.connections < 6:  # noqa: ASYNC110  # the relay counts, it does not call
            await asyncio.sleep(0.005)

    outbox = Remembering(mails(5), before_dot=until_others_were_refused)
    run(relay, outbox, connections=2)
    assert outbox.codes == [250] * 5


def test_nobody_at_the_port_means_try_later() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        outbox = Remembering(mails(1))
        with pytest.raises(RelayUnreachable, match="connection refused"):
            asyncio.run(Relay(settings_for(port)).transmit(outbox))
    assert outbox.drawn == []


def test_a_relay_that_does_not_take_us_ends_it_at_once() -> None:
    relay = ScriptedRelay(lambda command, connection, mail: "554 5.7.1 Not you" if command == "CONNECT" else None)
    outbox = Remembering(mails(1))
    with pytest.raises(RelayRefused, match=r"554 5\.7\.1 Not you"):
        run(relay, outbox)
    assert (outbox.drawn, relay.connections) == ([], 1)


def test_a_relay_that_drops_every_connection_is_given_up_and_everybody_drawn_is_answered_or_taken_back() -> None:
    relay = ScriptedRelay(lambda command, connection, mail: DROP if command == "MAIL" else None)
    outbox = Remembering(mails(50))
    with pytest.raises(RelayUnreachable):
        run(relay, outbox, connections=1)
    taken_back = [m.forward_path for m in outbox.taken_back]
    assert [m.forward_path for m in outbox.drawn] == [to for to, _ in outbox.answers] + taken_back
    assert len(taken_back) == 1
    assert len(outbox.drawn) < 6


def test_mail_is_not_sent_readable_to_another_machine() -> None:
    outbox = Remembering(mails(1))
    with pytest.raises(RelayRefused, match="readable"):
        asyncio.run(Relay(replace(settings_for(25), host="relay.example")).transmit(outbox))


@pytest.mark.parametrize(("command", "deadline"), [("MAIL", "command"), ("DATA", "data"), ("DOT", "dot")])
def test_a_reply_that_does_not_come_in_time_is_no_reply(command: str, deadline: str) -> None:
    relay = ScriptedRelay(lambda verb, connection, mail: SILENCE if (verb, connection) == (command, 1) else None)
    outbox = Remembering(mails(2))
    run(relay, outbox, connections=1, deadlines=hasty(**{deadline: 0.1}))
    assert outbox.codes == [None, 250]
    assert outbox.answers[0][1].stage is Stage(command.lower())
    assert "within 0.1 s" in outbox.answers[0][1].text


def test_a_mail_that_must_not_go_onto_the_wire_is_a_fault_of_ours() -> None:
    relay = ScriptedRelay()
    with pytest.raises(ValueError, match="bare"):
        run(relay, Remembering(mails(1, b"a\nb\r\n")))
    assert "MAIL" not in "".join(relay.heard)


def test_a_cancelled_transmission_answers_what_it_had_drawn() -> None:
    heard = asyncio.Event()

    def never_answer_the_dot(command: str, connection: int, mail: int) -> str | None:
        if command != "DOT":
            return None
        heard.set()
        return SILENCE

    relay = ScriptedRelay(never_answer_the_dot)
    outbox = Remembering(mails(1))

    async def scene() -> None:
        async with listening(relay) as where:
            sending = asyncio.create_task(Relay(where).transmit(outbox))
            await heard.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(scene())
    [(_, reply)] = outbox.answers
    assert reply.unanswered_dot


def test_a_mail_cancelled_before_its_log_is_written_leaves_no_dot() -> None:
    relay = ScriptedRelay()
    begun = asyncio.Event()

    async def wait(mail: MailObject) -> None:
        begun.set()
        await asyncio.sleep(30)

    outbox = Remembering(mails(1), before_dot=wait)

    async def scene() -> None:
        async with listening(relay) as where:
            sending = asyncio.create_task(Relay(where).transmit(outbox))
            await begun.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(scene())
    [(_, reply)] = outbox.answers
    assert (reply.stage, reply.code, relay.mails) == (Stage.DATA, None, [])
