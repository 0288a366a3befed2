"""preview: as files, or as a page that follows the author's changes."""

import webbrowser
from pathlib import Path

import click

from newsletter.app.preview import preview as previewed
from newsletter.app.preview import preview_page
from newsletter.cli.findings import say_findings
from newsletter.cli.here import as_typed, here
from newsletter.cli.printing import post_argument, put, say


@click.command()
@post_argument
@click.option("--as", "address", help="Show it as this subscriber would get it.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="[default: preview/POST]")
@click.option("--serve", "serves", is_flag=True, help="Show it on a page on this computer that follows what you save.")
@click.option("--open", "opens", is_flag=True, help="The same, and open that page in your browser.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The page's port. [default: any free one]")
def preview(post: Path, address: str | None, output: Path | None, serves: bool, opens: bool, port: int) -> None:
    """See a post as an email, before anybody else does.

    It writes email.html, email.txt and message.eml of POST into a folder of their own. With --open, a page shows the
    email on a phone, in the dark, on a desktop, without images and as text, side by side, with what `newsletter check`
    says. The page changes when you save the post, its pictures or a template. Ctrl-C ends it. Nobody else can see it,
    and nothing is published.
    """
    place = here()
    if opens or serves:
        with preview_page(place, post, address, port) as page:
            put(page.address)
            say(f"The preview of {post} follows what you save. Ctrl-C ends it.")
            if opens and not webbrowser.open(page.address):
                say(f"No browser could be opened here; open {page.address} in yours.")
            page.serve()
        return
    made = previewed(place, post, address, output)
    say_findings(post, made.findings)
    for file in made.files:
        put(str(file if output else as_typed(file)))


COMMANDS = (preview,)
