"""How fast a long list comes in, is divided, frozen and written out, against what sqlite3 does alone.

    .venv/bin/python benchmarks/people.py [--rows N] [--rounds N] [--database URL]

In: the number of people. Out: a table of rows a second, ratios of medians of interleaved rounds, and the peak memory
of each step. Every step is a process of its own. Everything stays in a temporary folder, or in the database
given. README.md beside this file says how to read the table.
"""

import argparse
import csv
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, func, insert, literal, select

from newsletter.compiler import CompiledEmail
from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import metadata as send_log
from newsletter.issue import Letterhead, audience_in, freeze
from newsletter.post import read_post
from newsletter.settings import Mailbox
from subscribers.export import export_csv
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.segment import parse
from subscribers.tables import Moment, subscribers, suppressions
from subscribers.tables import metadata as people

EVIDENCE = ConsentEvidence("Yes, news please", "benchmark", datetime(2026, 1, 1, tzinfo=UTC))
SEGMENT = "tag:member and not field:town=Bala"
COLUMNS = "email, first_name, last_name, language, tags, town"
AGAIN_AND_AGAIN = ("executemany alone", "executemany, unique address", "import, all new", "import, nothing new")
Figure = tuple[float, float, float]
"""Rows a second, microseconds of this process's processor time for a row, and peak memory in MB."""

ONCE = ("count a segment", "freeze everybody", "freeze a segment, some suppressed", "export")


def main() -> None:
    """Run the rounds and print the table."""
    options = _options()
    if options.step:
        _step(options.step, options.list, options.url)
        return
    with tempfile.TemporaryDirectory() as folder:
        listed = _written(Path(folder) / "people.csv", options.rows)
        url = options.database or f"sqlite:///{folder}/newsletter.db"
        figures: dict[str, list[Figure]] = {}
        for _ in range(options.rounds):
            for step in AGAIN_AND_AGAIN:
                figures.setdefault(step, []).append(_measured(step, listed, url))
        for step in ONCE:
            figures[step] = [_measured(step, listed, url)]
    _print_table(options, figures)


def _print_table(options: argparse.Namespace, figures: dict[str, list[Figure]]) -> None:
    yardstick, least, _ = _medians(figures[AGAIN_AND_AGAIN[0]])
    print(f"\n{options.rows:,} people, {options.rounds} rounds, {options.database.partition(':')[0] or 'sqlite'}")
    print(f"{'':36}{'rows/s':>11}{'× alone':>9}{'CPU µs':>9}{'× alone':>9}{'most MB':>9}")
    for step, results in figures.items():
        speed, cpu, memory = _medians(results)
        print(f"{step:36}{speed:11,.0f}{speed / yardstick:9.2f}{cpu:9.2f}{least / cpu:9.2f}{memory:9.0f}")


def _medians(results: list[Figure]) -> Figure:
    speeds, cpus, memories = zip(*results, strict=True)
    return statistics.median(speeds), statistics.median(cpus), max(memories)


def _measured(step: str, listed: Path, url: str) -> Figure:
    words = [sys.executable, __file__, "--step", step, "--list", str(listed), "--url", url]
    ran = subprocess.run(words, check=True, capture_output=True, text=True)
    speed, cpu, memory = json.loads(ran.stdout.splitlines()[-1])
    return speed, cpu, memory


def _step(step: str, listed: Path, url: str) -> None:
    if step.startswith("executemany"):
        rows, seconds, busy = _bare(listed, unique="unique" in step)
    else:
        engine = _fresh(url) if step == "import, all new" else open_database(url)
        begun, before = time.perf_counter(), time.process_time()
        rows = _STEPS[step](engine, listed)
        seconds, busy = time.perf_counter() - begun, time.process_time() - before
        engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([rows / seconds, busy / rows * 1e6, peak]))


