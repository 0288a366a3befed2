"""segments add · list · show · remove: named filters, for `send --segment`."""

import click

from newsletter.app import segments as app
from newsletter.cli.completing import SEGMENT
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, put_table, say, warn


@click.group()
def segments() -> None:
    """Named parts of your list, for `newsletter send --segment`.

    An expression says who belongs to one: tag:volunteer and language:cy and not (field:town=Cardiff or received:3).
    `and`, `or`, `not` and brackets combine parts. Put a value with spaces in "quotation marks".

    has:town: people whose town is known. domain:example.org: people whose address ends so. bounced:3: people whose
    email of issue 3 bounced (bounced:any: of any issue). topic:events: people who want that topic.
    joined:>2026-01-01: people who joined after that day.
    """


@segments.command("add")
@click.argument("name")
@click.argument("expression")
def add(name: str, expression: str) -> None:
    """Save EXPRESSION as the segment NAME. A segment that had this name is replaced."""
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
@click.argument("segment", type=SEGMENT)
@json_option
def show(segment: str, as_json: bool) -> None:
    """List the people in SEGMENT, a name or an expression, who would get an email today."""
    with app.recipients(list_here(), segment, warn) as people:
        for each in people:
            put_json({"email": each.address, "first_name": each.first_name}) if as_json else put(each.address)


@segments.command("remove")
@click.argument("name", type=SEGMENT)
def remove(name: str) -> None:
    """Remove the segment NAME. The people in it stay on your list."""
    app.remove(list_here(), name)
    say(f"{name} is removed.")


COMMANDS = (segments,)
