"""What readers who leave all at once do to a send that is running, and a send to them: ratios of one run.

    .venv/bin/python benchmarks/unsubscribe.py [--requests N] [--clients N] [--messages N] [--rounds N] [--rate R]
                                               [--postgresql]

In turn, round after round: a send alone, and the same send while clients unsubscribe as fast as they are answered, at
the public pages as `newsletter serve` serves them. Ends with 1 if an answer was an error, or if an unsubscribe that was
answered is missing in the list. README.md tells how to read the result.
"""

import argparse
import asyncio
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, insert, select

from newsletter.compiler import Furniture, compile_post
from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import State
from newsletter.delivery import RunPolicy, Sender
from newsletter.issue import Issue, Letterhead, freeze
from newsletter.message import MessageBuilder
from newsletter.post import read_post
from newsletter.settings import Mailbox, Security
from newsletter.theme import template_folders
from newsletter.transport.relay import Relay, RelaySettings
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner
from tests import postgresql

KEY = "a key for the benchmark, of no use anywhere else"
LIST = "news.example.org"
SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
WORDS = "The council agreed last night that the bus stays, and asked all of us to say so again next month. "


@dataclass
class Clicks:
    """The answers that the clients got."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    took: float = 0.0


@dataclass(frozen=True)
class Round:
    """One send, alone or beside the clients."""

    speed: float
    clicks: Clicks
    lost: int
    cpu: float
    """Seconds of processor time that the pages took, from start to end."""


def main() -> None:
    """Run the rounds and print the table."""
    options = _options()
    sink = shutil.which("smtp-sink", path=SYSTEM_PATH)
    if not sink:
        sys.exit("This needs smtp-sink: it comes with Postfix (on Debian: apt install postfix).")
    rounds: dict[bool, list[Round]] = {False: [], True: []}
    server = postgresql.running() if options.postgresql else nullcontext()
    with server as databases, tempfile.TemporaryDirectory() as folder, _sink(sink) as relay:
        for number in range(options.rounds):
            for clicking in (False, True):
                here = Path(folder) / f"{number}-{clicking}"
                here.mkdir()
                url = databases.new_database() if databases else f"sqlite:///{here}/newsletter.db"
                rounds[clicking].append(_round(here, url, relay, options, clicking))
    sys.exit(_table(rounds, options))


def _round(folder: Path, url: str, relay: int, options: argparse.Namespace, clicking: bool) -> Round:
    engine = open_database(url)
    issue = _frozen(engine, folder, options.messages)
    signer = LinkSigner([KEY], LIST)
    # The people who leave were in an earlier issue and are not in this one, so that both sends have the same work.
    leaving = _joined_since(engine, options.requests)
    clicks = Clicks()
    with _served(folder, url) as pages:
        links = [f"{pages.base}/u/{signer.unsubscribe(number, issue.number)}" for number in leaving]
        thread = threading.Thread(target=_click_all, args=(links, options.clients, clicks))
        if clicking:
            thread.start()
        speed = _send(engine, issue, signer, relay, options.rate)
        if clicking:
            thread.join()
    with reading(engine) as connection:
        gone = connection.execute(select(func.count()).where(subscribers.c.consent == "withdrawn")).scalar_one()
    engine.dispose()
    return Round(speed, clicks, (options.requests - gone - len(clicks.errors)) if clicking else 0, pages.cpu)


def _send(engine: Engine, issue: Issue, signer: LinkSigner, port: int, rate: float) -> float:
    relay = replace(RelaySettings("127.0.0.1", port, Security.NONE), connections=8, client_name="benchmark.test")
    sender = Sender(engine, issue.number, MessageBuilder(issue, signer, KEY), RunPolicy(rate=rate))
    begun = time.perf_counter()
    run = asyncio.run(sender.run(Relay(relay)))
    seconds = time.perf_counter() - begun
    if set(run.counts) - {State.ACCEPTED}:
        sys.exit(f"not everybody was accepted: {run}")
    return run.counts[State.ACCEPTED] / seconds


def _click_all(links: list[str], clients: int, clicks: Clicks) -> None:
    """Run the clients as a program of their own, so that they take no time from the sender's interpreter."""
    begun = time.perf_counter()
    words: list[str | Path] = [sys.executable, Path(__file__).with_name("clicks.py"), str(clients)]
    done = subprocess.run(words, input="\n".join(links), capture_output=True, text=True, check=True)
    clicks.took = time.perf_counter() - begun
    for line in done.stdout.splitlines():
        kind, _, what = line.partition(" ")
        clicks.seconds.append(float(what)) if kind == "200" else clicks.errors.append(line)


