"""How fast an issue leaves, as ratios of medians against Postfix's own load generator, measured in interleaved rounds.

    .venv/bin/python benchmarks/send.py [--messages N] [--rounds N] [--connections N] [--kilobytes 10 50] [--database U]

In: the number of messages. Out: a table. Everything stays on this machine and in a temporary folder. README.md beside
this file says how to read the table.
"""

import argparse
import asyncio
import os
import re
import resource
import shutil
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from jinja2 import Template
from sqlalchemy import insert

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.database import open_database, upgrade, writing
from newsletter.deliver import Policy, Sender
from newsletter.issue import Issue, Letterhead, freeze
from newsletter.message import MessageBuilder, Recipient
from newsletter.post import read_post
from newsletter.settings import Durability, Mailbox, Security
from newsletter.tables import State
from newsletter.theme import template_folders
from newsletter.transport.relay import Relay, RelaySettings
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner

KEY = "a key for the benchmark, of no use anywhere else"
WORDS = "The council agreed last night that the bus stays, and asked all of us to say so again next month. "
SLOW_SHARE = 20
"""The loop over smtplib is so slow that it gets only one message in so many."""
SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


@dataclass(frozen=True)
class Case:
    """A frozen issue in a database file of its own, and one whole message of it."""

    database: Path
    issue: Issue
    size: int
    message: bytes

    def builder(self) -> MessageBuilder:
        return _builder(self.issue)


def main() -> None:
    """Run the rounds and print the table."""
    options = _options()
    tools = [shutil.which(name, path=SYSTEM_PATH) for name in ("smtp-sink", "smtp-source")]
    if not all(tools):
        sys.exit("This needs smtp-sink and smtp-source: they come with Postfix (on Debian: apt install postfix).")
    sink, source = map(str, tools)
    with tempfile.TemporaryDirectory() as folder, _sink(sink) as port:
        for kilobytes in options.kilobytes:
            case = _frozen(Path(folder), options.messages, kilobytes * 1024)
            _table(case, options, _runs(case, options, source, port))


