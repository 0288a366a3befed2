"""subscribers add · set · tag · untag · tags: what an organiser writes about people by hand."""

import click

from newsletter.app import by_hand, people
from newsletter.app.by_hand import Details
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put_json, put_table, say, warn
from newsletter.cli.subscribers import segment_option, subscribers
from subscribers.errors import BadField
from subscribers.imports import RowOutcome
from subscribers.imports.cell import language


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
    details = Details(first_name, last_name, spoken, dict(map(_field, fields)))
    wanted, outcome = by_hand.add(list_here(), address, wording, details, tags)
    say(f"{wanted} is {'added' if outcome is RowOutcome.ADDED else f'on the list already, and {outcome}'}.")


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
    details = Details(first_name, last_name, spoken, dict(map(_field, fields)))
    say(f"{by_hand.change(list_here(), address, details)} is changed.")


@subscribers.command("tag")
@click.argument("name", metavar="TAG")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@segment_option
def tag_(name: str, addresses: tuple[str, ...], segment: str | None) -> None:
    """Put TAG on people, or on everybody of a segment."""
    number = people.tag(list_here(), name, _who(addresses, segment), warn)
    say(f"{number:,} more {'has' if number == 1 else 'have'} the tag {name.strip()}.")


@subscribers.command("untag")
@click.argument("name", metavar="TAG")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@segment_option
def untag_(name: str, addresses: tuple[str, ...], segment: str | None) -> None:
    """Take TAG off people, or off everybody of a segment."""
    number = people.untag(list_here(), name, _who(addresses, segment), warn)
    say(f"{number:,} {'has' if number == 1 else 'have'} the tag {name.strip()} no more.")


@subscribers.command("tags")
@json_option
def tags_(as_json: bool) -> None:
    """List all tags, and how many people have each."""
    rows = people.tags(list_here())
    if as_json:
        put_json(dict(rows))
    else:
        put_table(["tag", "people"], [[name, f"{number:,}"] for name, number in rows], {"people"})


def _who(addresses: tuple[str, ...], segment: str | None) -> str | tuple[str, ...]:
    if bool(addresses) == (segment is not None):
        raise click.UsageError("Name addresses, or a segment with --segment.")
    return addresses if segment is None else segment


def _field(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise BadField(text=text)
    return name, value
