"""subscribers show · erase, and why: one person at a time."""

import sys
from dataclasses import asdict

import click

from newsletter.app import person
from newsletter.cli import trace
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.cli.subscribers import subscribers
from newsletter.errors import Paused
from newsletter.people.person import is_empty, story
from subscribers.errors import UnknownSubscriber


@subscribers.command("show")
@click.argument("address")
@json_option
def show(address: str, as_json: bool) -> None:
    """Show everything held about ADDRESS.

    With --json it is all there is, to be handed to the person who asks for it.
    """
    _tell(address, as_json)


@subscribers.command("erase")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(address: str, yes: bool, as_json: bool) -> None:
    """Forget ADDRESS, everywhere and for good.

    They go from the list and from every issue, whose sums still hold. What stays is a keyed hash, so that no import
    brings them back; they themselves can, with the subscribe form.
    """
    place = list_here()
    if not yes and sys.stdin.isatty():
        found = person.look_at_erasure(place, address)
        click.confirm(f"Erase all that is held about {found.address}? It cannot be undone", err=True, abort=True)
    done = person.erase(place, address)
    if as_json:
        put_json(asdict(done))
    elif done.rows or done.deliveries:
        put(f"{done.address} is erased: {done.rows:,} rows of the list, and from {done.deliveries:,} issues.")
    else:
        put(f"Nothing was held about {done.address}. It is remembered, as a hash, that no import may add them.")
    if done.residue:
        raise Paused(
            why="The tables are clean, but the database's files may still hold traces, because "
            f"{done.residue}. Run the same command again when nothing else uses the database."
        )


@click.command()
@click.argument("address")
@click.option("--trace", "traced", is_flag=True, help="What happened to each mail, event by event, for operators.")
@json_option
def why(address: str, traced: bool, as_json: bool) -> None:
    """Tell why ADDRESS did or did not get each issue.

    Their consent and its evidence, each issue they were in or left out of, what the relay answered, and what stops mail
    to them.

    With --trace, what happened to each mail to them: frozen, claimed by which sender, every try with stage and answer,
    the result, and what came back; with the Message-ID by which the mail server's own log knows it.
    """
    if traced:
        _trace(address, as_json)
    else:
        _tell(address, as_json)


COMMANDS = (why,)


def _trace(address: str, as_json: bool) -> None:
    found = person.trace(list_here(), address)
    if as_json:
        put_json({"email": found.address, "deliveries": [each.as_json() for each in found.deliveries]})
    else:
        for line in trace.lines(found.address, found.deliveries):
            put(line)


def _tell(address: str, as_json: bool) -> None:
    held = person.everything(list_here(), address)
    if as_json:
        put_json(held)
    elif is_empty(held):
        raise UnknownSubscriber(address=held["email"])
    else:
        for line in story(held):
            put(line)
    if as_json and is_empty(held):
        say(f"Nothing is held about {held['email']}.")
