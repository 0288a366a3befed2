"""db upgrade."""

import click

from newsletter.app import setup as app
from newsletter.cli.here import list_here
from newsletter.cli.printing import say


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the shape this version needs.

    Safe to repeat.
    """
    say(f"Database {app.upgrade_database(list_here())} is ready.")


COMMANDS = (db,)
