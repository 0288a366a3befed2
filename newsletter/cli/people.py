"""subscribers export · list · unsubscribe, and suppress add · list · remove."""

import sys
from pathlib import Path

import click
from sqlalchemy import select

from newsletter.cli.printing import json_option, put, put_json, put_table, say
from newsletter.cli.private import written_privately
from newsletter.cli.workspace import here
from newsletter.clock import now
from newsletter.database import reading, writing
from subscribers import consent, export, suppression
from subscribers.address import normalise
from subscribers.errors import UnknownSubscriber
from subscribers.tables import subscribers as table


@click.group()
def subscribers() -> None:
    """The list: who asked to hear from you."""


@subscribers.command("export")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line instead of CSV.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout."
)
def export_(as_json: bool, output: Path | None) -> None:
    """Write out the whole list, as CSV.

    What it writes can be imported again.
    """
    write = export.export_json if as_json else export.export_csv
    with reading(here().engine) as connection:
        if output is None:
            write(connection, sys.stdout)
        else:
            with written_privately(output) as file:
                write(connection, file)


@subscribers.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List everybody, with how they stand."""
    columns = (table.c.address, table.c.first_name, table.c.last_name, table.c.consent)
    with reading(here().engine) as connection:
        rows = connection.execution_options(yield_per=1000).execute(select(*columns).order_by(table.c.id)).mappings()
        for row in rows:
            put_json(dict(row)) if as_json else put(f"{row['consent']:<10} {row['address']}")


@subscribers.command("unsubscribe")
@click.argument("address")
def unsubscribe(address: str) -> None:
    """Unsubscribe ADDRESS because they asked you to."""
    wanted = normalise(address)
    with writing(here().engine) as connection:
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
    with writing(here().engine) as connection:
        suppression.suppress(connection, wanted, suppression.Reason.ASKED, now(), detail=detail)
    say(f"{wanted} is suppressed.")


@suppress.command("remove")
@click.argument("address")
def suppress_remove(address: str) -> None:
    """Allow ADDRESS to be written to again."""
    wanted = normalise(address)
    with writing(here().engine) as connection:
        lifted = suppression.lift(connection, wanted)
    say(f"{wanted} is no longer suppressed." if lifted else f"{wanted} was not suppressed.")


@suppress.command("list")
@json_option
def suppress_list(as_json: bool) -> None:
    """List the suppressed addresses, with the reason."""
    with reading(here().engine) as connection:
        rows = [dict(row) for row in connection.execute(suppression.everybody()).mappings()]
    if as_json:
        for row in rows:
            put_json(row)
    else:
        cells = ([row["address"], row["reason"], f"{row['at']:%Y-%m-%d}", row["detail"]] for row in rows)
        put_table(["address", "reason", "since", "detail"], cells)


COMMANDS = (subscribers, suppress)
