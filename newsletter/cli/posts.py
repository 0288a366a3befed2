"""test · publish, and what all commands on a post share."""

import asyncio
from pathlib import Path

import click

from newsletter import proof
from newsletter.app.workspace import Workspace
from newsletter.cli.findings import lines_of, refuse
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, post_argument, put, put_json, say
from newsletter.clock import now
from newsletter.compiler import CompiledEmail, Severity
from newsletter.errors import Refused, RelayRefused, RelayUnreachable
from newsletter.message import MessageBuilder
from newsletter.message.dkim import dkim_signer
from newsletter.post import Post


class NoTestUnreachable(RelayUnreachable):
    """The relay {relay} cannot be reached: {why}. Not every test was sent."""


class NoTestRefused(RelayRefused):
    """The relay {relay} does not take mail from us: {why}. Not every test was sent."""


@click.command()
@post_argument
@click.option("--to", "addresses", multiple=True, required=True, help="Where to send it; may be repeated.")
@json_option
def test(post: Path, addresses: tuple[str, ...], as_json: bool) -> None:
    """Send one real mail to yourself, marked as a test.

    Of POST, to each address. Nothing of it is logged.
    """
    place = here()
    transport = place.transport()
    _, email, making = prepared(place, post)
    say_findings(email, post)
    place.publish(email)
    try:
        answers = asyncio.run(proof.send_proofs(making, transport, addresses))
    except RelayUnreachable as error:
        raise NoTestUnreachable(**error.particulars) from error
    except RelayRefused as error:
        raise NoTestRefused(**error.particulars) from error
    for mail, reply in answers:
        if as_json:
            put_json({"address": mail.forward_path, "code": reply.code, "reply": reply.text, "stage": reply.stage})
        else:
            put(f"{mail.forward_path}: {reply.code or 'no answer'} {reply.text}")
    if not all(reply.positive for _, reply in answers):
        raise Refused(why="The relay did not accept every test.")


@click.command()
@post_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write them here instead, for a web host. [default: published/, which `serve` gives out]",
)
@json_option
def publish(post: Path, output: Path | None, as_json: bool) -> None:
    """Give out the pictures and documents beside POST.

    `test` and `send` do this by themselves. It is for those whose files a web host gives out: copy the folder there,
    and put its address into NEWSLETTER_FILES_URL. Names never change, so old mails stay whole; nothing is written over.
    """
    place = here()
    if not place.settings.files_address:
        place.settings.require("base_url")
    written = place.post(post)
    email = place.lenient().compiled(written)
    refuse(post, email.findings)
    files = place.publish(email, output)
    for file, path in zip(email.published, files, strict=True):
        if as_json:
            facts = {"written": file.written, "file": str(path), "address": file.address, "bytes": len(file.content)}
            put_json({**facts, "width": file.width or None, "label": file.label or None})
        else:
            put(f"{file.written} → {file.address}")
    say(
        f"{len(files)} published in {output or place.published.name}/." if files else "Nothing stands beside this post."
    )


COMMANDS = (test, publish)


def say_findings(email: CompiledEmail, path: Path) -> None:
    """Say on stderr what a reader would suffer from the post; notes are left to `check`."""
    for line in lines_of(path, [each for each in email.findings if each.severity is not Severity.NOTE]):
        say(line)


def prepared(place: Workspace, path: Path) -> tuple[Post, CompiledEmail, MessageBuilder]:
    """Read and compile the post at `path`; return both, and a builder for its unlogged mails (previews, tests)."""
    post = place.post(path)
    email = place.compiled(post)
    return post, email, builder_of(place, post, email)


def builder_of(place: Workspace, post: Post, email: CompiledEmail) -> MessageBuilder:
    """Return a builder for the mails of a post that are not logged: previews and tests."""
    issue = proof.unfrozen(post, email, place.letterhead(), now())
    dkim = dkim_signer(place.settings, issue.frozen_at)
    return proof.builder(issue, place.settings.secret_keys, dkim)
