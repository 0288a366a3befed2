"""subscribers export · list · unsubscribe, and suppress add · list · remove."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

import click
from sqlalchemy import ColumnElement, Connection, select

from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, put_table, say, say_doubts
from newsletter.cli.private import written_privately
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.issue import audience_in
from newsletter.person import everything
from subscribers import consent, export, saved, suppression
from subscribers.address import normalise
from subscribers.erasure import Memory
from subscribers.errors import UnknownSubscriber
from subscribers.familiar import doubts
from subscribers.tables import subscribers as table


@click.group()
def subscribers() -> None:
    """The list: who asked to hear from you."""


segment_option = click.option("--segment", help="Only those of a saved segment, or of an expression: tag:volunteer.")


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
    wanted = None if address is None else normalise(address)
    with reading(place.engine) as connection, _out(output) as out:
        if wanted is not None:
            held = everything(connection, wanted, Memory(place.settings.secret_keys))
            out.write(json.dumps(held, ensure_ascii=False, indent=2, default=str) + "\n")
        else:
            write = export.export_json if as_json else export.export_csv
            write(connection, out, among(connection, segment))


@subscribers.command("list")
@segment_option
@json_option
def list_(segment: str | None, as_json: bool) -> None:
    """List everybody, with how they stand."""
    columns = (table.c.address, table.c.first_name, table.c.last_name, table.c.consent, table.c.tags)
    with reading(list_here().engine) as connection:
        query = select(*columns).where(among(connection, segment)).order_by(table.c.id)
        for row in connection.execute(query, execution_options={"yield_per": 1000}).mappings():
            tags = "  " + ", ".join(row["tags"]) if row["tags"] else ""
            put_json(dict(row)) if as_json else put(f"{row['consent']:<10} {row['address']}{tags}")


def among(connection: Connection, segment: str | None) -> ColumnElement[bool]:
    """Return the condition that selects a segment, or the whole list. Raises UnknownSegment and BadSegment."""
    tree = None if segment is None else saved.find(connection, segment)
    say_doubts(doubts(connection, tree) if tree else ())
    return audience_in(connection, tree, now()).among


@subscribers.command("unsubscribe")
@click.argument("address")
def unsubscribe(address: str) -> None:
    """Unsubscribe ADDRESS because they asked you to."""
    wanted = normalise(address)
    with writing(list_here().engine) as connection:
        found = connection.execute(select(table.c.id).where(table.c.address == wanted)).scalar()
        if found is None:
            raise UnknownSubscriber(address=wanted)
        changed = consent.withdraw(connection, found, now(), "organiser")
    say(f"{wanted} is unsubscribed." if changed else f"{wanted} was unsubscribed already.")


@click.group()
def suppress() -> None:
    """Addresses never to write to, whatever a list says."""


@suppress.command("add")
@click.argument("address")
@click.option("--detail", default="", help="Why, in your words.")
def suppress_add(address: str, detail: str) -> None:
    """Never write to ADDRESS again."""
    wanted = normalise(address)
    with writing(list_here().engine) as connection:
        suppression.suppress(connection, wanted, suppression.Reason.ASKED, now(), detail=detail)
    say(f"{wanted} is suppressed.")


@suppress.command("remove")
@click.argument("address")
def suppress_remove(address: str) -> None:
    """Allow ADDRESS to be written to again."""
    wanted = normalise(address)
    with writing(list_here().engine) as connection:
        lifted = suppression.lift(connection, wanted)
    say(f"{wanted} is no longer suppressed." if lifted else f"{wanted} was not suppressed.")


@suppress.command("list")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, which `suppress import` reads back.")
@json_option
def suppress_list(as_csv: bool, as_json: bool) -> None:
    """List the suppressed addresses, with the reason.

    As --csv or --json it can be read back by `suppress import`, here or in another folder.
    """
    with reading(list_here().engine) as connection:
        if as_csv:
            export.export_suppressions(connection, sys.stdout)
            return
        rows = [dict(row) for row in connection.execute(suppression.everybody()).mappings()]
    if as_json:
        for row in rows:
            put_json(row | {"at": row["at"].isoformat()})
    else:
        cells = ([row["address"], row["reason"], f"{row['at']:%Y-%m-%d}", row["detail"]] for row in rows)
        put_table(["address", "reason", "since", "detail"], cells)


COMMANDS = (subscribers, suppress)


def _out(path: Path | None) -> AbstractContextManager[TextIO]:
    return nullcontext(sys.stdout) if path is None else written_privately(path)
