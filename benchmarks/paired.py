"""Whether a change made sending slower: this checkout and another one send in turn, to the same sink, pair by pair.

    .venv/bin/python benchmarks/paired.py ../before                 # ten pairs of 40,000 messages, both durabilities
    .venv/bin/python benchmarks/paired.py ../before --limit 0.97    # runs more pairs while the answer is not clear

The other checkout has its own .venv (`./run lint` there makes one). Each run is a process of its own, on a fresh copy
of a database that the same checkout has frozen.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from servers import smtp_sink

HERE = Path(__file__).resolve().parents[1]
MOST_PAIRS = 3
"""While the answer is not clear, at most this many times the rounds asked for are run."""


def main() -> None:
    """Measure each message length with each durability; end with 1 if a median is below the limit."""
    options = _options()
    slow = []
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as port:
        print(f"{'':<24}{'pairs':>6}{'median':>9}{'least':>8}{'most':>8}{'CPU':>8}    this checkout ÷ {options.other}")
        for kilobytes in options.kilobytes:
            cases = [_freeze(checkout, Path(folder), kilobytes, options) for checkout in (HERE, options.other)]
            for durability in options.durability:
                slow += _compare(cases, port, f"{kilobytes} KB, {durability}", durability, options)
    sys.exit(f"slower than {options.limit}: {', '.join(slow)}" if slow else 0)


def _compare(
    cases: list[tuple[Path, str]], port: int, name: str, durability: str, options: argparse.Namespace
) -> list[str]:
    """Run pair after pair, the order reversed each time; return `name` in a list if the median is too low."""
    speeds, costs = [], []
    for turn in range(options.rounds * MOST_PAIRS):
        order = cases if turn % 2 else cases[::-1]
        took = {checkout: _send(checkout, database, port, durability, options) for checkout, database in order}
        ours, theirs = took[cases[0][0]], took[cases[1][0]]
        speeds.append(ours["speed"] / theirs["speed"])
        costs.append(ours["processor"] / theirs["processor"])
        print(f"{name}: pair {turn + 1}: {speeds[-1]:.3f}, CPU {costs[-1]:.3f}", file=sys.stderr)
        if turn + 1 >= options.rounds and _is_clear(speeds, options.limit):
            break
    median = statistics.median(speeds)
    spread = f"{min(speeds):>8.3f}{max(speeds):>8.3f}{statistics.median(costs):>8.3f}"
    print(f"{name:<24}{len(speeds):>6}{median:>9.3f}{spread}", flush=True)
    return [name] if median < options.limit else []


def _is_clear(ratios: list[float], limit: float) -> bool:
    """Say whether the middle half of the ratios lies on one side of the limit."""
    low, _, high = statistics.quantiles(ratios, n=4)
    return low >= limit or high < limit


def _freeze(checkout: Path, folder: Path, kilobytes: int, options: argparse.Namespace) -> tuple[Path, str]:
    place = folder / f"{'this' if checkout == HERE else 'other'}-{kilobytes}"
    place.mkdir()
    _in(checkout, "freeze", str(place), str(options.messages), str(kilobytes * 1000))
    return checkout, f"sqlite:///{place / 'news.db'}"


def _send(checkout: Path, database: str, port: int, durability: str, options: argparse.Namespace) -> Any:
    return json.loads(_in(checkout, "send", database, str(port), durability, str(options.connections)))


def _in(checkout: Path, *words: str) -> str:
    command = [str(checkout / ".venv" / "bin" / "python"), __file__, "--in", str(checkout), *words]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def _work(checkout: str, what: str, *words: str) -> None:
    """Freeze or send with the code of `checkout`; this runs in a process of its own."""
    sys.path[:0] = [checkout, f"{checkout}/benchmarks"]
    import case
    import ours

    from newsletter.settings import Durability

    if what == "freeze":
        folder, messages, octets = words
        case.frozen(f"sqlite:///{folder}/news.db", Path(folder), int(messages), int(octets))
        return
    database, port, durability, connections = words
    with ours.copied(database) as copy:
        took = ours.send(copy, ours.settings_for(int(port), int(connections)), Durability(durability))
    print(json.dumps({"speed": took.speed, "processor": took.processor / took.messages * 1e6}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=lambda path: Path(path).resolve(), help="the checkout to compare with")
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=10, help="pairs; up to three times as many where unclear")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[10])
    parser.add_argument("--durability", nargs="+", choices=["power", "process"], default=["power", "process"])
    parser.add_argument("--limit", type=float, default=0.97, help="a median below this is a failure")
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in"]:
        _work(*sys.argv[2:])
    else:
        main()
