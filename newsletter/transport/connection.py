"""A conversation put onto a socket: octets carried both ways, deadlines kept, TLS begun when it is wanted.

Whoever attends is called with what happens; before that, events are waited for one by one. It decides nothing, retries
nothing, and knows no outbox. A deadline is for a whole reply, however slowly it drips.
"""

import asyncio
import math
import socket
import ssl
from collections import deque
from collections.abc import Callable, Mapping

from newsletter.message import MailObject
from newsletter.transport.conversation import Conversation
from newsletter.transport.deadlines import Deadlines
from newsletter.transport.events import Event
from newsletter.transport.exchange import Awaited
from newsletter.transport.terms import Terms
from newsletter.transport.trouble import dropped

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux only, and forgotten by it after a while."""

_LOOK_AGAIN = 0.001
"""Seconds between two looks at a buffer that TLS hides behind."""

_GOES_WITH_ITS_DOT = 65536
"""A content of so many octets at most waits for leave for its dot, and both leave at once: a socket whose buffer is
empty takes that much whole, so that nothing is known less exactly, and the relay is woken once instead of twice."""
_NEAR = 0.01
"""To a relay that never answered within so many seconds it goes ahead, and travels while the log is written."""


class Connection(asyncio.Protocol):
    """One connection to a relay."""

    def __init__(self, terms: Terms, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        self._conversation = Conversation(terms)
        self._deadlines = deadlines
        self._deadline = math.inf
        self._asked_at = 0.0
        self._quickest = math.inf
        """Seconds the relay took to answer when it was quickest."""
        self._expected: Awaited | None = None
        self._overdue = False
        self._watch: asyncio.TimerHandle | None = None
        self._events: deque[Event] = deque()
        self._news: asyncio.Future[None] | None = None
        self._happened: Callable[[list[Event]], None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._socket_transport: asyncio.Transport | None = None
        self._transport: asyncio.Transport | None = None
        self._held = b""

    @property
    def is_open(self) -> bool:
        return not self._conversation.closed

    @property
    def in_groups(self) -> bool:
        """Whether the next mail may be announced with a dot."""
        return self._conversation.in_groups

    @property
    def in_chunks(self) -> bool:
        """Whether mails leave whole, as many as there is `room` for: each needs leave for its dot before it is sent."""
        return self._conversation.in_chunks

    @property
    def room(self) -> int:
        """How many whole mails may be sent now."""
        return self._conversation.room

    @property
    def busy(self) -> bool:
        """Whether a mail is under way."""
        return self._conversation.busy

    @property
    def out_of_step(self) -> bool:
        """Whether it ended because the relay did not answer what it was asked."""
        return self._conversation.out_of_step or self._overdue

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the relay offers (RFC 5321 §4.1.1.1)."""
        return self._conversation.extensions

    def attend(self, happened: Callable[[list[Event]], None]) -> None:
        """Call `happened` with what happens from now on, and has happened and was not waited for."""
        self._happened = happened
        if self._events:
            events = list(self._events)
            self._events.clear()
            happened(events)

    async def event(self) -> Event:
        """Wait for the next thing to happen; only while nobody attends."""
        while not self._events:
            self._news = self._loop.create_future()
            try:
                await self._news
            finally:
                self._news = None
        return self._events.popleft()

    def send(self, *mails: MailObject) -> None:
        """Begin to hand over a mail, or send whole ones where there is room for them; only while open.

        Raises ValueError for one that must not go onto the wire; those before it have left then.
        """
        try:
            for mail in mails:
                self._conversation.send(mail)
        finally:
            self._write()

    def dot(self, following: MailObject | None = None) -> None:
        """Write the final dot, and in the same breath announce the mail `following`; only while open.

        Raises ValueError for a following one that must not go onto the wire; the dot has left then.
        """
        self._conversation.dot()
        try:
            if following is not None:
                self._conversation.send(following)
        finally:
            self._write()

    def quit(self) -> None:
        """Take leave; the answer is an event, and soon."""
        self._conversation.quit()
        self._write()

    @property
    def has_left(self) -> bool:
        """Whether all that was written has left this program."""
        # Because asyncio's TLS reports what it holds itself, not what the socket's transport still holds for it.
        assert self._socket_transport is not None
        return not (self.is_open and (self._writable or self._socket_transport.get_write_buffer_size()))

    async def flushed(self) -> None:
        """Wait until what was written has left this program; gives the line up after the deadline for it."""
        try:
            async with asyncio.timeout(self._deadlines.block):
                await self._written()
        except TimeoutError:
            self.drop(f"it took nothing for {self._deadlines.block:g} s")

    async def shake_hands(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS. Raises ssl.SSLError or OSError."""
        assert self._socket_transport is not None
        self._deadline = math.inf
        transport = await self._loop.start_tls(
            self._socket_transport,
            self,
            context,
            server_hostname=host,
            ssl_handshake_timeout=self._deadlines.handshake,
        )
        if transport is None:
            raise ConnectionResetError("the relay closed the connection")
        self._transport = transport
        self._conversation.handshake_done()
        self._write()
        self._expect()

    def drop(self, why: str) -> None:
        """Give the line up; the mails under way are answered accordingly."""
        self._note(self._conversation.connection_lost(why))

    async def gone(self) -> None:
        """Drop the line if it is still there, and wait until the socket is closed."""
        self.drop("we closed the connection")
        await self._gone

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=0)
        self._socket_transport = self._transport = transport
        self._expect()
        self._note(self._conversation.receive(b""))

    def data_received(self, data: bytes) -> None:
        if self.in_chunks:
            self._acknowledge()
        events = self._conversation.receive(data)
        self._write()
        awaited = self._conversation.awaited
        if awaited and (awaited is not self._expected or events):
            self._expect()  # because each reply of a group, or to one of many whole mails, has its own deadline
        if events:
            self._note(events)

    def eof_received(self) -> None:
        self.drop("the relay closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        self.drop(dropped(exc))
        if not self._gone.done():
            self._gone.set_result(None)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # Mechanism

    def _write(self) -> None:
        data = self._conversation.outgoing()
        if not data:
            return
        if len(data) <= _GOES_WITH_ITS_DOT and self._conversation.dot_wanted and self._is_near():
            self._held += data
        elif self._transport is not None:
            self._transport.write(self._held + data if self._held else data)
            self._held = b""
            self._expect()

    def _is_near(self) -> bool:
        # By the quickest answer, because the others tell more of how busy we are, and the relay, than of the way.
        self._quickest = min(self._quickest, self._loop.time() - self._asked_at)
        return self._quickest < _NEAR

    def _acknowledge(self) -> None:
        """Because relays that gather their replies (Nagle) wait 40 ms for an acknowledgement we would put off."""
        assert self._socket_transport is not None
        if _QUICKACK is not None:
            self._socket_transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _note(self, events: list[Event]) -> None:
        if not self.is_open:
            self._close()
        if self._happened:
            self._happened(events)
            return
        self._events.extend(events)
        if self._news and not self._news.done():
            self._news.set_result(None)

    def _close(self) -> None:
        self._deadline = math.inf
        if self._watch:
            self._watch.cancel()
            self._watch = None
        self.resume_writing()
        if self._transport is not None:
            self._transport.abort()

    async def _written(self) -> None:
        while not self.has_left:
            await (self._writable or asyncio.sleep(_LOOK_AGAIN))

    def _expect(self) -> None:
        """Because a timer per reply would cost more than the reply, one timer looks at a deadline that moves."""
        self._expected = awaited = self._conversation.awaited
        self._asked_at = self._loop.time()
        self._deadline = self._asked_at + self._deadlines.of(awaited.stage) if awaited else math.inf
        if self._watch is None or self._watch.when() > self._deadline:
            self._watch_until(self._deadline)

    def _watch_until(self, when: float) -> None:
        if self._watch:
            self._watch.cancel()
        self._watch = None if when == math.inf else self._loop.call_at(when, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._watch = None
        if self._loop.time() < self._deadline:
            self._watch_until(self._deadline)
        elif awaited := self._conversation.awaited:
            self._overdue = True
            self.drop(f"no whole answer to {awaited.stage} within {self._deadlines.of(awaited.stage):g} s")


async def connect(host: str, port: int, terms: Terms, deadlines: Deadlines) -> Connection:
    """Open a connection, trying each address of `host` in turn. Raises OSError with the reason of the last."""
    loop = asyncio.get_running_loop()
    trouble: OSError = OSError("the name has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        line = socket.socket(family, kind, protocol)
        try:
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(deadlines.connect):
                await loop.sock_connect(line, address)
            _, connection = await loop.create_connection(lambda: Connection(terms, deadlines), sock=line)
        except OSError as error:
            line.close()
            trouble = error
        except BaseException:
            line.close()
            raise
        else:
            return connection
    raise trouble
