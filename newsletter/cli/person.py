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
        put(
            f"We held nothing about {done.address}. If a list with this address is imported later, it will be left out "
            "(only a code is kept, not the address)."
        )
    if done.residue:
        raise Paused(
            why="The tables are clean, but the database's files may still hold traces, because "
            f"{done.residue}. Run the same command again when nothing else uses the database."
        )


@click.command()
@click.argument("address")
@click.option("--trace", "traced", is_flag=True, help="Every step, for people who run mail servers.")
@json_option
def why(address: str, traced: bool, as_json: bool) -> None:
    """Say why ADDRESS did or did not get each issue.

    It shows what they said yes or no to, each issue that they got or were left out of, what the mail server answered,
    and what stops email to them.

    With --trace: every step of the email to them, with the time. It names the Message-ID, which your mail server's own
    log knows.
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
