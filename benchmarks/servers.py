"""The servers that take the mail: Postfix's smtp-sink, and a sink of our own with CHUNKING; a proxy adds distance.

python benchmarks/servers.py sink              prints its port; offers PIPELINING and CHUNKING, keeps nothing
python benchmarks/servers.py proxy PORT MS     prints its port; delays data by half of MS in each direction
"""

import asyncio
import os
import selectors
import shutil
import smtplib
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


def postfix_tool(name: str) -> str:
    """Find a tool of Postfix, or end the program and say where to get it."""
    found = shutil.which(name, path=SYSTEM_PATH)
    return found or sys.exit(
        "This needs smtp-sink and smtp-source: they come with Postfix (Debian: apt install postfix)."
    )


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run Postfix's smtp-sink on a free port; yield the port."""
    with smtplib.socket.socket() as free:  # type: ignore[attr-defined]
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([postfix_tool("smtp-sink"), *as_nobody, f"127.0.0.1:{port}", "1000"])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def own(*words: str) -> Iterator[int]:
    """Run one of the servers below as a process of its own; yield its port."""
    process = subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def round_trip(port: int) -> float:
    """Return the median time, in seconds, of a command to the server and its reply."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        return statistics.median(timeit.repeat(client.noop, number=1, repeat=25))


def _wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(OSError):
            smtplib.SMTP("127.0.0.1", port).quit()
            return
        time.sleep(0.05)
    sys.exit("smtp-sink does not answer")


async def _sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    replies = {
        b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 CHUNKING\r\n",
        b"DATA": b"354 go\r\n",
        b"QUIT": b"221 bye\r\n",
    }
    writer.write(b"220 sink\r\n")
    with suppress(OSError, asyncio.IncompleteReadError):
        while line := await reader.readline():
            if line.startswith(b"BDAT"):
                await reader.readexactly(int(line.split()[1]))
            writer.write(replies.get(line[:4].upper(), b"250 ok\r\n"))
            if line.startswith(b"DATA"):
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
    writer.close()


class _Ahead(asyncio.Protocol):
    """One direction of a delayed line: data that comes in goes out at the other end, later and in order."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.other: asyncio.Transport | None = None
        self.early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(smtplib.socket.IPPROTO_TCP, smtplib.socket.TCP_NODELAY, 1)  # type: ignore[attr-defined]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self.delay, self.arrive, data)

    def arrive(self, data: bytes) -> None:
        if self.other:
            self.other.write(data)
        else:
            self.early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other:
            asyncio.get_running_loop().call_later(self.delay, self.other.close)

    def joined(self, other: asyncio.Transport) -> None:
        self.other = other
        other.writelines(self.early)


class _Line(_Ahead):
    def __init__(self, port: int, delay: float) -> None:
        super().__init__(delay)
        self.port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.task = asyncio.ensure_future(self.reach())

    async def reach(self) -> None:
        back = _Ahead(self.delay)
        back.joined(self.transport)
        there, _ = await asyncio.get_running_loop().create_connection(lambda: back, "127.0.0.1", self.port)
        self.joined(there)


async def _serve(words: list[str]) -> None:
    loop = asyncio.get_running_loop()
    if words[0] == "sink":
        server = await asyncio.start_server(_sink, "127.0.0.1", 0, limit=2**20)
    else:
        line = partial(_Line, int(words[1]), float(words[2]) / 2000)
        server = await loop.create_server(line, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _exact() -> asyncio.SelectorEventLoop:
    """Make a loop with exact timers: epoll counts in whole milliseconds, too coarse for a short delay."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=_exact) as runner:
        runner.run(_serve(sys.argv[1:]))
