"""subscribers add · set · tag · untag · tags: what an organiser writes about people by hand."""

from collections.abc import Callable

import click
from sqlalchemy import ColumnElement, Connection, and_

from newsletter.cli.here import list_here
from newsletter.cli.people import among, segment_option, subscribers
from newsletter.cli.printing import json_option, put_json, put_table, say
from newsletter.clock import now
from newsletter.database import reading, writing
from subscribers.address import normalise
from subscribers.enrolment import NAMES, amend, enrol, field_of
from subscribers.erasure import Memory
from subscribers.errors import UnknownSubscriber
from subscribers.imports import ConsentEvidence, Outcome
from subscribers.imports.cell import language
from subscribers.imports.entry import Entry, object_text
from subscribers.tables import one_of
from subscribers.tables import subscribers as table
from subscribers.tagging import counted, tag, tag_name, untag


def _language(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    if text and not language(text):
        raise click.BadParameter("write it as cy or en-GB")
    return language(text) if text else text


first_name_option = click.option("--first-name", help="Their first name.")
last_name_option = click.option("--last-name", help="Their last name.")
language_option = click.option("--language", "spoken", callback=_language, help="Their language, as cy or en-GB.")
field_option = click.option("--field", "fields", multiple=True, help="A field, as town=Cardiff; as often as you like.")


@subscribers.command("add")
@click.argument("address")
@click.option("--consent", "wording", required=True, help="What they said yes to, word for word; kept as evidence.")
@first_name_option
@last_name_option
@language_option
@click.option("--tag", "tags", multiple=True, help="A tag; as often as you like.")
@field_option
def add(
    address: str,
    wording: str,
    first_name: str | None,
    last_name: str | None,
    spoken: str | None,
    tags: tuple[str, ...],
    fields: tuple[str, ...],
) -> None:
    """Add ADDRESS, because they said yes to you.

    Somebody who is on the list is brought up to date. Who unsubscribed, is suppressed or was erased is not added: they
    themselves can come back, with the subscribe form.
    """
    if not wording.strip():
        raise click.BadParameter("it must say what they agreed to", param_hint="--consent")
    place = list_here()
    said = tuple(map(tag_name, tags)), object_text(dict(map(field_of, fields)))
    entry = Entry(0, address, normalise(address), first_name or "", last_name or "", spoken or "", *said)
    with writing(place.engine) as connection:
        memory = Memory(place.settings.secret_keys)
        outcome = enrol(connection, memory, entry, ConsentEvidence(wording, "organiser", now()))
    say(f"{entry.address} is {'added' if outcome is Outcome.ADDED else f'on the list already, and {outcome}'}.")


@subscribers.command("set")
@click.argument("address")
@first_name_option
@last_name_option
@language_option
@field_option
def set_(
    address: str, first_name: str | None, last_name: str | None, spoken: str | None, fields: tuple[str, ...]
) -> None:
    """Set what is held of ADDRESS; an empty value takes a field away."""
    given = dict(zip(NAMES, (first_name, last_name, spoken), strict=True))
    names = {name: value for name, value in given.items() if value is not None}
    with writing(list_here().engine) as connection:
        amend(connection, address, names, dict(map(field_of, fields)))
    say(f"{normalise(address)} is changed.")


@subscribers.command("tag")
@click.argument("name", metavar="TAG")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@segment_option
def tag_(name: str, addresses: tuple[str, ...], segment: str | None) -> None:
    """Put TAG on people, or on everybody of a segment."""
    number = _retag(tag, name, addresses, segment)
    say(f"{number:,} more {'has' if number == 1 else 'have'} the tag {tag_name(name)}.")


@subscribers.command("untag")
@click.argument("name", metavar="TAG")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@segment_option
def untag_(name: str, addresses: tuple[str, ...], segment: str | None) -> None:
    """Take TAG off people, or off everybody of a segment."""
    number = _retag(untag, name, addresses, segment)
    say(f"{number:,} {'has' if number == 1 else 'have'} the tag {tag_name(name)} no more.")


@subscribers.command("tags")
@json_option
def tags_(as_json: bool) -> None:
    """List all tags, and how many people have each."""
    with reading(list_here().engine) as connection:
        rows = counted(connection)
    if as_json:
        put_json(dict(rows))
    else:
        put_table(["tag", "people"], [[name, f"{number:,}"] for name, number in rows], {"people"})


def _retag(
    change: Callable[[Connection, str, ColumnElement[bool]], int],
    name: str,
    addresses: tuple[str, ...],
    segment: str | None,
) -> int:
    if bool(addresses) == (segment is not None):
        raise click.UsageError("Name addresses, or a segment with --segment.")
    wanted = [normalise(address) for address in addresses]
    with writing(list_here().engine) as connection:
        for address in wanted:
            if connection.execute(table.select().filter_by(address=address)).first() is None:
                raise UnknownSubscriber(address=address)
        who = and_(one_of(connection, table.c.address, wanted)) if wanted else among(connection, segment)
        return change(connection, tag_name(name), who)
