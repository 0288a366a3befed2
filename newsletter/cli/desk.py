"""desk: everything in a browser, on this machine."""

import webbrowser

import click

from newsletter.cli.here import here
from newsletter.cli.printing import put, say


@click.command()
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Its port. [default: any free one]")
@click.option("--no-open", is_flag=True, help="Only print its address. Do not open your browser.")
def desk(port: int, no_open: bool) -> None:
    """Do everything in your browser: write, check, send, look back, care for your list.

    It opens pages on this computer that only you can see. The address is printed first. It has a key in it, works once,
    and is only for you. Ctrl-C closes the desk. Issues that are being sent go on without it.
    """
    from newsletter.desk.application import open_desk  # because no other command needs its pages

    with open_desk(here(), port) as opened:
        put(opened.address)
        say("The desk is open on this computer, for you only. Ctrl-C closes it.")
        if not no_open and not webbrowser.open(opened.address):
            say(f"No browser could be opened here; open {opened.address} in yours.")
        opened.serve()


COMMANDS = (desk,)
