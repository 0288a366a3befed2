"""A relay that behaves as it is told, and an outbox that remembers: what the tests of the transport talk to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import chain

from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.settings import Security
from newsletter.transport import Judged, Leave
from newsletter.transport.relay import Relay, RelaySettings
from newsletter.transport.smtp.deadlines import Deadlines

IN_CHUNKS = "250-relay.test\r\n250-PIPELINING\r\n250 CHUNKING"
IN_GROUPS = "250-relay.test\r\n250 PIPELINING"
DROP = "drop the line"
SILENCE = "say nothing"
USUAL = {
    "CONNECT": "220 relay.test",
    "EHLO": "250 relay.test",
    "DATA": "354 Go ahead",
    "DOT": "250 2.0.0 Queued",
    "BDAT": "250 2.0.0 Queued",
    "QUIT": "221 Bye",
}

Answer = Callable[[str, int, int], str | None]
"""From the command (or CONNECT, DOT) and the numbers of connection and mail to a reply; None: the usual one."""


@dataclass
class ScriptedRelay:
    """Records what it hears; `answer` says what it says."""

    answer: Answer = lambda command, connection, mail: None
    tls: ssl.SSLContext | None = None
    tls_first: bool = False
    most_connections: int = 1000
    heard: list[str] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    widest: int = 0
    port: int = 0
    said: str = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.widest = max(self.widest, self.open)
        try:
            await self.converse(reader, writer, self.connections)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        mail, recipient = 1, ""
        if self.open > self.most_connections:
            writer.write(b"421 4.7.0 Too many connections\r\n")
            return
        going_on = self.say("CONNECT", writer, number, mail)
        while going_on and (line := (await reader.readline()).decode()):
            self.heard.append(line.removesuffix("\r\n"))
            command = line.split()[0].upper()
            recipient = line[len("RCPT TO:<") : -len(">\r\n")] if command == "RCPT" else recipient
            if command == "BDAT":
                self.mails.append((recipient, await reader.readexactly(int(line.split()[1]))))
            going_on = self.say(command, writer, number, mail)
            mail += command == "BDAT"
            if command == "STARTTLS" and going_on and self.tls:
                await writer.drain()
                await writer.start_tls(self.tls)
            elif command == "DATA" and going_on and self.said.startswith("354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append((recipient, content))
                going_on = self.say("DOT", writer, number, mail)
                mail += 1
            going_on = going_on and command != "QUIT"

    def say(self, command: str, writer: asyncio.StreamWriter, connection: int, mail: int) -> bool:
        reply = self.said = self.answer(command, connection, mail) or USUAL.get(command, "250 Ok")
        if reply not in (DROP, SILENCE):
            writer.write(reply.encode() + b"\r\n")
        return reply != DROP


@asynccontextmanager
async def listening(relay: ScriptedRelay) -> AsyncIterator[RelaySettings]:
    """Let `relay` listen on this machine; gives the settings to reach it."""
    tls = relay.tls if relay.tls_first else None
    server = await asyncio.start_server(relay.talk, "127.0.0.1", 0, ssl=tls, limit=2**20)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield settings_for(relay.port)
    finally:
        server.close()
        await asyncio.sleep(0.01)  # the connections see that we have gone


def settings_for(port: int, **other: object) -> RelaySettings:
    plain = RelaySettings("127.0.0.1", port, Security.NONE, first_pause=0.01, longest_pause=0.05)
    return replace(plain, deadlines=Deadlines(connect=5, greeting=5, handshake=5, command=5, data=5, dot=5), **other)  # type: ignore[arg-type]


@dataclass
class Remembering:
    """An outbox over a list; `before_dot` may wait, or raise."""

    mails: Iterable[MailObject]
    before_dot: Callable[[MailObject], Awaitable[None]] | None = None
    drawn: list[MailObject] = field(default_factory=list)
    taken_back: list[MailObject] = field(default_factory=list)
    dotted: list[MailObject] = field(default_factory=list)
    answers: list[tuple[str, Reply]] = field(default_factory=list)
    asking: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left: Iterator[MailObject] = iter(self.mails)

    async def rest(self, seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return False

    async def draw(self) -> MailObject | None:
        return self.draw_at_once()

    def draw_at_once(self) -> MailObject | None:
        mail = next(self.left, None)
        if mail:
            self.drawn.append(mail)
        return mail

    def returned(self, mail: MailObject) -> None:
        self.taken_back.append(mail)
        self.left = chain([mail], self.left)

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        self.dotted.append(mail)
        if self.before_dot:
            self.asking.append(asyncio.create_task(self.ask(mail, leave)))
        else:
            leave.given()

    async def ask(self, mail: MailObject, leave: Leave) -> None:
        assert self.before_dot
        try:
            await self.before_dot(mail)
        except Exception as error:  # noqa: BLE001  # it is for who waits for leave
            leave.refused(error)
        else:
            leave.given()

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        self.answers.append((mail.forward_path, reply))

    @property
    def codes(self) -> list[int | None]:
        return [reply.code for _, reply in self.answers]


def mails(count: int, content: bytes = b"Subject: Hello\r\n\r\nHi.\r\n") -> list[MailObject]:
    return [MailObject(n, "news@example.org", f"person{n}@example.org", content) for n in range(1, count + 1)]


def run(relay: ScriptedRelay, outbox: Remembering, **settings: object) -> None:
    """Hand `outbox` to `relay` over a socket, the settings changed as said."""

    async def scene() -> None:
        async with listening(relay) as where:
            await Relay(replace(where, **settings)).transmit(outbox)  # type: ignore[arg-type]

    asyncio.run(scene())
