"""Puts a Conversation onto a socket: carries octets both ways, keeps deadlines, begins TLS when it is wanted.

A caller waits for events one by one (`event`) until it registers a callback (`attend`), which then gets all further
events. A connection decides nothing, retries nothing, and knows no outbox. A deadline is for a whole reply, however
slowly its octets arrive.
"""

import asyncio
import math
import socket
import ssl
from collections import deque
from collections.abc import Callable, Mapping

from newsletter.message import MailObject
from newsletter.policy.reply import Stage
from newsletter.transport.smtp.conversation import Conversation
from newsletter.transport.smtp.deadlines import Deadlines
from newsletter.transport.smtp.events import SmtpEvent
from newsletter.transport.smtp.terms import Terms
from newsletter.transport.trouble import dropped

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux only; Linux switches it off again after a while, so we set it again and again."""

_LOOK_AGAIN = 0.001
"""Seconds between two looks at the socket's own buffer, whose state TLS does not report."""

_GOES_WITH_ITS_DOT = 65536
"""A content of at most so many octets is held back until its dot may leave; then both are written at once. An empty
socket buffer takes that much whole, so we know as exactly as before what has left, and the relay wakes up once instead
of twice."""
_NEAR = 0.01
"""Seconds. A relay that never answered within them is far away: its content goes ahead of the dot, and travels while
the log is written."""


class Connection(asyncio.Protocol):
    """One connection to a relay."""

    def __init__(self, terms: Terms, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        self._conversation = Conversation(terms)
        self._deadlines = deadlines
        self._deadline = math.inf
        self._asked_at = 0.0
        self._quickest = math.inf
        """Seconds that the quickest answer so far took."""
        self._expected: Stage | None = None
        self._overdue = False
        self._watch: asyncio.TimerHandle | None = None
        self._events: deque[SmtpEvent] = deque()
        self._news: asyncio.Future[None] | None = None
        self._happened: Callable[[list[SmtpEvent]], None] | None = None
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
        """Whether the next mail's commands may be written together with a final dot (RFC 2920)."""
        return self._conversation.in_groups

    @property
    def in_chunks(self) -> bool:
        """Whether mails leave whole (RFC 3030), up to `room` of them; each needs leave for its dot before."""
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
        """Whether the connection ended because the relay did not answer what it was asked."""
        return self._conversation.out_of_step or self._overdue

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the relay offers (RFC 5321 §4.1.1.1)."""
        return self._conversation.extensions

    def attend(self, happened: Callable[[list[SmtpEvent]], None]) -> None:
        """Call `happened` with all further events, first with those that no `event` call has fetched yet."""
        self._happened = happened
        if self._events:
            events = list(self._events)
            self._events.clear()
            happened(events)

    async def event(self) -> SmtpEvent:
        """Wait for the next event; only before `attend` was called."""
        while not self._events:
            self._news = self._loop.create_future()
            try:
                await self._news
            finally:
                self._news = None
        return self._events.popleft()

    def send(self, *mails: MailObject) -> None:
        """Begin to hand over a mail, or send several whole ones where there is `room`; only while open.

        Raises ValueError for a mail that must not go onto the wire; the mails before it have left by then.
        """
        try:
            for mail in mails:
                self._conversation.send(mail)
        finally:
            self._write()

    def dot(self, following: MailObject | None = None) -> None:
        """Write the final dot, together with the first commands of the mail `following`; only while open.

        Raises ValueError for a `following` that must not go onto the wire; the dot has left by then.
        """
        self._conversation.dot()
        try:
            if following is not None:
                self._conversation.send(following)
        finally:
            self._write()

    def quit(self) -> None:
        """Say QUIT; the answer comes as an event, within the deadline for it."""
        self._conversation.quit()
        self._write()

    @property
    def has_left(self) -> bool:
        """Whether all that was written has left this program."""
        # We ask the socket's transport: asyncio's TLS transport reports only its own buffer, not this one.
        assert self._socket_transport is not None
        return not (self.is_open and (self._writable or self._socket_transport.get_write_buffer_size()))

    async def flushed(self) -> None:
        """Wait until all that was written has left this program; drop the connection when the deadline has passed."""
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
        """Give the connection up; each mail under way gets its answer, with the reason `why`."""
        self._note(self._conversation.connection_lost(why))

    async def gone(self) -> None:
        """Drop the connection if it is still open, and wait until its socket is closed."""
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
            self._expect()  # each reply has its own deadline, also within a group or between whole mails
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
        # The quickest answer measures the distance; slower ones measure how busy the relay or this machine was.
        self._quickest = min(self._quickest, self._loop.time() - self._asked_at)
        return self._quickest < _NEAR

    def _acknowledge(self) -> None:
        """Acknowledge at once; a relay that gathers its replies (Nagle) would wait 40 ms for a delayed one."""
        assert self._socket_transport is not None
        if _QUICKACK is not None:
            self._socket_transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _note(self, events: list[SmtpEvent]) -> None:
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
        """Set the deadline for the reply that comes next.

        One timer looks at a deadline that moves, because a timer per reply would cost more than the reply.
        """
        self._expected = awaited = self._conversation.awaited
        self._asked_at = self._loop.time()
        self._deadline = self._asked_at + self._deadlines.of(awaited) if awaited else math.inf
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
            self.drop(f"no whole answer to {awaited} within {self._deadlines.of(awaited):g} s")


async def connect(host: str, port: int, terms: Terms, deadlines: Deadlines) -> Connection:
    """Open a connection, trying each address of `host` in turn. Raises the OSError of the last address tried."""
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
