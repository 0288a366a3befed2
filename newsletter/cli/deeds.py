"""deeds: who did what."""

from dataclasses import asdict

import click

from newsletter.app import deeds as app
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put_json, put_table, say
from newsletter.runtime.clock import in_full


@click.command()
@click.option("--check", is_flag=True, help="Find out whether a record was changed, removed or moved.")
@click.option(
    "--head",
    default="",
    metavar="[NUMBER] HASH",
    help="With --check: also find out whether the end was cut off. Take the hash from an email that asked for "
    "approval, or from an earlier `newsletter deeds --json`.",
)
@json_option
def deeds(check: bool, head: str, as_json: bool) -> None:
    """Show who did what: sent, paused, imported, erased, approved…

    Nobody can change these records unseen: each has a hash over itself and over the one before it. They hold no email
    addresses.
    """
    place = list_here()
    if check or head:
        found = app.check(place, head)
        if as_json:
            put_json({"holds": True, "number": found.number, "head": found.hash})
        say(f"All {found.number:,} records are as they were written. The last one has the hash {found.hash}.")
        return
    told = app.told(place)
    if as_json:
        put_json({"head": asdict(told.head), "deeds": [asdict(each) for each in told.deeds]})
        return
    cells = [
        [str(each.number), in_full(each.at), each.who, each.what, f"{each.about} {_words(each.details)}".strip()]
        for each in told.deeds
    ]
    put_table(["number", "when", "who", "did", "what"], cells, {"number"})


COMMANDS = (deeds,)


def _words(details: object) -> str:
    if not isinstance(details, dict) or not details:
        return ""
    return "(" + ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in details.items()) + ")"
