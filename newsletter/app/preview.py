"""A post as one recipient would get it: as files, or as a page in the browser that follows the author's changes.

Nothing is sent, logged or published, settings that only a send needs may be missing, and findings do not stop it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from newsletter import preview as proof
from newsletter.app import posts
from newsletter.app.pages import PagesServer
from newsletter.app.workspace import Workspace
from newsletter.compiler import Finding
from newsletter.database.engine import reading
from newsletter.errors import PostError
from newsletter.message import Recipient

FOLDER = "preview"
"""The folder of previews, beside the settings; each post has its own folder in it."""


@dataclass(frozen=True)
class Previewed:
    """The files that a preview wrote, and all findings about the post, errors among them."""

    files: Sequence[Path]
    findings: tuple[Finding, ...]


def preview(workspace: Workspace, path: Path, address: str | None = None, output: Path | None = None) -> Previewed:
    """Write the mail of the post at `path` into the folder `output`, as the subscriber with `address` would get it.

    `output` None: into the post's own folder in `FOLDER`. `address` None: for a made-up recipient. Earlier files of a
    preview there are overwritten. Raises PostError, CompileError or UnknownMergeTag for a post that cannot be compiled;
    BadAddress, UnknownSubscriber.
    """
    lenient = workspace.lenient()
    recipient = _reader(lenient, address)
    prepared = posts.prepare(lenient, path)
    made = proof.preview(posts.unlogged(lenient, prepared), prepared.email, recipient)
    return Previewed(made.write(output or workspace.folder / FOLDER / prepared.post.slug), prepared.email.findings)


@contextmanager
def preview_page(workspace: Workspace, path: Path, address: str | None = None, port: int = 0) -> Iterator[PagesServer]:
    """Listen on this machine, until the block ends, for a page that shows the mail of the post at `path`.

    The page shows the mail again whenever the author saves; a post that cannot be compiled is an error on the page.
    `port` 0: any free one. Connections wait until `serve` of the Site is called. Writes no file. Raises PostError if
    there is no such file, BadAddress, UnknownSubscriber or CannotListen.
    """
    # Imported only here, because only the page needs a web server.
    from newsletter.preview.sheet import Proof, ProofSheet, application
    from newsletter.web import server

    lenient = workspace.lenient()
    recipient = _reader(lenient, address)
    if not path.is_file():
        raise PostError(path=path, why="there is no such file")

    def make() -> Proof:
        prepared = posts.prepare(lenient, path)
        shown = proof.preview(posts.unlogged(lenient, prepared), prepared.email, recipient)
        reader = f"{recipient.name or 'a reader'} <{recipient.address}>"
        sender = lenient.settings.sender
        return Proof(shown, sender.name or sender.address, reader, prepared.email.findings)

    def watched() -> Iterator[Path]:
        yield path.parent
        yield from lenient.templates

    with server.Listener.on("127.0.0.1", port) as listener:
        app = application(ProofSheet(str(path), make, watched), lenient.templates)
        yield PagesServer(listener.address, partial(listener.serve, app, quietly=True))


def _reader(workspace: Workspace, address: str | None) -> Recipient:
    if address is None:
        return proof.NOBODY
    with reading(workspace.engine) as connection:
        return proof.find_recipient(connection, address)
