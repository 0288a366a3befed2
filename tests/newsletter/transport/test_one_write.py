"""What is in one write: to a relay that is near, a content that a socket takes whole leaves with its dot."""

import asyncio

import pytest

from newsletter.message import MailObject
from newsletter.transport import connection
from newsletter.transport.relay import Relay
from tests.newsletter.transport.scripted import IN_GROUPS, Remembering, mails, settings_for

LINE = b"All of us were there, and so was the mayor.\r\n"


class Listener:
    """Takes mails, and knows how many octets have come of the content of the one under way."""

    def __init__(self) -> None:
        self.come = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        while line := await reader.readline():
            if line.startswith(b"EHLO"):
                writer.write(IN_GROUPS.encode() + b"\r\n")
            elif line.startswith(b"MAIL"):
                self.come = 0
                writer.write(b"250 Ok\r\n")
            elif line.startswith(b"DATA"):
                writer.write(b"354 Go ahead\r\n")
                await self.take(reader)
                writer.write(b"250 2.0.0 Queued\r\n")
            else:
                writer.write(b"221 Bye\r\n" if line.startswith(b"QUIT") else b"250 Ok\r\n")
        writer.close()

    async def take(self, reader: asyncio.StreamReader) -> None:
        last = b""
        while last != b".\r\n":
            last = await reader.readline()
            self.come += len(last)


@pytest.mark.parametrize(
    ("lines", "near", "ahead"),
    [
        pytest.param(1000, 60.0, False, id="a content that a socket takes whole waits for leave"),
        pytest.param(4000, 60.0, True, id="a longer one goes ahead"),
        pytest.param(1000, 0.0, True, id="so does one that has far to go"),
    ],
)
def test_what_goes_ahead_of_its_dot(lines: int, near: float, ahead: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_NEAR", near)
    listener = Listener()
    come: list[int] = []

    async def look(mail: MailObject) -> None:
        for _ in range(100):  # turns enough for all that is under way on this machine
            await asyncio.sleep(0.001)
        come.append(listener.come)

    async def scene() -> Remembering:
        server = await asyncio.start_server(listener.talk, "127.0.0.1", 0, limit=2**20)
        outbox = Remembering(mails(3, LINE * lines), before_dot=look)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await Relay(settings_for(port, connections=1)).transmit(outbox)
        return outbox

    outbox = asyncio.run(scene())
    assert outbox.codes == [250, 250, 250]
    assert come == [len(LINE) * lines if ahead else 0] * 3
