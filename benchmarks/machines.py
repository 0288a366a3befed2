"""How the rate grows with workers, what an idle one costs, and how soon a killed one is settled.

    .venv/bin/python benchmarks/machines.py [--people 400] [--workers 1 2 4 8]

On a PostgreSQL of its own, to a relay of the tests that takes 200 ms for each answer, so that the processor is not what
is measured. Only ratios within one run mean something.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, text

from newsletter.database.engine import open_database, reading, writing
from newsletter.database.tables import deliveries, senders, workers
from newsletter.demo import postgresql
from newsletter.send_log import workers as crew
from subscribers.imports import ConsentEvidence, import_subscribers

ROOT = Path(__file__).parents[1]
EACH, SLICE, ANSWER = 4, 100, 0.2
"""Connections of each worker, people in a slice, seconds for an answer of the relay."""
AIMS = {2: 1.9, 4: 3.6, 8: 6.8}
"""The least rate of so many workers, as a multiple of one."""
IDLE_SECONDS, MOST_IDLE, MOST_MEGABYTES, MOST_SETTLED = 10.0, 0.01, 60, 5.0


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=400, help="for each worker")
    asked.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    given = asked.parse_args()
    missed: list[str] = []
    rates: dict[int, float] = {}
    for number in given.workers:
        with _trial(number) as (folder, engine, environment):
            rates[number] = _rate(folder, engine, environment, number, given.people * number)
        times = rates[number] / rates[given.workers[0]]
        print(f"{number} workers  {rates[number]:6.1f} a second  {times:.2f} × the first")
        if given.workers[0] == 1 and times < AIMS.get(number, 0):
            missed.append(f"{number} workers: {times:.2f} × one, aimed at {AIMS[number]}")
    with _trial(2) as (folder, engine, environment):
        missed += _costs(folder, engine, environment, given.people * 2)
    print("missed: " + "; ".join(missed) if missed else "all aims met")


@contextmanager
def _trial(number: int) -> Iterator[tuple[Path, Engine, dict[str, str]]]:
    """Have a folder, a database and a relay until the block ends."""
    with tempfile.TemporaryDirectory() as place, postgresql.running() as url:
        folder = Path(place)
        relay = subprocess.Popen(
            [sys.executable, "-c", _RELAY, str(folder / "journal"), json.dumps({"delay": ANSWER})],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert relay.stdout is not None
        # Where machines share the connections, the setting means all of them together.
        shared = find_spec("newsletter.fleet.shared_throttle") is not None
        settings = {
            "ORGANISATION": "Us",
            "POSTAL_ADDRESS": "1 Example Street",
            "FROM": "news@example.org",
            "SECRET_KEY": "a key for the benchmark, of no use anywhere else",
            "DATABASE_URL": url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": relay.stdout.readline().strip(),
            "SMTP_SECURITY": "none",
            "SMTP_CONNECTIONS": str(EACH * number if shared else EACH),
            "SLICE": str(SLICE),
        }
        environment = {**os.environ, **{f"NEWSLETTER_{name}": value for name, value in settings.items()}}
        (folder / "post.md").write_text("---\ntitle: News\n---\nThe bus stays.\n")
        _call(folder, environment, "db", "upgrade")
        engine = open_database(url)
        try:
            yield folder, engine, environment
        finally:
            engine.dispose()
            relay.terminate()
            relay.wait()


def _rate(folder: Path, engine: Engine, environment: dict[str, str], number: int, people: int) -> float:
    with _at_work(folder, engine, environment, number):
        _send(folder, engine, environment, people)
        with reading(engine) as connection:
            first = connection.execute(select(func.min(senders.c.since))).scalar_one()
            last = connection.execute(select(func.max(deliveries.c.at))).scalar_one()
    return people / float((last - first).total_seconds())


def _costs(folder: Path, engine: Engine, environment: dict[str, str], people: int) -> list[str]:
    missed: list[str] = []
    with _at_work(folder, engine, environment, 2) as (one, other):
        time.sleep(3)
        before = _processor(one.pid)
        time.sleep(IDLE_SECONDS)
        idle, megabytes = (_processor(one.pid) - before) / IDLE_SECONDS, _megabytes(one.pid)
        with reading(engine) as connection:
            held = connection.execute(_CONNECTIONS).scalar_one() / 2
        print(f"idle  {idle:.2%} of a core, {megabytes:.0f} MB, {held:.1f} connections")
        missed += [f"idle: {idle:.2%} of a core, aimed at {MOST_IDLE:.0%}"] if idle > MOST_IDLE else []
        missed += [f"idle: {megabytes:.0f} MB, aimed at {MOST_MEGABYTES}"] if megabytes > MOST_MEGABYTES else []
        _add(engine, people)
        sending = subprocess.Popen(_command("send", "post.md", "--yes"), cwd=folder, env=environment, **_SILENT)
        while not _is_true(engine, select(func.count(deliveries.c.at) > 10)):
            time.sleep(0.05)
        os.kill(other.pid, signal.SIGKILL)
        began = time.monotonic()
        while not _is_true(engine, select(func.count() > 0).where(workers.c.why == "died")):
            time.sleep(0.02)
        settled = time.monotonic() - began
        print(f"settled {settled:.1f} s after a kill")
        missed += [f"settled {settled:.1f} s after a kill, aimed at {MOST_SETTLED}"] if settled > MOST_SETTLED else []
        sending.wait()
    return missed


@contextmanager
def _at_work(
    folder: Path, engine: Engine, environment: dict[str, str], number: int
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    started = [
        subprocess.Popen(_command("worker"), cwd=folder, env=environment, stderr=subprocess.DEVNULL)
        for _ in range(number)
    ]
    try:
        while True:
            with reading(engine) as connection:
                if crew.alive(connection) == number:
                    break
            time.sleep(0.2)
        yield started
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait()


def _send(folder: Path, engine: Engine, environment: dict[str, str], people: int) -> None:
    _add(engine, people)
    _call(folder, environment, "send", "post.md", "--yes")


def _add(engine: Engine, people: int) -> None:
    sheet = "\n".join(["email", *(f"person{number:06}@example.org" for number in range(people))])
    evidence = ConsentEvidence("yes", "a benchmark", datetime.now(UTC))
    import_subscribers(lambda: writing(engine), BytesIO(f"{sheet}\n".encode()), evidence)


def _call(folder: Path, environment: dict[str, str], *words: str) -> None:
    subprocess.run(_command(*words), cwd=folder, env=environment, check=True, capture_output=True)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "newsletter", *words]


def _is_true(engine: Engine, question: object) -> bool:
    with reading(engine) as connection:
        return bool(connection.execute(question).scalar())  # type: ignore[call-overload]


def _processor(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


_SILENT: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
_RELAY = "from tests.faults.faulty_relay import main; main()"
_CONNECTIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)

if __name__ == "__main__":
    main()
