"""A policy server for Postfix that greylists: a recipient it has not seen is put off, and let in after some seconds."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Greylist(socketserver.ThreadingTCPServer):
    """Answers Postfix's policy requests (SMTPD_POLICY_README); `seconds` is how long a recipient has to wait."""

    daemon_threads = True

    def __init__(self, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.seconds = seconds
        self.seen: dict[str, float] = {}
        self.put_off = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def decide(self, recipient: str) -> str:
        now = time.monotonic()
        if now - self.seen.setdefault(recipient, now) >= self.seconds:
            return "DUNNO"
        self.put_off += 1
        return "DEFER_IF_PERMIT 4.2.0 Greylisted, please try again in 1 minutes"


class _Requests(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked: dict[str, str] = {}
        for line in self.rfile:
            name, equals, value = line.decode("utf-8", "replace").rstrip("\n").partition("=")
            if equals:
                asked[name] = value
            else:
                assert isinstance(self.server, Greylist)
                self.wfile.write(f"action={self.server.decide(asked.get('recipient', ''))}\n\n".encode())
                asked = {}


@contextmanager
def greylisting(seconds: float) -> Iterator[Greylist]:
    """Run one until the block ends."""
    with Greylist(seconds) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
