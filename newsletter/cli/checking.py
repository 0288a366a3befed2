"""check."""

from pathlib import Path

import click

from newsletter.app.workspace import Workspace
from newsletter.check import in_order, missing_settings, read
from newsletter.check.spam import spam_finding
from newsletter.cli.findings import as_json as finding_as_json
from newsletter.cli.findings import counted, lines_of, refuse
from newsletter.cli.here import here
from newsletter.cli.posts import builder_of
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.compiler import CompiledEmail, Finding, Severity
from newsletter.database import reading
from newsletter.errors import CompileError, NewsletterError, PostError, Refused, UnknownMergeTag
from newsletter.post import Post
from newsletter.proof import NOBODY
from subscribers import topics
from subscribers.errors import UnknownTopic


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
    place = here()
    filtered = not offline if spam is None else spam
    found: list[Finding] = []
    refused: list[Refused] = []
    for post in posts:
        findings = _examined(place, post, offline, filtered, thorough=as_json or bool(spam), alone=len(posts) == 1)
        for finding in findings if as_json else ():
            put_json(finding_as_json(post, finding))
        for line in () if as_json else lines_of(post, findings):
            put(line)
        found += findings
        try:
            refuse(post, findings, strict)
        except Refused as refusal:
            refused.append(refusal)
    if offline:
        say("Links and pictures were not tried: --offline.")
    say(f"{counted(found)}.")
    if refused:
        raise refused[0] if len(posts) == 1 else Refused(why=f"{len(refused)} of {len(posts)} posts have errors.")


COMMANDS = (check,)


def _examined(
    place: Workspace, path: Path, offline: bool, filtered: bool, thorough: bool, alone: bool
) -> tuple[Finding, ...]:
    """List the findings of one post. If it cannot be read, that is a finding; `alone`, it raises the PostError."""
    try:
        return _looked_at(place, place.post(path), offline, filtered, thorough)
    except PostError as unreadable:
        if alone:
            raise
        return (_error(unreadable),)


def _looked_at(place: Workspace, written: Post, offline: bool, filtered: bool, thorough: bool) -> tuple[Finding, ...]:
    lenient = place.lenient()
    email, refusals = _compiled(lenient, written)
    found = [*missing_settings(place.settings), *_unknown_topic(place, written), *refusals]
    if email is None:
        return in_order(found)
    found += email.findings
    if filtered and not refusals:
        said = spam_finding(builder_of(lenient, written, email).build(NOBODY).content)
        # A note says only that all is well, or that there is no SpamAssassin: no need to repeat that in every check.
        found += [said] if thorough or said.severity is not Severity.NOTE else []
    if not offline:
        # Imported only here, because it loads everything that fetching needs.
        from newsletter.check.online import online_findings

        to_come = [file.address for file in email.published if not (place.published / file.name).is_file()]
        found += online_findings(read(written), email, spared=to_come)
    return in_order(found)


def _compiled(place: Workspace, written: Post) -> tuple[CompiledEmail | None, list[Finding]]:
    """Compile a post, and name every merge tag that nothing fills: the compiler alone stops at the first of them."""
    refusals: list[Finding] = []
    unfilled: frozenset[str] = frozenset()
    while True:
        try:
            return place.compiled(written, unfilled), refusals
        except UnknownMergeTag as unknown:
            refusals.append(_error(unknown))
            unfilled |= {str(unknown.particulars["tag"])}
        except (PostError, CompileError) as refusal:
            return None, [*refusals, _error(refusal)]


def _error(refusal: NewsletterError) -> Finding:
    line = refusal.particulars.get("line")
    return Finding(Severity.ERROR, str(refusal), line if isinstance(line, int) else None)


def _unknown_topic(place: Workspace, post: Post) -> list[Finding]:
    if not post.topic:
        return []
    with reading(place.engine) as connection:
        try:
            topics.find(connection, post.topic)
        except UnknownTopic as unknown:
            return [Finding(Severity.ERROR, str(unknown))]
    return []
