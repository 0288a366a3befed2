"""segments add · list · show · remove: named filters, for `send --segment`."""

import click

from newsletter.app import segments as app
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, put_table, say, warn


@click.group()
def segments() -> None:
    """Named parts of the list, for `send --segment`.

    An expression says who belongs to one: tag:volunteer and language:cy and not (field:town=Cardiff or received:3).
    has:town is everybody who has a town, not has:town everybody who has none; domain:example.org goes by the address,
    bounced:3 by what came back of issue 3 (bounced:any: of any), topic:events by who wants them.
    joined:>2026-01-01 is who came after that day; `and`, `or`, `not` and brackets combine. A value with spaces stands
    in "quotation marks".
    """


@segments.command("add")
@click.argument("name")
@click.argument("expression")
def add(name: str, expression: str) -> None:
    """Save EXPRESSION as the segment NAME, in the place of what had that name."""
    kept = app.save(list_here(), name, expression, warn)
    done = "saved" if kept.new else "changed"
    say(f"{name} is {done}: {kept.expression}. Today {kept.recipients:,} of it would be written to.")


@segments.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the segments, and how many of each would be written to today."""
    found = app.all_segments(list_here())
    if as_json:
        for each in found:
            put_json({"name": each.name, "recipients": each.recipients, "expression": each.expression})
    else:
        cells = [[each.name, f"{each.recipients:,}", each.expression] for each in found]
        put_table(["name", "people", "who"], cells, {"people"})


@segments.command("show")
@click.argument("segment")
@json_option
def show(segment: str, as_json: bool) -> None:
    """List who of SEGMENT, a name or an expression, would be written to today."""
    with app.recipients(list_here(), segment, warn) as people:
        for each in people:
            put_json({"email": each.address, "first_name": each.first_name}) if as_json else put(each.address)


@segments.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove the segment NAME; nobody leaves the list."""
    app.remove(list_here(), name)
    say(f"{name} is removed.")


COMMANDS = (segments,)
