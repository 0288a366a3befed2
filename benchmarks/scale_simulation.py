"""Many machines, simulated: workers, relays and the commits of one PostgreSQL, from one worker to 100 million a day.

    .venv/bin/python benchmarks/scale_simulation.py            # the check, the plan, partitions and slices
    .venv/bin/python benchmarks/scale_simulation.py --measured 4:3.7 8:7.1   # against your own ratios to one worker

It models what decides the rate, and nothing else. Each connection of a worker does the same for every message: wait for
its worker's processor, build; wait for the group of its worker to be committed; send the dot, wait for the relay. A
worker has one commit under way at a time, as newsletter.delivery.journal has; what gathers meanwhile is the next group.
PostgreSQL spends processor time for each row and each commit; commits that wait for the disk at the same time share one
flush. A relay takes so many messages a second and answers after so long.

It is deterministic: the jitter of answers comes from a seeded generator. What it assumes stands in `Site`; its figures
per row were measured (docs/scale.md says how), those of the machines in the plan are assumptions.
"""

import argparse
import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

DAY = 100_000_000
KILOBYTES_OF_LOG = 2.0
"""What PostgreSQL writes ahead for one recipient: claim, dot, result."""
KILOBYTES_OF_MAIL = 50.0


@dataclass(frozen=True)
class Site:
    """The machines of one organisation; times in seconds."""

    workers: int
    connections: int = 4
    """Of each worker."""
    relays: int = 1
    relay_rate: float = 1e9
    """Messages a second that one relay can take."""
    answer: float = 0.2
    """From the dot to the relay's answer, with the commands of the next message in between."""
    jitter: float = 0.05
    """How much an answer may vary, as a part of it."""
    worker_cpu: float = 0.0012
    """Of a worker's own core, for a message: build, conversation, log."""
    row_cpu: float = 0.00025
    """Of PostgreSQL, for a message: claim, dot and result, vacuum not counted."""
    commit_cpu: float = 0.0003
    """Of PostgreSQL, for a commit, besides its rows."""
    cores: int = 16
    """Of PostgreSQL."""
    flush: float = 0.002
    """From a commit's wish to the disk's answer; on one synchronous standby, a round trip more."""


@dataclass(frozen=True)
class Outcome:
    """What came of it, in the steady state."""

    rate: float
    """Messages a second."""
    group: float
    """Messages in a commit."""
    database: float
    """Cores of PostgreSQL that were busy."""
    flushes: float
    """Flushes a second."""


class Servers:
    """So many servers and one queue: a processor's cores, a disk, a relay."""

    def __init__(self, number: int) -> None:
        self._free = [0.0] * number
        self.busy = 0.0

    def done_at(self, now: float, lasts: float) -> float:
        """Serve one more that comes at `now`; say when it is done."""
        begins = max(now, heapq.heappop(self._free))
        heapq.heappush(self._free, begins + lasts)
        self.busy += lasts
        return begins + lasts


class Simulation:
    """The events of one site, in the order of their times."""

    def __init__(self, site: Site, seed: int = 1) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._number = 0
        self._database = Servers(site.cores)
        self._relays = [Servers(1) for _ in range(site.relays)]
        self._waiting_for_flush: list[Callable[[float], None]] = []
        self._flushing = False
        self.answered = self.commits = self.in_commits = self.flushes = 0
        for number in range(site.workers):
            Worker(self, site, self._relays[number % site.relays], self._chance)

    def run(self, seconds: float, warm: float) -> Outcome:
        """Simulate `warm` seconds that do not count, and then `seconds` that do."""
        self._until(warm)
        before = self.answered, self.commits, self.in_commits, self._database.busy, self.flushes
        self._until(warm + seconds)
        after = self.answered, self.commits, self.in_commits, self._database.busy, self.flushes
        answered, commits, rows, busy, flushes = (b - a for a, b in zip(before, after, strict=True))
        return Outcome(answered / seconds, rows / max(commits, 1), busy / seconds, flushes / seconds)

    def at(self, moment: float, what: Callable[[float], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, what))

    def commit(self, now: float, rows: int, then: Callable[[float], None]) -> None:
        """Write so many messages, and call `then` when they are on the disk."""
        self.commits += 1
        self.in_commits += rows
        lasts = self._site.commit_cpu + rows * self._site.row_cpu
        self.at(self._database.done_at(now, lasts), lambda moment: self._flush(moment, then))

    def _flush(self, now: float, then: Callable[[float], None]) -> None:
        self._waiting_for_flush.append(then)
        if not self._flushing:
            self._begin_flush(now)

    def _begin_flush(self, now: float) -> None:
        together, self._waiting_for_flush = self._waiting_for_flush, []
        self._flushing = True
        self.flushes += 1

        def flushed(moment: float) -> None:
            self._flushing = False
            for each in together:
                each(moment)
            if self._waiting_for_flush and not self._flushing:
                self._begin_flush(moment)

        self.at(now + self._site.flush, flushed)

    def _until(self, end: float) -> None:
        while self._events and self._events[0][0] < end:
            moment, _, what = heapq.heappop(self._events)
            what(moment)


