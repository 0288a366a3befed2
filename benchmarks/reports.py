"""How long reports take: 100,000 people and 50 issues, on SQLite. At most 2 seconds are aimed at.

.venv/bin/python benchmarks/reports.py [--people 100000] [--issues 50] [--rounds 20]
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from report_world import WorldSize, make_world
from sqlalchemy import Connection, Engine

from newsletter.database.engine import open_database, reading, upgrade
from newsletter.languages import speak
from newsletter.reports import composing
from newsletter.reports.composing import ReportOptions
from newsletter.theme import template_folders

AIM = 2.0


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=100_000)
    words.add_argument("--issues", type=int, default=50)
    words.add_argument("--rounds", type=int, default=20)
    wanted = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'world.db'}")
        upgrade(engine)
        make_world(engine, WorldSize(wanted.people, wanted.issues))
        measure(engine, wanted.rounds)
        engine.dispose()


def measure(engine: Engine, rounds: int) -> None:
    how = ReportOptions(speak(template_folders(None), "en"), datetime.now(UTC), outside=True)
    reports: dict[str, Callable[[Connection], object]] = {
        "one issue": lambda connection: composing.of_issue(connection, None, how),
        "the list": lambda connection: composing.of_list(connection, how),
        "all issues": lambda connection: composing.of_issues(connection, how),
        "three compared": lambda connection: composing.of_issues(connection, how, [3, 4, 5]),
        "for a board": lambda connection: composing.for_board(connection, how),
    }
    for name, report in reports.items():
        took, worked = [], []
        for _ in range(rounds):
            began, before = time.perf_counter(), time.process_time()
            with reading(engine) as connection:
                report(connection)
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - before)
        missed = "" if median(took) <= AIM else f"   more than {AIM:.0f} s"
        print(f"{name:<16} {median(took):6.2f} s   {median(worked):6.2f} s of processor{missed}", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory: {most:.0f} MB, with the making of the world")


if __name__ == "__main__":
    main()
