"""How much memory a freeze takes: a process of its own writes down all recipients in one statement, as `send` does.

    .venv/bin/python benchmarks/freeze.py [--recipients N]

Prints the peak memory (VmHWM) of the process before and after the freeze, and whether it missed the target.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from case import letter, people
from ours import most_memory

from newsletter.database.engine import open_database, upgrade, writing
from newsletter.issue import freeze

MOST_MEGABYTES = 120


def main() -> None:
    """Measure in a child process, so that the memory used for making the list does not count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=600_000)
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_freeze(options.child)))
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/list.db"
        engine = open_database(url)
        upgrade(engine)
        with writing(engine) as connection:
            people(connection, options.recipients)
        engine.dispose()
        said = subprocess.run(
            [sys.executable, __file__, "--child", url], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    took = json.loads(said)
    print(f"{options.recipients:,} people: {took['before']:.0f} MB, at the most {took['most']:.0f} MB, ", end="")
    print(f"{took['processor']:.1f} s of processor time")
    if took["most"] > MOST_MEGABYTES:
        print(f"missed: {took['most']:.0f} MB, not {MOST_MEGABYTES}")


def _freeze(url: str) -> dict[str, float]:

    import newsletter.cli.send  # `send` has imported these by then
    import newsletter.transport.relay  # noqa: F401

    engine = open_database(url)
    with tempfile.TemporaryDirectory() as folder:
        post, email, head = letter(Path(folder))
    before, began = most_memory(), time.process_time()
    with writing(engine) as connection:
        freeze(connection, post, email, head, datetime.now(UTC))
    engine.dispose()
    return {"before": before, "most": most_memory(), "processor": time.process_time() - began}


if __name__ == "__main__":
    main()
