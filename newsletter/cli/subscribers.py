"""subscribers export · list · unsubscribe, and suppress add · list · remove."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

import click

from newsletter.app import people, person, suppressions
from newsletter.cli.completing import SEGMENT
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, put_table, say, warn
from newsletter.cli.private import written_privately


@click.group()
def subscribers() -> None:
    """The list: who asked to hear from you."""


segment_option = click.option(
    "--segment", type=SEGMENT, help="Only those of a saved segment, or of an expression: tag:volunteer."
)


@subscribers.command("export")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line instead of CSV.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout."
)
@segment_option
@click.option("--address", help="Only one person, with everything held about them, as JSON.")
def export_(as_json: bool, output: Path | None, segment: str | None, address: str | None) -> None:
    """Write out the list, as CSV.

    What it writes can be imported again, with tags, fields, breaks, the topics they declined and the addresses never to
    write to; of those a no in the file counts, and nobody is overruled who said no here. With --address it is what one
    person may ask to be given: their row, consents, requests, every issue they were in or left out of, and what was
    answered.
    """
    place = list_here()
    with _out(output) as out:
        if address is None:
            people.export(place, out, segment, as_json, warn)
        else:
            held = person.everything(place, address)
            out.write(json.dumps(held, ensure_ascii=False, indent=2, default=str) + "\n")


@subscribers.command("list")
@segment_option
@json_option
def list_(segment: str | None, as_json: bool) -> None:
    """List everybody, with how they stand."""
    with people.everybody(list_here(), segment, warn) as rows:
        for row in rows:
            tags = "  " + ", ".join(row["tags"]) if row["tags"] else ""
            put_json(row) if as_json else put(f"{row['consent']:<10} {row['address']}{tags}")


@subscribers.command("unsubscribe")
@click.argument("address")
def unsubscribe(address: str) -> None:
    """Unsubscribe ADDRESS because they asked you to."""
    done = person.unsubscribe(list_here(), address)
    say(f"{done.address} is unsubscribed." if done.changed else f"{done.address} was unsubscribed already.")


@click.group()
def suppress() -> None:
    """The do-not-email list: addresses that never get anything, no matter which list you import."""


@suppress.command("add")
@click.argument("address")
@click.option("--detail", default="", help="Why, in your words.")
def suppress_add(address: str, detail: str) -> None:
    """Never write to ADDRESS again."""
    done = suppressions.add(list_here(), address, detail)
    say(f"{done.address} is suppressed.")


@suppress.command("remove")
@click.argument("address")
def suppress_remove(address: str) -> None:
    """Allow ADDRESS to be written to again."""
    done = suppressions.remove(list_here(), address)
    say(f"{done.address} is no longer suppressed." if done.changed else f"{done.address} was not suppressed.")


@suppress.command("list")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, which `suppress import` reads back.")
@json_option
def suppress_list(as_csv: bool, as_json: bool) -> None:
    """List the suppressed addresses, with the reason.

    As --csv or --json it can be read back by `suppress import`, here or in another folder.
    """
    place = list_here()
    if as_csv:
        suppressions.export(place, sys.stdout)
        return
    with suppressions.everything(place) as rows:
        if as_json:
            for row in rows:
                put_json({**row, "at": row["at"].isoformat()})
        else:
            cells = ([row["address"], row["reason"], f"{row['at']:%Y-%m-%d}", row["detail"]] for row in rows)
            put_table(["address", "reason", "since", "detail"], cells)


COMMANDS = (subscribers, suppress)


def _out(path: Path | None) -> AbstractContextManager[TextIO]:
    return nullcontext(sys.stdout) if path is None else written_privately(path)
