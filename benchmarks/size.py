"""Size: memory and processor time for lists of different lengths, each sent by a process of its own."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import ours
from case import frozen
from servers import smtp_sink

MOST_MEGABYTES, MOST_APART, MOST_TIMES, LEAST_FROZEN = 120, 20, 1.15, 250_000


def measure(options: argparse.Namespace, folder: Path) -> list[str]:
    """Print a line for each length of list; return the targets that were missed."""
    print(
        f"\n{'recipients':>12}{'frozen a second':>18}{'msg/s':>10}{'CPU µs':>8}{'MB':>6}    (10 KB, process durability)"
    )
    found: list[dict[str, float]] = []
    with smtp_sink() as port:
        for recipients in options.recipients:
            database = folder / f"size-{recipients}.db"
            case = frozen(f"sqlite:///{database}", folder, recipients, 10 * 1024)
            said = subprocess.run(
                [sys.executable, ours.__file__, case.database, str(port)], check=True, stdout=subprocess.PIPE, text=True
            )
            figures = {**json.loads(said.stdout), "frozen": recipients / case.seconds_to_freeze}
            found.append(figures)
            print(f"{recipients:12,}{figures['frozen']:18,.0f}{figures['speed']:10,.0f}", end="")
            print(f"{figures['processor']:8.0f}{figures['memory']:6.0f}", flush=True)
            for left in folder.glob(f"{database.name}*"):
                left.unlink()
    return _missed(found)


def _missed(found: list[dict[str, float]]) -> list[str]:
    memory = [figures["memory"] for figures in found]
    times = found[-1]["processor"] / found[0]["processor"]
    aims = [
        (max(memory) <= MOST_MEGABYTES, f"{max(memory):.0f} MB, not {MOST_MEGABYTES}"),
        (max(memory) - min(memory) <= MOST_APART, f"memory {max(memory) - min(memory):.0f} MB apart, not {MOST_APART}"),
        (times <= MOST_TIMES, f"a message costs {times:.2f} × as much on the longest list, not {MOST_TIMES}"),
        (found[-1]["frozen"] >= LEAST_FROZEN, f"{found[-1]['frozen']:,.0f} frozen a second, not {LEAST_FROZEN:,}"),
    ]
    return [words for met, words in aims if not met]