@dataclass
class Served:
    """The public pages, and the processor time they had taken at their end."""

    base: str
    cpu: float = 0.0


@contextmanager
def _served(folder: Path, url: str) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "DATABASE_URL": url,
        "SECRET_KEY": KEY,
        "ORGANISATION": "Us",
        "FROM": "news@example.org",
        "LIST_ID": LIST,
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    environment = {**os.environ, **{f"NEWSLETTER_{name}": value for name, value in settings.items()}}
    words = [sys.executable, "-m", "newsletter", "serve", "--port", str(port)]
    process = subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    drain = threading.Thread(target=process.stderr.read, daemon=True)
    drain.start()
    pages = Served(f"http://127.0.0.1:{port}")
    try:
        yield pages
    finally:
        process.terminate()
        _, process.returncode, used = os.wait4(process.pid, 0)
        pages.cpu = used.ru_utime + used.ru_stime
        drain.join()


def _frozen(engine: Engine, folder: Path, messages: int) -> Issue:
    upgrade(engine)
    file = folder / "news.md"
    file.write_text(f"---\ntitle: Good news\n---\n{WORDS * 20}\n")
    post = read_post(file)
    email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None))
    now = datetime.now(UTC)
    box = Mailbox("News", "news@example.org")
    head = Letterhead(box, None, None, "Us", LIST, "https://news.example.org", "0123456789abcdef")
    with writing(engine) as connection:
        rows = [
            {"address": f"p{number}@example.org", "consent": "confirmed", "joined_at": now}
            for number in range(messages)
        ]
        connection.execute(insert(subscribers), rows)
        return freeze(connection, post, email, head, now)


def _joined_since(engine: Engine, number: int) -> list[int]:
    now = datetime.now(UTC)
    rows = [{"address": f"l{each}@example.org", "consent": "confirmed", "joined_at": now} for each in range(number)]
    with writing(engine) as connection:
        connection.execute(insert(subscribers), rows)
        theirs = select(subscribers.c.id).where(subscribers.c.address.like("l%")).order_by(subscribers.c.id)
        return list(connection.scalars(theirs))


@contextmanager
def _sink(program: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *as_nobody, f"127.0.0.1:{port}", "1000"])
    try:
        for _ in range(100):
            try:
                smtplib.SMTP("127.0.0.1", port).quit()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _table(rounds: dict[bool, list[Round]], options: argparse.Namespace) -> int:
    database = "PostgreSQL" if options.postgresql else "SQLite"
    paced = f"at most {options.rate:g} a second" if options.rate else "as fast as it goes"
    print(f"{options.messages:,} messages, {paced}; {options.requests:,} unsubscribes from {options.clients} clients")
    ratios = [busy.speed / alone.speed for alone, busy in zip(rounds[False], rounds[True], strict=True)]
    alone = statistics.median(each.speed for each in rounds[False])
    print(f"{database}: the send alone {alone:,.0f} messages a second")
    print(
        f"while they leave, × alone: {statistics.median(ratios):.2f} (least {min(ratios):.2f}, most {max(ratios):.2f})"
    )
    waits = sorted(second for each in rounds[True] for second in each.clicks.seconds)
    errors = [error for each in rounds[True] for error in each.clicks.errors]
    spent = [busy.cpu - alone.cpu for alone, busy in zip(rounds[False], rounds[True], strict=True)]
    print(f"the pages took {statistics.median(spent) / options.requests * 1000:.2f} ms of processor for each")
    if waits:
        took = statistics.median(each.clicks.took for each in rounds[True])
        print(f"unsubscribes: {options.requests / took:,.0f} a second; a reader waited {waits[len(waits) // 2]:.3f} s,")
        print(f"one in a hundred {waits[len(waits) * 99 // 100]:.3f} s, the last {waits[-1]:.3f} s")
    lost = sum(each.lost for each in rounds[True])
    print(f"errors: {len(errors)} {sorted(set(errors))[:3]}; lost: {lost}")
    return 1 if errors or lost else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second; 0: as many as it can")
    parser.add_argument("--postgresql", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