class Worker:
    """One process: a core of its own, connections, and one commit under way at a time."""

    def __init__(self, all_: Simulation, site: Site, relay: Servers, chance: random.Random) -> None:
        self._all, self._site, self._relay, self._chance = all_, site, relay, chance
        self._core = Servers(1)
        self._dots: deque[None] = deque()
        self._committing = False
        for _ in range(site.connections):
            all_.at(chance.random() * site.answer, self._begin)

    def _begin(self, now: float) -> None:
        self._all.at(self._core.done_at(now, self._site.worker_cpu), self._wants_to_dot)

    def _wants_to_dot(self, now: float) -> None:
        self._dots.append(None)
        if not self._committing:
            self._commit(now)

    def _commit(self, now: float) -> None:
        group = len(self._dots)
        self._dots.clear()
        self._committing = True

        def durable(moment: float) -> None:
            self._committing = False
            for _ in range(group):
                taken = self._relay.done_at(moment, 1.0 / self._site.relay_rate)
                varies = 1.0 + self._site.jitter * (2.0 * self._chance.random() - 1.0)
                self._all.at(taken + self._site.answer * varies, self._answered)
            if self._dots:
                self._commit(moment)

        self._all.commit(now, group, durable)

    def _answered(self, now: float) -> None:
        self._all.answered += 1
        self._begin(now)


def simulated(site: Site, seconds: float = 20.0, seed: int = 1) -> Outcome:
    """Simulate a site until it is steady, then for so many seconds."""
    return Simulation(site, seed).run(seconds, warm=3.0 * site.answer + 1.0)


PROTOTYPE = Site(1, answer=1.0, jitter=0.0, cores=2, flush=0.06)
"""The measured runs: 4 connections each to a sink that answers after a second, on a full machine of two cores, where a
commit took 27 to 100 ms."""
MEASURED = {1: 3.5, 2: 7.5, 4: 15.7, 8: 29.8}
"""Messages a second of so many workers there."""
NEAR = 0.15
"""The simulation may be so far from what was measured."""


def check() -> list[str]:
    """Compare with measured runs; return what is too far off."""
    print("Against measured runs: 4 connections each, a relay that answers after 1 s, commits of 60 ms")
    print(f"{'workers':>9}{'measured/s':>12}{'simulated/s':>13}{'ratio':>8}")
    off = []
    for workers, measured in MEASURED.items():
        rate = simulated(replace(PROTOTYPE, workers=workers), seconds=60.0).rate
        print(f"{workers:>9}{measured:>12.1f}{rate:>13.1f}{rate / measured:>8.2f}")
        if abs(rate / measured - 1.0) > NEAR:
            off.append(f"{workers} workers: {rate:.1f} simulated, {measured:.1f} measured")
    return off


def compare(ratios: dict[int, float]) -> list[str]:
    """Compare with measured ratios to one worker, at 0.2 s an answer; return what is too far off."""
    one = simulated(Site(1)).rate
    off = []
    for workers, measured in ratios.items():
        ratio = simulated(Site(workers)).rate / one
        print(f"{workers:>9} workers: {measured:.2f} × one measured, {ratio:.2f} × simulated")
        if abs(ratio / measured - 1.0) > NEAR:
            off.append(f"{workers} workers: {ratio:.2f} × simulated, {measured:.2f} × measured")
    return off


