"""Distance: messages per round trip and connection, over a line with a delay.

Our messages are counted from the first answer in the log to the last: the steady state. The length of a round trip is
measured with many NOOPs over the same line, because no line has exactly the delay that was asked for.
"""

import argparse
from pathlib import Path

import rivals
from case import frozen
from ours import copied, send, settings_for
from servers import own, round_trip, smtp_sink
from sqlalchemy import func, select

from newsletter.database.engine import open_database, reading
from newsletter.database.tables import deliveries
from newsletter.settings import Durability

ROUND_TRIPS = 200
"""The number of round trips that are measured."""
WINDOW = 8
AT_LEAST = {1: 0.9, WINDOW: 6.0}


def measure(options: argparse.Namespace, folder: Path) -> list[str]:
    """Print a line for each distance; return the targets that were missed."""
    missed: list[str] = []
    print(f"\nmessages per round trip and connection, one connection, {options.kilobytes[0]} KB a message")
    print(f"{'round trip':>12}{'smtp-source -d':>18}{'PIPELINING':>14}{f'CHUNKING, window {WINDOW}':>24}")
    cases = {
        window: frozen(f"sqlite:///{folder}/far-{window}.db", folder, ROUND_TRIPS * window, options.kilobytes[0] * 1024)
        for window in AT_LEAST
    }
    with own("sink") as sink, smtp_sink() as yardstick:
        for milliseconds in options.round_trips:
            with own("proxy", str(yardstick), str(milliseconds)) as line:
                theirs = rivals.smtp_source(line, cases[1], ROUND_TRIPS // 4, 1) * round_trip(line)
            found: dict[int, float] = {}
            with own("proxy", str(sink), str(milliseconds)) as line:
                seconds = round_trip(line)
                for window, case in cases.items():
                    with copied(case.database) as database:
                        send(database, settings_for(line, 1, window), Durability.POWER)
                        found[window] = (ROUND_TRIPS - 1) * window * seconds / _seconds_of_answers(database)
            print(f"{milliseconds:9} ms{theirs:18.2f}{found[1]:14.2f}{found[WINDOW]:24.2f}", flush=True)
            missed += [
                f"{milliseconds} ms, window {window}: {found[window]:.2f} a round trip, not {least}"
                for window, least in AT_LEAST.items()
                if found[window] < least
            ]
    return missed


def _seconds_of_answers(database: str) -> float:
    with reading(open_database(database)) as connection:
        first, last = connection.execute(select(func.min(deliveries.c.at), func.max(deliveries.c.at))).one()
    return float((last - first).total_seconds())
