"""Speed: ratios of medians against Postfix's own load generator, from rounds in which all senders take turns."""

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

import rivals
from case import Case, frozen
from ours import Took, copied, send, settings_for
from servers import smtp_sink

from newsletter.settings import Durability

SHARES = {"smtplib": 20, "nodemailer": 4}
"""Slow rivals send only one of this many messages."""
AT_LEAST = {
    10: {"full contract": (0.5, "smtp-source"), "process durability": (1.3, "smtp-source")},
    50: {"full contract": (0.8, "smtp-source"), "process durability": (1.1, "smtp-source")},
}
ALWAYS = [
    ("full contract", 20, "smtplib"),
    ("process durability", 5, "nodemailer"),
    ("full contract", 4, "nodemailer"),
]


def measure(options: argparse.Namespace, folder: Path) -> list[str]:
    """Print a table for each length of message; return the targets that were missed."""
    missed: list[str] = []
    there = rivals.install_nodemailer(folder)
    if not there:
        print("nodemailer is left out: it takes node, npm and a registry that npm can reach.")
    with smtp_sink() as port:
        for kilobytes in options.kilobytes:
            case = frozen(f"sqlite:///{folder / f'{kilobytes}.db'}", folder, options.messages, kilobytes * 1024)
            medians = _table(case, options, _runs(case, options, port, folder if there else None))
            missed += _missed(kilobytes, medians)
    return missed


def _runs(
    case: Case, options: argparse.Namespace, port: int, node: Path | None
) -> dict[str, Callable[[], float | Took]]:
    def ours(durability: Durability) -> Took:
        with copied(case.database) as database:
            return send(database, settings_for(port, options.connections), durability)

    share = {name: max(options.messages // each, 1) for name, each in SHARES.items()}
    runs: dict[str, Callable[[], float | Took]] = {
        "smtp-source": lambda: rivals.smtp_source(port, case, options.messages),
        "full contract": lambda: ours(Durability.POWER),
        "process durability": lambda: ours(Durability.PROCESS),
        "smtplib": lambda: rivals.smtplib_loop(port, case, share["smtplib"]),
    }
    if node:
        runs["nodemailer"] = lambda: rivals.nodemailer(node, port, case, share["nodemailer"])
    return runs


def _table(case: Case, options: argparse.Namespace, runs: dict[str, Callable[[], float | Took]]) -> dict[str, float]:
    figures: dict[str, list[float]] = {name: [] for name in runs}
    processor: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            took = run()
            figures[name].append(took.speed if isinstance(took, Took) else took)
            if isinstance(took, Took):
                processor[name].append(took.processor / took.messages * 1e6)
    medians = {name: statistics.median(speeds) for name, speeds in figures.items()}
    yardstick = medians["smtp-source"]
    print(f"\n{len(case.message):,} octets a message, {options.messages:,} messages, {options.rounds} rounds, ", end="")
    print(f"{options.connections} connections of ours")
    print(f"{'':24}{'msg/s':>9}{'× source':>10}{'least':>8}{'most':>8}{'CPU µs':>8}")
    for name, speeds in figures.items():
        ratios = f"{medians[name] / yardstick:10.2f}{min(speeds) / yardstick:8.2f}{max(speeds) / yardstick:8.2f}"
        cost = f"{statistics.median(processor[name]):8.0f}" if processor[name] else ""
        print(f"{name:24}{medians[name]:9,.0f}{ratios}{cost}", flush=True)
    return medians


def _missed(kilobytes: int, medians: dict[str, float]) -> list[str]:
    aims = [(name, least, against) for name, (least, against) in AT_LEAST.get(kilobytes, {}).items()]
    return [
        f"{kilobytes} KB: {name} is {medians[name] / medians[against]:.2f} × {against}, not {least}"
        for name, least, against in [*aims, *ALWAYS]
        if against in medians and medians[name] < least * medians[against]
    ]
