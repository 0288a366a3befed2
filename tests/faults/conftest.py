"""What every fault is tried on: an organiser's folder, the real command line, and a relay that misbehaves."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select

from newsletter.database.engine import open_database, reading, writing
from newsletter.database.tables import deliveries
from subscribers.imports import ConsentEvidence, import_subscribers
from tests.bystander import beside
from tests.starter import NEWSLETTER, Program, Starter

PYTHON = sys.executable


@dataclass
class Relay:
    """A running faulty relay, and its journal of what it really took."""

    port: int
    journal: Path
    process: Program

    @property
    def taken(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    @property
    def number_taken(self) -> int:
        """The number of mails it took; cheap, so that a test can ask often."""
        return self.journal.read_bytes().count(b"\n")

    @property
    def events(self) -> list[dict[str, Any]]:
        file = self.journal.with_suffix(".events")
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def said_or_done(self) -> Counter[str]:
        return Counter(event["what"] for event in self.events)

    def release(self) -> None:
        """Let the relay send the answers it has held back."""
        self.journal.with_suffix(".release").touch()

    def copies(self) -> Counter[str]:
        return Counter(mail["to"] for mail in self.taken)


@dataclass
class Organiser:
    """An organiser with a folder of their own, who runs commands in it."""

    folder: Path
    database_url: str
    relay: Relay
    starter: Starter
    settings: dict[str, str] = field(default_factory=dict)
    prelude: str = ""
    trusting: Path | None = None
    """The file of certificate authorities that this organiser trusts."""
    started: list[Program] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        given = {
            "ORGANISATION": "Gyda’n Gilydd",
            "POSTAL_ADDRESS": "1 Heol Enghraifft, Aberystwyth",
            "FROM": "News <news@example.org>",
            "BASE_URL": "https://news.example.org",
            "SECRET_KEY": "a secret key of the fault tests, long enough",
            "DATABASE_URL": self.database_url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.relay.port),
            "SMTP_SECURITY": "none",
            "RETRY_SECONDS": "0.1",
            **self.settings,
        }
        trust = {"SSL_CERT_FILE": str(self.trusting)} if self.trusting else {}
        ours = {f"NEWSLETTER_{name}": value for name, value in given.items()}
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("NEWSLETTER_")},
            **ours,
            "NO_COLOR": "1",
            **trust,
        }

    def start(self, *words: str) -> Program:
        """Start a command and leave it running; `prelude` is Python code that runs first, in the same process."""
        program = self.starter.start(
            NEWSLETTER, *words, folder=self.folder, environment=self.environment, prelude=self.prelude
        )
        self.started.append(program)
        return program

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a command to its end, check its exit code (None: any), and return what it printed on stdout."""
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        if code is not None:
            assert process.returncode == code, f"{words} ended with {process.returncode}: {err}"
        return out

    def run_for_words(self, *words: str, code: int) -> str:
        """Run a command to its end, check its exit code, and return its stdout and stderr."""
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"{words} ended with {process.returncode}: {err}"
        return out + err

    def write_post(self, name: str = "post", words: str = "The council said yes.") -> str:
        (self.folder / f"{name}.md").write_text(f"---\ntitle: Good news\n---\n{words}\n", encoding="utf-8")
        return f"{name}.md"

    def add_people(self, count: int, *others: str) -> None:
        people = [*others, *(f"person{number:05}@example.org" for number in range(count))]
        sheet = BytesIO(("email\n" + "\n".join(people) + "\n").encode())
        with self.database() as engine:
            import_subscribers(lambda: writing(engine), sheet, ConsentEvidence("yes", "a test", datetime.now(UTC)))

    def log(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("log", "--json", *words).splitlines()]

    def deliveries(self) -> list[Row[Any]]:
        """Read the send log directly: a command of ours might change it, by settling deliveries."""
        with self.database() as engine, reading(engine) as connection:
            return list(connection.execute(select(deliveries).order_by(deliveries.c.id)))

    @contextmanager
    def database(self) -> Iterator[Engine]:
        """Open the database directly, beside any program that uses it, without starting a command."""
        engine = open_database(self.database_url)
        try:
            yield engine
        finally:
            engine.dispose()

    def states(self) -> dict[str, str]:
        return {entry.address.partition("@")[0]: entry.state for entry in self.deliveries()}

    def report(self) -> dict[str, Any]:
        account: dict[str, Any] = json.loads(self.run("report", "--json"))
        return account


@pytest.fixture
def relay_with(tmp_path: Path, starter: Starter) -> Iterator[Callable[..., Relay]]:
    """Start a faulty relay with the habits given; see faulty_relay."""
    with ExitStack() as stack:

        def start(**habits: Any) -> Relay:
            journal = tmp_path / f"journal-{len(list(tmp_path.glob('journal-*')))}"
            journal.touch()
            program = starter.start("tests.faults.faulty_relay:main", str(journal), json.dumps(habits))
            stack.callback(program.close)
            return Relay(int(program.read_line()), journal, program)

        yield start


@pytest.fixture
def in_company(database_url: str, starter: Starter) -> Iterator[None]:
    """Run a second program that opens and closes the database all the time; check at the end that it is undamaged."""
    with beside(database_url, starter):
        yield


@pytest.fixture
def organiser(
    tmp_path: Path, database_url: str, relay_with: Callable[..., Relay], starter: Starter
) -> Iterator[Callable[..., Organiser]]:
    """Make an organiser with a relay that has the given habits, and a database of either kind."""
    organisers: list[Organiser] = []

    def make(**habits: Any) -> Organiser:
        folder = tmp_path / "folder"
        folder.mkdir()
        organisers.append(Organiser(folder, database_url, relay_with(**habits), starter))
        return organisers[-1]

    yield make
    for program in (program for each in organisers for program in each.started):
        program.close()
