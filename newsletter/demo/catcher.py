"""A real SMTP server on this machine, which keeps mail instead of passing it on; the one door to aiosmtpd.

It behaves as real servers do: it refuses one recipient as unknown, and defers another one once.
"""

import socket
from asyncio import AbstractServer
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

UNKNOWN = "gone@"
GREYLISTED = "slow@"


class Catcher:
    """Keeps every mail it accepts: in a folder of .eml files, and in `mails`, in order of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mails: list[EmailMessage] = []
        self._seen: set[str] = set()
        self.port = 0

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["Catcher"]:
        """Run a catcher on a free port of the loopback interface until the block ends."""
        catcher = cls(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            # asyncio does not set this for us; without it each reply to a pipelined group comes 40 ms late.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            catcher.port = listening.getsockname()[1]
            controller = _Controller(catcher, listening)
            controller.start()
            try:
                yield catcher
            finally:
                controller.stop()

    async def handle_RCPT(  # noqa: N802 (the name aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith(UNKNOWN):
            return "550 5.1.1 No such user here"
        if address.startswith(GREYLISTED) and address not in self._seen:
            self._seen.add(address)
            return "451 4.7.1 Greylisted, please come back in a second"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        (self.folder / f"{len(self.mails) + 1:03}.eml").write_bytes(content)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return f"250 2.0.0 Caught as {len(self.mails)}"


class _Controller(Controller):
    """Serves a socket that already listens, so that its port is known in advance and no other program can take it."""

    def __init__(self, handler: Catcher, listening: socket.socket) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=listening.getsockname()[1])
        self._listening = listening

    def _create_server(self) -> Coroutine[Any, Any, AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)
