"""A DNS server on the loopback interface, which knows what a test tells it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.newsletter.doctor.zone import Zone


@pytest.fixture
def zone() -> Iterator[Zone]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        zone = Zone(line.getsockname()[1])

        def serve() -> None:
            while True:
                question, asker = line.recvfrom(4096)
                if not question:
                    return
                line.sendto(zone.answer(question), asker)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield zone
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", zone.port))
            thread.join(timeout=5)