def fewest_workers(wanted: float, near_relays: Site) -> tuple[Site, Outcome]:
    """Find the fewest workers, with a relay for every two, that send `wanted` messages a second."""
    for workers in range(1, 100):
        site = replace(near_relays, workers=workers, relays=max((workers + 1) // 2, 1))
        outcome = simulated(site, seconds=3.0)
        if outcome.rate >= wanted:
            return site, outcome
    raise ValueError("not with 100 workers")


BESIDE_RELAYS = Site(1, connections=20, relay_rate=1200.0, answer=0.01, flush=0.002)
"""Workers beside their relays, which wait for their disks; PostgreSQL on its own machine, with one standby."""


def plan() -> None:
    """Print what 100 million a day need."""
    print(f"\n{DAY:,} a day, workers beside relays that take {BESIDE_RELAYS.relay_rate:,.0f} a second each")
    print(f"{'within':>8}{'wanted/s':>10}{'workers':>9}{'relays':>8}{'sent/s':>9}{'group':>7}", end="")
    print(f"{'cores':>7}{'flushes/s':>11}{'log MB/s':>10}{'Gbit/s':>8}")
    for hours in (24, 8, 3):
        wanted = DAY / hours / 3600
        site, outcome = fewest_workers(wanted, BESIDE_RELAYS)
        print(f"{hours:>6} h{wanted:>10,.0f}{site.workers:>9}{site.relays:>8}{outcome.rate:>9,.0f}", end="")
        print(f"{outcome.group:>7.1f}{outcome.database:>7.1f}{outcome.flushes:>11,.0f}", end="")
        print(f"{wanted * KILOBYTES_OF_LOG / 1024:>10.1f}{wanted * KILOBYTES_OF_MAIL * 8 / 1e6:>8.2f}")


def partitions() -> None:
    """Print what a table parted by issue costs, with statements that name the issue, and with some that do not."""
    print("\nPartitions by issue: pages that 100 dots touch, and the rate of 8 workers beside 4 relays")
    print(f"{'partitions':>11}{'issue named':>13}{'rate/s':>9}{'not named':>12}{'rate/s':>9}")
    named = 1346
    for number in (1, 10, 30, 100):
        unnamed = named if number == 1 else named + round((13_863 - named) * (number - 1) / 29)
        rates = []
        for pages in (named, unnamed):
            slower = BESIDE_RELAYS.row_cpu * (0.6 + 0.4 * pages / named)  # two fifths of a row's time is for its pages
            rates.append(simulated(replace(BESIDE_RELAYS, workers=8, relays=4, row_cpu=slower), seconds=3.0).rate)
        print(f"{number:>11}{named:>13,}{rates[0]:>9,.0f}{unnamed:>12,}{rates[1]:>9,.0f}")


def slices() -> None:
    """Print how many pages a claim of 500 touches while an old snapshot keeps dead rows: a report, a backup."""
    print("\nWhile an old snapshot is held: pages that a claim of 500 touches (10,950 without one)")
    print(f"{'sent before':>13}{'whole issue':>13}{'slices of 5,000':>17}")
    for sent in (0, 30_000, 100_000, 1_000_000):
        claims = sent // 500
        print(f"{sent:>13,}{10_950 + 46 * claims:>13,}{10_950 + 46 * (claims % 10) + 520:>17,}")


def main() -> int:
    """Print everything; exit 1 if the simulation is far from what was measured."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--measured", nargs="+", default=[], metavar="WORKERS:RATIO")
    given = options.parse_args()
    ratios = {int(workers): float(ratio) for workers, ratio in (each.split(":") for each in given.measured)}
    off = [*check(), *compare(ratios)]
    plan()
    partitions()
    slices()
    for each in off:
        print(f"too far off: {each}")
    return 1 if off else 0


if __name__ == "__main__":
    raise SystemExit(main())
