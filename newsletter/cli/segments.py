"""segments add · list · show · remove: named filters, for `send --segment`."""

import click
from sqlalchemy import Connection, func, select

from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, put_table, say, say_doubts
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.issue import audience_in
from subscribers import saved
from subscribers.familiar import doubts
from subscribers.segment import Tree, parse


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
    tree = parse(expression)
    with writing(list_here().engine) as connection:
        new = saved.save(connection, name, tree, now())
        number = _count(connection, tree)
        found = doubts(connection, tree)
    say_doubts(found)
    say(f"{name} is {'saved' if new else 'changed'}: {tree}. Today {number:,} of it would be written to.")


@segments.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the segments, and how many of each would be written to today."""
    with reading(list_here().engine) as connection:
        rows = [(each.name, _count(connection, each.tree), str(each.tree)) for each in saved.every(connection)]
    if as_json:
        for name, number, expression in rows:
            put_json({"name": name, "recipients": number, "expression": expression})
    else:
        put_table(["name", "people", "who"], [[name, f"{number:,}", who] for name, number, who in rows], {"people"})


@segments.command("show")
@click.argument("segment")
@json_option
def show(segment: str, as_json: bool) -> None:
    """List who of SEGMENT, a name or an expression, would be written to today."""
    with reading(list_here().engine) as connection:
        tree = saved.find(connection, segment)
        say_doubts(doubts(connection, tree))
        audience = audience_in(connection, tree, now())
        for row in connection.execute(audience.recipients(), execution_options={"yield_per": 1000}):
            put_json({"email": row.address, "first_name": row.first_name}) if as_json else put(row.address)


@segments.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove the segment NAME; nobody leaves the list."""
    with writing(list_here().engine) as connection:
        saved.remove(connection, name)
    say(f"{name} is removed.")


COMMANDS = (segments,)


def _count(connection: Connection, tree: Tree) -> int:
    people = audience_in(connection, tree, now()).recipients().subquery()
    return int(connection.execute(select(func.count()).select_from(people)).scalar_one())
