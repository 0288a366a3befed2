"""preview: as files, or as a page that follows the author's changes."""

import webbrowser
from collections.abc import Iterator
from pathlib import Path

import click

from newsletter import proof
from newsletter.app.workspace import Workspace
from newsletter.cli.here import here
from newsletter.cli.posts import prepared, say_findings
from newsletter.cli.printing import post_argument, put, say
from newsletter.database import reading
from newsletter.errors import PostError
from newsletter.message import Recipient


@click.command()
@post_argument
@click.option("--as", "address", help="As this subscriber would get it.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="[default: preview/POST]")
@click.option("--serve", "serves", is_flag=True, help="Show it in a page of this machine that follows what you save.")
@click.option("--open", "opens", is_flag=True, help="The same, and open that page in the browser.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The page's port. [default: any free one]")
def preview(post: Path, address: str | None, output: Path | None, serves: bool, opens: bool, port: int) -> None:
    """Write the mail as one reader would get it, or show it as you write.

    Of POST: email.html, email.txt and message.eml, in a folder of their own. With --open, a page shows it on a phone,
    in the dark, on a desktop, with images off and as text, side by side, with what `check` says; it changes as you
    save the post, its pictures or a template. Ctrl-C ends it. Nobody else can see it, and nothing is published.
    """
    place = here().lenient()
    recipient = proof.NOBODY
    if address is not None:
        with reading(place.engine) as connection:
            recipient = proof.find_recipient(connection, address)
    if opens or serves:
        _show(place, post, recipient, opens, port)
        return
    written, email, making = prepared(place, post)
    files = proof.preview(making, email, recipient).write(output or Path("preview") / written.slug)
    say_findings(email, post)
    for file in files:
        put(str(file))


COMMANDS = (preview,)


def _show(place: Workspace, path: Path, recipient: Recipient, opens: bool, port: int) -> None:
    # Imported only here, because only the page needs a web server.
    from newsletter import web
    from newsletter.proof.sheet import Proof, Sheet, application

    if not path.is_file():
        raise PostError(path=path, why="there is no such file")

    def make() -> Proof:
        _, email, making = prepared(place, path)
        shown = proof.preview(making, email, recipient)
        reader = f"{recipient.name or 'a reader'} <{recipient.address}>"
        sender = place.settings.sender
        return Proof(shown, sender.name or sender.address, reader, email.findings)

    def watched() -> Iterator[Path]:
        yield path.parent
        yield from place.templates

    with web.Listener.on("127.0.0.1", port) as listener:
        put(listener.address)
        say(f"The preview of {path} follows what you save. Ctrl-C ends it.")
        if opens and not webbrowser.open(listener.address):
            say(f"No browser could be opened here; open {listener.address} in yours.")
        listener.serve(application(Sheet(str(path), make, watched), place.templates), quietly=True)
