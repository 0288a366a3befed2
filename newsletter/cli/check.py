"""check."""

from pathlib import Path

import click

from newsletter.app.check import Depth
from newsletter.app.check import check as checked
from newsletter.app.posts import PostRefused
from newsletter.cli.findings import as_json as finding_as_json
from newsletter.cli.findings import counted, lines_of_findings
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.compiled import Finding
from newsletter.errors import ActionRefused


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--offline", is_flag=True, help="Leave out what takes its time: dead links, heavy pictures, spam score.")
@click.option("--spam/--no-spam", default=None, help="Ask SpamAssassin. [default: where it is, unless --offline]")
@click.option("--strict", is_flag=True, help="Refuse warnings too.")
@json_option
def check(posts: tuple[Path, ...], offline: bool, spam: bool | None, strict: bool, as_json: bool) -> None:
    """Check POST for mistakes before you send it.

    Each is named with its line, what a reader would suffer, and what to do about it. Errors are what `send` refuses,
    too; the exit code is 5 where there are any.
    """
    depth = Depth(
        online=not offline,
        spam=not offline if spam is None else spam,
        spam_notes=as_json or bool(spam),
        strict=strict,
    )
    found: list[Finding] = []
    refused: list[PostRefused] = []
    for each in checked(here(), posts, depth):
        for finding in each.findings if as_json else ():
            put_json(finding_as_json(each.path, finding))
        for line in () if as_json else lines_of_findings(each.path, each.findings):
            put(line)
        found += each.findings
        refused += [each.refusal] if each.refusal else []
    if offline:
        say("Links and pictures were not tried: --offline.")
    say(f"{counted(found)}.")
    if refused:
        raise refused[0] if len(posts) == 1 else ActionRefused(why=f"{len(refused)} of {len(posts)} posts have errors.")


COMMANDS = (check,)
