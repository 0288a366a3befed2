"""How fast an issue leaves: tables of ratios, and at the end what was aimed at and missed.

    .venv/bin/python benchmarks/send.py [--only speed distance size databases] [--messages N] [--rounds N] …

Everything stays on this machine and in a temporary folder; only nodemailer, one of the rivals, is fetched by npm.
README.md beside this file says how to read the tables.
"""

import argparse
import tempfile
from pathlib import Path

import databases
import distance
import size
import speed

PARTS = {"speed": speed.measure, "distance": distance.measure, "size": size.measure, "databases": databases.measure}


def main() -> None:
    """Measure each part in turn."""
    options = _options()
    missed: list[str] = []
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            missed += PARTS[name](options, Path(folder))
    print("\nmissed:", *missed or ["nothing"], sep="\n  ")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--round-trips", type=int, nargs="+", default=[20, 50, 100], help="milliseconds")
    parser.add_argument("--recipients", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    return parser.parse_args()


if __name__ == "__main__":
    main()
