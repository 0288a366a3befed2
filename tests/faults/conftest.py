"""An organiser's folder, the real command line, and a server that misbehaves: what every fault is tried on."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from newsletter.database import open_database, reading
from newsletter.tables import deliveries

PYTHON = sys.executable


@dataclass
class Relay:
    """A running faulty relay, and the truth it wrote down."""

    port: int
    journal: Path
    process: subprocess.Popen[str]

    @property
    def taken(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []

    def release(self) -> None:
        """Let the relay answer what it has held back."""
        self.journal.with_suffix(".release").touch()

    def copies(self) -> Counter[str]:
        return Counter(mail["to"] for mail in self.taken)


@dataclass
class Organiser:
    """Somebody at a terminal in their folder."""

    folder: Path
    database_url: str
    relay: Relay
    settings: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

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
        ours = {f"NEWSLETTER_{name}": value for name, value in given.items()}
        return {**{k: v for k, v in os.environ.items() if not k.startswith("NEWSLETTER_")}, **ours, "NO_COLOR": "1"}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        process = subprocess.Popen(
            [PYTHON, "-m", "newsletter", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a command to its end, check its exit code (None: any), and return what it printed on stdout."""
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        if code is not None:
            assert process.returncode == code, f"{words} ended with {process.returncode}: {err}"
        return out

    def write_post(self, name: str = "post", words: str = "The council said yes.") -> str:
        (self.folder / f"{name}.md").write_text(f"---\ntitle: Good news\n---\n{words}\n", encoding="utf-8")
        return f"{name}.md"

    def add_people(self, count: int, *others: str) -> None:
        people = [*others, *(f"person{number:05}@example.org" for number in range(count))]
        (self.folder / "people.csv").write_text("email\n" + "\n".join(people) + "\n")
        self.run("subscribers", "import", "people.csv", "--consent", "yes")

    def log(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("log", "--json", *words).splitlines()]

    def deliveries(self) -> list[Row[Any]]:
        """Read the send log as it stands, without a program of ours that might settle it."""
        engine = open_database(self.database_url)
        try:
            with reading(engine) as connection:
                return list(connection.execute(select(deliveries).order_by(deliveries.c.id)))
        finally:
            engine.dispose()

    def report(self) -> dict[str, Any]:
        account: dict[str, Any] = json.loads(self.run("report", "--json"))
        return account


@pytest.fixture
def relay_with(tmp_path: Path) -> Iterator[Callable[..., Relay]]:
    """Start a faulty relay with the habits given; see faulty_relay."""
    with ExitStack() as stack:

        def start(**habits: Any) -> Relay:
            journal = tmp_path / f"journal-{len(list(tmp_path.glob('journal-*')))}"
            journal.touch()
            process = subprocess.Popen(
                [PYTHON, "-m", "tests.faults.faulty_relay", str(journal), json.dumps(habits)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[2],
            )
            stack.callback(_end, process)
            assert process.stdout is not None
            return Relay(int(process.stdout.readline()), journal, process)

        yield start


@pytest.fixture
def organiser(
    tmp_path: Path, database_url: str, relay_with: Callable[..., Relay]
) -> Iterator[Callable[..., Organiser]]:
    """Make an organiser whose relay has the habits given, with a database of either kind."""
    organisers: list[Organiser] = []

    def make(**habits: Any) -> Organiser:
        folder = tmp_path / "folder"
        folder.mkdir()
        organisers.append(Organiser(folder, database_url, relay_with(**habits)))
        return organisers[-1]

    yield make
    for process in (process for each in organisers for process in each.started):
        process.kill()
        process.communicate()


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()
