"""Relays that are slow, endless or deaf: bounded in time and in memory, and nobody is left without an answer."""

import asyncio
import socket
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace

from newsletter.policy.reply import Reply, Stage
from newsletter.transport.opening import RelaySettings
from newsletter.transport.relay import Relay
from newsletter.transport.smtp.deadlines import Deadlines
from tests.newsletter.transport.scripted import Remembering, mails, settings_for

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def first_answer(talk: Talk, deadlines: Deadlines, content: bytes = b"Subject: Hello\r\n\r\nHi.\r\n") -> Reply:
    """Send one mail to a relay that talks like that."""
    outbox = Remembering(mails(1, content))

    async def scene() -> None:
        server = await asyncio.start_server(talk_and_close, sock=listening_socket())
        where = settings_for(server.sockets[0].getsockname()[1])
        await Relay(replace(where, deadlines=deadlines, connections=1)).transmit(outbox)
        server.close()
        await asyncio.sleep(0.02)

    async def talk_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    asyncio.run(scene())
    [(_, reply)] = outbox.answers
    return reply


def listening_socket() -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.bind(("127.0.0.1", 0))
    line.listen()
    return line


async def as_far_as(stage: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 relay.test\r\n")
    while line := await reader.readline():
        command = line[:4].decode().upper()
        if command == stage:
            return
        writer.write(b"354 Go ahead\r\n" if command == "DATA" else b"250 Ok\r\n")
        if command == "DATA" and stage == "DOT":
            await reader.readuntil(b"\r\n.\r\n")
            return


def test_a_reply_that_drips_has_one_deadline_for_all_of_it() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await as_far_as("RCPT", reader, writer)
        while not reader.at_eof():
            writer.write(b"250-a\r\n")
            await asyncio.sleep(0.01)

    reply = first_answer(drip, replace(short(), command=0.2))
    assert (reply.stage, reply.code) == (Stage.RCPT, None)
    assert "within 0.2 s" in reply.text


def test_a_reply_without_end_takes_no_memory() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await as_far_as("DOT", reader, writer)
        for _ in range(400):
            writer.write(b"2" + b"50" * 50_000)
            await writer.drain()

    tracemalloc.start()
    reply = first_answer(pour, short())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reply.unanswered_dot
    assert peak < 5_000_000


def test_a_relay_that_stops_reading_is_given_up_before_the_dot() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await as_far_as("DATA", reader, writer)
        writer.write(b"354 Go ahead\r\n")
        await asyncio.sleep(0.5)

    reply = first_answer(deaf, replace(short(), block=0.2), b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 200_000)
    assert (reply.stage, reply.code) == (Stage.DATA, None)
    assert "took nothing" in reply.text


def test_the_first_address_of_a_name_may_be_dead() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await as_far_as("DOT", reader, writer)
        writer.write(b"250 Ok\r\n")
        await reader.read()
        writer.close()

    async def scene() -> list[int | None]:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]

        async def look_up(*_: object, **__: object) -> object:
            return addresses

        loop.getaddrinfo = look_up  # type: ignore[assignment, method-assign]
        outbox = Remembering(mails(1))
        where: RelaySettings = replace(settings_for(port), host="localhost", deadlines=replace(short(), quit=0.05))
        await Relay(where).transmit(outbox)
        server.close()
        await asyncio.sleep(0.02)
        return outbox.codes

    assert asyncio.run(scene()) == [250]


def short() -> Deadlines:
    return settings_for(1).deadlines
