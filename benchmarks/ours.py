"""The sender as `newsletter send` uses it, on a copy of a frozen database: seconds, and processor time.

python benchmarks/ours.py DATABASE PORT        as a process of its own, so that its memory can be measured; prints JSON
"""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from case import KEY

from newsletter.database.engine import open_database, reading
from newsletter.database.tables import State
from newsletter.delivery import RunPolicy, Sender
from newsletter.issue import newest_issue
from newsletter.message import MessageBuilder
from newsletter.settings import Durability, Security
from newsletter.transport.relay import Relay, RelaySettings
from subscribers.tokens import LinkSigner


@dataclass(frozen=True)
class Took:
    """What a send cost."""

    messages: int
    seconds: float
    processor: float
    """Seconds of this process's own processor time."""

    @property
    def speed(self) -> float:
        return self.messages / self.seconds


def settings_for(port: int, connections: int, window: int = 1) -> RelaySettings:
    """Return the settings for the relay on this machine."""
    plain = RelaySettings("127.0.0.1", port, Security.NONE, client_name="benchmark.test")
    return replace(plain, connections=connections, window=window)


def send(database: str, relay: RelaySettings, durability: Durability) -> Took:
    """Send the one issue of `database`; end the program unless the relay accepted all messages."""
    engine = open_database(database, durability)
    with reading(engine) as connection:
        issue = newest_issue(connection)
    assert issue is not None
    builder = MessageBuilder(issue, LinkSigner([KEY], issue.letterhead.list_id), KEY)
    sender = Sender(engine, issue.number, builder, RunPolicy())
    begun, processor = time.perf_counter(), time.process_time()
    run = asyncio.run(sender.run(Relay(relay)))
    took = Took(issue.frozen, time.perf_counter() - begun, time.process_time() - processor)
    engine.dispose()
    if run.counts != {State.ACCEPTED: issue.frozen}:
        sys.exit(f"not everybody was accepted: {run}")
    return took


def most_memory() -> float:
    """Return the peak memory of this process in megabytes, without that of the process it was forked from."""
    # Not from getrusage, which starts from the parent's memory.
    said = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(said["VmHWM"].split()[0]) / 1024


@contextmanager
def copied(database: str) -> Iterator[str]:
    """Yield the URL of a copy of a SQLite database; remove the copy at the end."""
    source = Path(database.removeprefix("sqlite:///"))
    copy = Path(shutil.copy(source, source.with_suffix(".run")))
    try:
        yield f"sqlite:///{copy}"
    finally:
        for left in copy.parent.glob(f"{copy.name}*"):
            left.unlink()


if __name__ == "__main__":
    cost = send(sys.argv[1], settings_for(int(sys.argv[2]), 32), Durability.PROCESS)
    used = {"speed": cost.speed, "processor": cost.processor / cost.messages * 1e6, "memory": most_memory()}
    print(json.dumps(used))
