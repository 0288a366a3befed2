"""An organiser: a folder of their own, the real command line, and a real SMTP server on a free port."""

import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.bystander import beside
from tests.starter import NEWSLETTER, Program, Starter

CHECKOUT = Path(__file__).parents[2]
SETTINGS = {
    "ORGANISATION": "Gŵyl Fach",
    "POSTAL_ADDRESS": "1 Example Street, Cardiff CF10 1AA",
    "FROM": "Gŵyl Fach <news@example.org>",
    "BASE_URL": "https://news.example.org",
    "SECRET_KEY": "a secret key of the journeys, which is long enough",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": "9",
    "SMTP_SECURITY": "none",
}
POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("Error:")]


@dataclass
class Organiser:
    """Somebody in a folder of their own, who types commands."""

    folder: Path
    starter: Starter
    """What spares each command the second that Python takes to start."""
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    dressed_as: tuple[str, ...] = ()
    """A command that runs commands, to put before each: who they run as."""

    def environment(self, **changed: str | None) -> dict[str, str]:
        """The settings as environment variables; one that is changed to None is not set."""
        settings = {name: value for name, value in {**self.settings, **changed}.items() if value is not None}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
        ours = {f"NEWSLETTER_{name}": value for name, value in settings.items()}
        return {**inherited, "PYTHONPATH": str(CHECKOUT), "NO_COLOR": "1", **ours}

    def types(self, *words: str, **changed: str | None) -> Ended:
        """Run a command without a terminal, and wait for it."""
        if not self.dressed_as:
            with closing(
                self.starter.start(NEWSLETTER, *words, folder=self.folder, environment=self.environment(**changed))
            ) as program:
                out, err = program.communicate(timeout=120)
                return Ended(program.returncode or 0, out, err)
        done = subprocess.run(
            [*self.dressed_as, sys.executable, "-m", "newsletter", *words],
            cwd=self.folder,
            env=self.environment(**changed),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def starts(self, *words: str, **changed: str | None) -> Iterator[Program]:
        """Start a command, and end it with the block if it has not ended by itself.

        `serve` is never alone: a second program opens and closes the database all the time.
        """
        others = beside(self.database_url(**changed), self.starter) if words[0] == "serve" else nullcontext()
        environment = self.environment(**changed)
        with (
            others,
            closing(self.starter.start(NEWSLETTER, *words, folder=self.folder, environment=environment)) as program,
        ):
            yield program

    def database_url(self, **changed: str | None) -> str:
        """The address of the database that commands use with these changes."""
        given = {**self.settings, **changed}.get("DATABASE_URL")
        return given or f"sqlite:///{self.folder / 'newsletter.db'}"

    def writes(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, to see whether anything has changed; but not what SQLite keeps beside its own."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


class Mailboxes:
    """What the relay of these journeys accepted."""

    def __init__(self) -> None:
        self.recipients: Counter[str] = Counter()
        self.mails: list[EmailMessage] = []
        self.port = 0
        self.refuses = ""
        """How addresses begin that nobody here has; empty: everybody is known."""

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses and address.startswith(self.refuses):
            return "550 5.7.1 Not here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.recipients.update(envelope.rcpt_tos)
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 2.0.0 Ok"


class _Controller(Controller):
    """Serves a socket that listens already, so that nobody else can take its port."""

    def __init__(self, handler: Mailboxes, listening: socket.socket, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=listening.getsockname()[1], **options)
        self._listening = listening

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


@contextmanager
def relay(**options: Any) -> Iterator[Mailboxes]:
    """Run a real SMTP server on a free port of the loopback interface until the block ends."""
    mailboxes = Mailboxes()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Because asyncio takes this for a line that may wait; then each reply to a group comes 40 ms late.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        mailboxes.port = listening.getsockname()[1]
        controller = _Controller(mailboxes, listening, **options)
        controller.start()
        try:
            yield mailboxes
        finally:
            controller.stop()


@pytest.fixture
def mailboxes() -> Iterator[Mailboxes]:
    with relay() as running:
        yield running


@pytest.fixture
def strict_mailboxes() -> Iterator[Mailboxes]:
    """A relay that takes logins, and knows nobody."""

    def nobody(*details: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    with relay(authenticator=nobody, auth_require_tls=False) as running:
        yield running


@pytest.fixture(scope="session")
def folder_with_a_list(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> Path:
    """A folder as `init` and an import leave it, with a post and two people; to be copied, not used."""
    organiser = Organiser(tmp_path_factory.mktemp("ready"), starter=starter)
    organiser.writes("post.md", POST)
    organiser.writes("people.csv", "email,first_name\nada@example.org,Ada\nben@example.org,Ben\n")
    assert organiser.types("init", "--no-input").code == 0
    assert organiser.types("subscribers", "import", "people.csv").code == 0
    return organiser.folder


@pytest.fixture
def ready(organiser: Organiser, folder_with_a_list: Path) -> Organiser:
    """An organiser with a database, a post, and Ada and Ben on the list."""
    shutil.copytree(folder_with_a_list, organiser.folder, dirs_exist_ok=True)
    return organiser


@pytest.fixture
def organiser(tmp_path: Path, starter: Starter) -> Organiser:
    """An organiser in an empty folder, with every setting that sending needs in the environment."""
    folder = tmp_path / "organiser"
    folder.mkdir()
    return Organiser(folder, starter=starter)