def _runs(case: Case, options: argparse.Namespace, source: str, port: int) -> dict[str, Callable[[], float]]:
    """Name what is measured; each gives messages a second."""
    relay = replace(
        RelaySettings("127.0.0.1", port, Security.NONE), connections=options.connections, client_name="benchmark.test"
    )
    lines = f"{options.connections} connections"
    return {
        "smtp-source -d -s 8": lambda: _smtp_source(source, port, case, options.messages),
        f"full contract (synchronous=FULL), {lines}": lambda: _ours(case, relay, Durability.POWER),
        f"process durability, {lines}": lambda: _ours(case, relay, Durability.PROCESS),
        "smtplib, rendering and committing each": lambda: _smtplib(case, port, max(options.messages // SLOW_SHARE, 1)),
    }


def _table(case: Case, options: argparse.Namespace, runs: dict[str, Callable[[], float]]) -> None:
    figures: dict[str, list[float]] = {name: [] for name in runs}
    processor: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            before = time.process_time()
            figures[name].append(run())
            processor[name].append(time.process_time() - before)
    yardstick = statistics.median(next(iter(figures.values())))
    print(f"\n{len(case.message):,} octets a message, {options.messages:,} messages, {options.rounds} rounds")
    print(f"{'':48}{'msg/s':>9}{'× source':>10}{'least':>8}{'most':>8}{'CPU µs':>8}")
    for name, speeds in figures.items():
        median, most = statistics.median(speeds), options.messages
        ratios = f"{median / yardstick:10.2f}{min(speeds) / yardstick:8.2f}{max(speeds) / yardstick:8.2f}"
        ours = f"{statistics.median(processor[name]) / most * 1e6:8.0f}" if "durab" in name or "full" in name else ""
        print(f"{name:48}{median:9,.0f}{ratios}{ours}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory so far: {peak:.0f} MB")


def _ours(case: Case, relay: RelaySettings, durability: Durability) -> float:
    copy = Path(shutil.copy(case.database, case.database.with_suffix(".run")))
    engine = open_database(f"sqlite:///{copy}", durability)
    sender = Sender(engine, case.issue.number, case.builder(), Policy())
    begun = time.perf_counter()
    run = asyncio.run(sender.run(Relay(relay)))
    seconds = time.perf_counter() - begun
    engine.dispose()
    for left in copy.parent.glob(f"{copy.name}*"):
        left.unlink()
    if run.counts != {State.ACCEPTED: case.issue.frozen}:
        sys.exit(f"not everybody was accepted: {run}")
    return case.issue.frozen / seconds


def _smtp_source(source: str, port: int, case: Case, messages: int) -> float:
    words = [source, "-d", "-s", "8", "-m", str(messages), "-l", str(len(case.message)), f"127.0.0.1:{port}"]
    begun = time.perf_counter()
    subprocess.run(words, check=True)
    return messages / (time.perf_counter() - begun)


def _smtplib(case: Case, port: int, messages: int) -> float:
    """Send as the usual loop does: render, hand over, commit."""
    page = Template(re.sub("\ue000(\\w+)[^\ue001]*\ue001", r"{{ \1 }}", case.issue.email.html), autoescape=True)
    database = sqlite3.connect(shutil.copy(case.database, case.database.with_suffix(".loop")))
    rows = database.execute("SELECT id, address, first_name FROM deliveries LIMIT ?", (messages,)).fetchall()
    begun = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number, address, name in rows:
            mail = EmailMessage()
            mail["Subject"], mail["From"], mail["To"] = case.issue.email.subject, "news@example.org", address
            mail.set_content(case.issue.email.text)
            mail.add_alternative(page.render(first_name=name, unsubscribe_url="https://x.test/u"), subtype="html")
            client.send_message(mail)
            database.execute("UPDATE deliveries SET state = 'accepted' WHERE id = ?", (number,))
            database.commit()
    seconds = time.perf_counter() - begun
    database.close()
    return len(rows) / seconds


def _frozen(folder: Path, messages: int, octets: int) -> Case:
    database = folder / f"{octets}.db"
    engine = open_database(f"sqlite:///{database}")
    upgrade(engine)
    post = folder / "news.md"
    post.write_text(f"---\ntitle: Good news\nmerge: true\n---\nDear {{{{first_name|friend}}}},\n\n{WORDS}\n")
    parsed = read_post(post)
    email = _padded(compile_post(parsed, Furniture("Us", "1 Example Street"), template_folders(None)), octets)
    now = datetime.now(UTC)
    with writing(engine) as connection:
        people = [
            {"address": f"p{n}@example.org", "first_name": f"Name{n}", "consent": "confirmed", "joined_at": now}
            for n in range(messages)
        ]
        connection.execute(insert(subscribers), people)
        issue = freeze(connection, parsed, email, _letterhead(), now)
    engine.dispose()  # the last connection folds the write-ahead log in, so that the file can be copied
    return Case(database, issue, octets, _message(email))


def _padded(email: CompiledEmail, octets: int) -> CompiledEmail:
    """Bring the whole message to `octets`: with more words, or without style sheets where it is too long without."""
    if len(_message(email)) > octets:
        email = replace(email, html=re.sub(r"<style.*?</style>|<!--.*?-->", "", email.html, flags=re.DOTALL))
    missing = octets - len(_message(email))
    if missing < 0:
        sys.exit(f"the mail is longer than {octets:,} octets already")
    paragraph = f"<p>{WORDS}</p>\n"
    more = paragraph * (missing * 97 // 100 // len(paragraph))  # the rest is soft line ends
    return replace(email, html=email.html.replace("</body>", more + "</body>"))


def _message(email: CompiledEmail) -> bytes:
    issue = Issue(1, "news", "", datetime.now(UTC), 1, 1, email, _letterhead())
    return _builder(issue).build(Recipient(1, 12345, "p12345@example.org", "Name12345")).content


def _builder(issue: Issue) -> MessageBuilder:
    return MessageBuilder(issue, LinkSigner([KEY], issue.letterhead.list_id), KEY)


def _letterhead() -> Letterhead:
    box = Mailbox("News", "news@example.org")
    bounces = Mailbox("", "bounces@example.org")
    return Letterhead(box, None, bounces, "Us", "news.example.org", "https://news.example.org", "0123456789abcdef")


@contextmanager
def _sink(program: str) -> Iterator[int]:
    with smtplib.socket.socket() as free:  # type: ignore[attr-defined]
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *as_nobody, f"127.0.0.1:{port}", "1000"])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            smtplib.SMTP("127.0.0.1", port).quit()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("smtp-sink does not answer")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[10, 50])
    return parser.parse_args()


if __name__ == "__main__":
    main()