def _bare(listed: Path, unique: bool) -> tuple[int, float, float]:
    """Put the cells of the list into a table unchanged; reading the file is not counted."""
    with listed.open(encoding="utf-8", newline="") as file:
        rows = [*csv.reader(file)][1:]
    database = listed.with_suffix(".bare")
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"CREATE TABLE people (id INTEGER PRIMARY KEY, {COLUMNS}{', UNIQUE (email)' if unique else ''})")
    begun, before = time.perf_counter(), time.process_time()
    connection.executemany(f"INSERT INTO people ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    seconds, busy = time.perf_counter() - begun, time.process_time() - before
    connection.close()
    database.unlink()
    return len(rows), seconds, busy


def _fresh(url: str) -> Engine:
    if url.startswith("sqlite:///"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("newsletter.db*"):
            file.unlink()
    engine = open_database(url)
    upgrade(engine)
    with writing(engine) as connection:
        for table in [*reversed(send_log.sorted_tables), *reversed(people.sorted_tables)]:
            connection.execute(table.delete())
    return engine


def _import(engine: Engine, listed: Path) -> int:
    with listed.open("rb") as file:
        report = import_subscribers(partial(writing, engine), file, EVIDENCE)
    assert report.added + report.unchanged == report.rows, report
    return report.rows


def _count(engine: Engine, listed: Path) -> int:
    with reading(engine) as connection:
        audience = audience_in(connection, parse(SEGMENT), EVIDENCE.at).recipients().subquery()
        found = connection.execute(select(func.count()).select_from(audience)).scalar_one()
        assert found > 0
        return int(connection.execute(select(func.count()).select_from(subscribers)).scalar_one())


def _freeze(engine: Engine, listed: Path, segment: str = "") -> int:
    post = listed.with_name("news.md")
    post.write_text(f"---\ntitle: Good news{segment[:3]}\n---\nYes.\n")
    box = Mailbox("News", "news@example.org")
    head = Letterhead(box, None, None, "Us", "news.example.org", "https://news.example.org", "0123456789abcdef")
    email = CompiledEmail("Good news", "", "<p>Yes.</p>", "Yes.", "en", ())
    with writing(engine) as connection:
        tree = parse(segment) if segment else None
        return freeze(connection, read_post(post), email, head, EVIDENCE.at, tree).candidates


def _freeze_some(engine: Engine, listed: Path) -> int:
    with writing(engine) as connection:
        row = select(subscribers.c.address, literal("bounced"), literal(""), literal(EVIDENCE.at, Moment()))
        chosen = row.where(subscribers.c.id % 100 == 0)
        names = ["address", "reason", "detail", "at"]
        connection.execute(insert(suppressions).from_select(names, chosen))
    _freeze(engine, listed, SEGMENT)
    # The rate counts all rows, because the freeze reads all of them, whichever it selects.
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(subscribers)).scalar_one())


def _export(engine: Engine, listed: Path) -> int:
    with reading(engine) as connection, listed.with_name("out.csv").open("w", encoding="utf-8", newline="") as out:
        return export_csv(connection, out)


_STEPS: dict[str, Callable[[Engine, Path], int]] = {
    "import, all new": _import,
    "import, nothing new": _import,
    "count a segment": _count,
    "freeze everybody": _freeze,
    "freeze a segment, some suppressed": _freeze_some,
    "export": _export,
}


def _written(path: Path, rows: int) -> Path:
    """Write a realistic list: in no order, with letters beyond ASCII."""
    chance = random.Random(4)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,first_name,last_name,language,tags,town\n")
        for number in range(rows):
            name = chance.choice(["Siân", "Ada", "Ben", "Megan", "Rhys", "Zoë", "Owen", "Gwŷn"])
            address = f"{chance.randrange(36**4):x}.{number}@{chance.choice(['example.org', 'members.test'])}"
            tags, town = chance.choice(["member", "member;north", ""]), chance.choice(["Bala", "Rhyl", ""])
            file.write(f"{address},{name},Llywelyn,{chance.choice(['cy', 'en'])},{tags},{town}\n")
    return path


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="", help="Of SQLAlchemy; empty: a SQLite file. What it holds is removed.")
    parser.add_argument("--step", default="", help=argparse.SUPPRESS)
    parser.add_argument("--list", type=Path, default=Path(), help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
