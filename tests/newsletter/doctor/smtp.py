"""A relay of aiosmtpd on a free port."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from newsletter.settings import Security
from newsletter.transport.opening import RelaySettings


class Remembering:
    """Notes what comes after the introduction: nothing should."""

    def __init__(self) -> None:
        self.mails = 0

    async def handle_MAIL(self, *words: Any) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"


@contextmanager
def listening(handler: Remembering, **options: Any) -> Iterator[RelaySettings]:
    class Free(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, **self.SMTP_kwargs)

        def _trigger_server(self) -> None:
            """Because the port is known only once it listens."""
            server: Any = self.server
            self.port = server.sockets[0].getsockname()[1]
            super()._trigger_server()  # type: ignore[no-untyped-call]

    controller = Free(handler, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield RelaySettings("127.0.0.1", controller.port, Security.NONE, client_name="example.org")
    finally:
        controller.stop()
