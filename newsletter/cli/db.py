"""db upgrade · db backup · db check."""

from dataclasses import asdict
from pathlib import Path

import click

from newsletter.app import setup
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say
from subscribers.errors import Explained


class DatabaseFaulty(Explained):
    """Faults found: {number}. Make a copy of what is there, and read docs/troubleshooting.md before you go on."""


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the shape this version needs.

    Safe to repeat.
    """
    say(f"Database {setup.upgrade_database(list_here())} is ready.")


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def db_backup(file: Path, as_json: bool) -> None:
    """Copy the database to FILE, also while an issue is being sent.

    Nothing is overwritten. The copy has people's addresses in it: only you can read it. On PostgreSQL, it is what
    pg_dump writes, for pg_restore. How to put a copy back: docs/copies.md.
    """
    from newsletter.app.upkeep import copy_database  # it loads the send log

    made = copy_database(list_here(), file)
    if as_json:
        put_json(asdict(made))
    else:
        put(str(made.file))
        say(f"A copy of {made.database}: {made.bytes:,} bytes.")


@db.command("check")
@json_option
def db_check(as_json: bool) -> None:
    """Check that nothing is damaged or missing.

    It reads the whole database and changes nothing. The exit code is 1 if it finds a fault.
    """
    from newsletter.app.upkeep import check_database

    checked = check_database(list_here())
    if as_json:
        put_json(asdict(checked))
    else:
        for fault in checked.faults:
            put(fault)
    if checked.faults:
        raise DatabaseFaulty(number=len(checked.faults))
    counted = f"{checked.issues:,} issues, {checked.subscribers:,} subscribers"
    say(f"Everything is in order in {checked.database}: {counted}.")


COMMANDS = (db,)
