"""test · publish."""

from functools import partial
from pathlib import Path

import click

from newsletter.app import posts
from newsletter.app.test_mail import send_test
from newsletter.cli.findings import say_findings
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, post_argument, put, put_json, say
from newsletter.errors import ActionRefused


@click.command()
@post_argument
@click.option("--to", "addresses", multiple=True, required=True, help="Where to send it; may be repeated.")
@json_option
def test(post: Path, addresses: tuple[str, ...], as_json: bool) -> None:
    """Send a real email of POST to yourself, marked as a test.

    It goes to each address you give. It is not counted or recorded anywhere.
    """
    answers = send_test(here(), post, addresses, partial(say_findings, post))
    for each in answers:
        reply = each.reply
        if as_json:
            put_json({"address": each.address, "code": reply.code, "reply": reply.text, "stage": reply.stage})
        else:
            put(f"{each.address}: {reply.code or 'no answer'} {reply.text}")
    if not all(each.reply.positive for each in answers):
        raise ActionRefused(why="The relay did not accept every test.")
    say("Sent. Look in your inbox, and in spam.")


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
    """Put the pictures and documents beside POST online.

    `newsletter test` and `newsletter send` do this for you. Use it if a web host serves your files: copy the folder
    there, and put its address into NEWSLETTER_FILES_URL. File names never change and no file is overwritten, so old
    emails keep their pictures.
    """
    place = here()
    published = posts.publish(place, post, output)
    for file, path in published:
        if as_json:
            facts = {"written": file.written, "file": str(path), "address": file.address, "bytes": len(file.content)}
            put_json({**facts, "width": file.width or None, "label": file.label or None})
        else:
            put(f"{file.written} → {file.address}")
    where = output or place.published.name
    say(f"{len(published)} published in {where}/." if published else "Nothing stands beside this post.")


COMMANDS = (test, publish)
