"""Whether a change made importing slower or larger: this checkout and another one import the same lists in turn.

    .venv/bin/python benchmarks/paired_import.py ../before                      # three pairs of a million people
    .venv/bin/python benchmarks/paired_import.py ../before --rows 200000 --rounds 5

The other checkout has its own .venv (`./run lint` there makes one). Each import runs the command `newsletter
subscribers import` in a process and a folder of its own, and then again with the same list, in which nothing is new.
It measures the processor time of the process, user and system, and its peak memory.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parents[1]
ENVIRONMENT = """\
NEWSLETTER_SECRET_KEY=4c2f7d0e91ab35c86b1d5e8f702a94cd
NEWSLETTER_FROM=News <news@example.org>
NEWSLETTER_SMTP_HOST=localhost
"""
STEPS = ("all new", "nothing new")
KINDS = {
    "plain": "email,first_name,last_name,town",
    "consent": "email,first_name,last_name,language,consent,tags",
}
COMMAND = """
import resource, sys
sys.path.insert(0, sys.argv.pop(1))
from newsletter.cli import main
code = 0
try:
    main()
except SystemExit as ended:
    code = ended.code
used = resource.getrusage(resource.RUSAGE_SELF)
most = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(used.ru_utime + used.ru_stime, int(most) / 1024, file=sys.stderr)
sys.exit(code)
"""
"""Run the command line, and print last what it took. Memory is not from getrusage, which counts the parent's too."""


class Took(NamedTuple):
    """What an import took: seconds of processor time, and peak memory in MB."""

    processor: float
    memory: float


def main() -> None:
    """Measure each kind of list; end with 1 if a median is above the limit."""
    options = _options()
    over = []
    print(f"{'':<22}{'pairs':>6}{'CPU':>8}{'least':>8}{'most':>8}{'memory':>8}    this checkout ÷ {options.other}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.kinds:
            listed = _written(Path(folder) / f"{kind}.csv", options.rows, KINDS[kind])
            pairs = [_pair(turn, listed, options.other) for turn in range(options.rounds)]
            for at, step in enumerate(STEPS):
                name = f"{kind}, {step}"
                over += _compare(name, [(ours[at], theirs[at]) for ours, theirs in pairs], options.limit)
    sys.exit(f"more than {options.limit}: {', '.join(over)}" if over else 0)


def _compare(name: str, pairs: list[tuple[Took, Took]], limit: float) -> list[str]:
    costs = [ours.processor / theirs.processor for ours, theirs in pairs]
    cost = statistics.median(costs)
    memory = statistics.median(ours.memory / theirs.memory for ours, theirs in pairs)
    ours, theirs = ([statistics.median(each) for each in zip(*side, strict=True)] for side in zip(*pairs, strict=True))
    figures = f"{cost:>8.3f}{min(costs):>8.3f}{max(costs):>8.3f}{memory:>8.3f}"
    absolute = f"{ours[0]:.2f} s ÷ {theirs[0]:.2f} s, {ours[1]:.0f} MB ÷ {theirs[1]:.0f} MB"
    print(f"{name:<22}{len(pairs):>6}{figures}    {absolute}", flush=True)
    return [name] if max(cost, memory) > limit else []


def _pair(turn: int, listed: Path, other: Path) -> tuple[list[Took], list[Took]]:
    """Import with both checkouts; each turn swaps which one is first."""
    took = {checkout: _imported(checkout, listed) for checkout in ((HERE, other) if turn % 2 else (other, HERE))}
    return took[HERE], took[other]


def _imported(checkout: Path, listed: Path) -> list[Took]:
    with tempfile.TemporaryDirectory() as folder:
        _made(checkout, folder)
        return [_measured(checkout, listed, folder) for _ in STEPS]


def _made(checkout: Path, folder: str) -> None:
    """Make an empty list with the code of `checkout`."""
    Path(folder, ".env").write_text(ENVIRONMENT)
    python = str(checkout / ".venv" / "bin" / "python")
    upgrade = (
        "import sys; sys.path.insert(0, sys.argv[1]); from newsletter.database.engine import open_database, upgrade"
    )
    words = [python, "-c", f"{upgrade}; upgrade(open_database('sqlite:///newsletter.db'))", str(checkout)]
    subprocess.run(words, cwd=folder, check=True)


def _measured(checkout: Path, listed: Path, folder: str) -> Took:
    python = str(checkout / ".venv" / "bin" / "python")
    words = ["subscribers", "import", str(listed), "--consent", "Yes, news please", "--json"]
    ran = subprocess.run([python, "-c", COMMAND, str(checkout), *words], cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    report = json.loads(ran.stdout)
    assert report["added"] + report["unchanged"] == report["rows"], report
    processor, memory = map(float, ran.stderr.splitlines()[-1].split())
    return Took(processor, memory)


def _written(path: Path, rows: int, columns: str) -> Path:
    """Write a realistic list: in no order, with letters beyond ASCII."""
    chance = random.Random(7)
    cells = {
        "first_name": ["Siân", "Ada", "Ben", "Megan", "Rhys", "Zoë", "Owen", "Gwŷn"],
        "last_name": ["Llywelyn", "Jones", "Price", "O'Neill"],
        "language": ["cy", "en"],
        "town": ["Bala", "Rhyl", ""],
        "consent": ["confirmed"],
        "tags": ["member", "member;north", ""],
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{columns}\n")
        for number in chance.sample(range(rows), rows):
            address = f"{chance.randrange(36**4):x}.{number}@{chance.choice(['example.org', 'members.test'])}"
            others = (chance.choice(cells[name]) for name in columns.split(",")[1:])
            file.write(",".join([address, *others]) + "\n")
    return path


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=lambda path: Path(path).resolve(), help="the checkout to compare with")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="pairs")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--limit", type=float, default=1.0, help="a median above this is a failure")
    return parser.parse_args()


if __name__ == "__main__":
    main()
