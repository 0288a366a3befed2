"""post add · post list · post show · check."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from newsletter.check import in_order, missing_settings, read
from newsletter.check.spam import spam_finding
from newsletter.cli.findings import as_json as finding_as_json
from newsletter.cli.findings import counted, lines_of, refuse
from newsletter.cli.posts import builder_of, post_argument
from newsletter.cli.printing import json_option, put, put_json, put_table, say
from newsletter.cli.workspace import Workspace, here
from newsletter.clock import now
from newsletter.compiler import CompiledEmail, Finding, Severity
from newsletter.database import reading
from newsletter.errors import CompileError, NewsletterError, PostError, Refused, UnknownMergeTag
from newsletter.post import Post, read_post
from newsletter.proof import NOBODY
from newsletter.sources import Choice, Draft, read_source
from newsletter.sources.acquire import acquire, with_pictures
from newsletter.sources.draft import quoted
from newsletter.sources.filing import Filed, file_draft
from newsletter.sources.words import count_of
from subscribers import topics
from subscribers.errors import UnknownTopic
from subscribers.unreadable import Unreadable, attempted

POSTS = Path("posts")
_MOST_QUOTED = 40


@click.group()
def post() -> None:
    """Make posts of what you have, and look at those there are."""


@post.command("add")
@click.argument("source")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write. [default: posts/DATE-TITLE.md]"
)
@click.option("--entry", type=click.IntRange(min=1), help="Which entry of a feed or an export; 1 is the newest.")
@click.option("--title", help="Words of the title of the entry or the post that is meant.")
@click.option("--base-url", help="Where relative links and pictures are meant from.")
@click.option("--images", is_flag=True, help="Fetch the pictures and keep them beside the post.")
@json_option
def add(
    source: str,
    output: Path | None,
    entry: int | None,
    title: str | None,
    base_url: str | None,
    images: bool,
    as_json: bool,
) -> None:
    """Make a Markdown post of SOURCE, and say what was kept, what was left out, and what needs you.

    SOURCE is a file, an address of the web, or - for what you paste: a web page (saved in any form), a Word or
    OpenDocument text, a mail (.eml), a feed, an export of WordPress, Ghost, Substack, Medium, Notion or Google Docs,
    Markdown of another site, a chat, HTML or plain text. Nothing is written over.
    """
    material = acquire(source)
    if base_url:
        material = replace(material, url=base_url)
    draft = read_source(material, Choice(entry or 0, title or ""))
    if base_url:
        draft = replace(draft, base_url=base_url)
    if images:
        draft = with_pictures(draft)
    filed = file_draft(draft, POSTS, now().date(), output)
    if as_json:
        put_json(_as_json(draft, filed))
    else:
        put(str(filed.path))
        _say_report(draft, filed)


@post.command("list")
@json_option
def show_list(as_json: bool) -> None:
    """List the posts in posts/, the newest first."""
    rows = [_facts(path) for path in sorted(POSTS.glob("*"), reverse=True) if path.suffix in (".md", ".html", ".htm")]
    if as_json:
        for row in rows:
            put_json(row)
    elif rows:
        put_table(["date", "title", "file"], ([str(row["date"] or ""), row["title"], row["file"]] for row in rows))
    else:
        say("There are no posts in posts/ yet; `newsletter post add` makes one.")


@post.command("show")
@post_argument
@json_option
def show(post: Path, as_json: bool) -> None:
    """Show what POST says about itself, and its words."""
    facts = _facts(post)
    written = read_post(post)
    if as_json:
        put_json({**facts, "body": written.body.strip()})
        return
    for name, value in facts.items():
        if value not in ("", None):
            put(f"{name + ':':12} {value}")
    put("")
    put(written.body.strip())


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


COMMANDS = (post, check)


def _examined(
    place: Workspace, path: Path, offline: bool, filtered: bool, thorough: bool, alone: bool
) -> tuple[Finding, ...]:
    """List what is found in one of several posts; one that cannot be read is a finding, unless it is the only one."""
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
        # Because nobody has to hear every time that all is well, or that there is no such program here.
        found += [said] if thorough or said.severity is not Severity.NOTE else []
    if not offline:
        # Because it brings the whole machinery of fetching, it is loaded only when it is used.
        from newsletter.check.online import online_findings

        to_come = [file.address for file in email.published if not (place.published / file.name).is_file()]
        found += online_findings(read(written), email, spared=to_come)
    return in_order(found)


def _compiled(place: Workspace, written: Post) -> tuple[CompiledEmail | None, list[Finding]]:
    """Compile a post and name every merge tag that nothing fills, though the compiler stops at the first of them."""
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


def _facts(path: Path) -> dict[str, Any]:
    try:
        written = attempted(partial(read_post, path), PostError)
    except PostError as error:
        written = Unreadable(str(error.particulars["why"]))
    if isinstance(written, Unreadable):
        return {"file": str(path), "title": f"cannot be read: {written.why}", "date": None}
    return {
        "file": str(path),
        "title": written.title,
        "subject": written.subject,
        "preheader": written.preheader,
        "date": str(written.date) if written.date else None,
        "author": written.author,
        "language": written.language,
        "words": len(written.body.split()),
    }


def _as_json(draft: Draft, filed: Filed) -> dict[str, Any]:
    return {
        "file": str(filed.path),
        "kind": draft.kind,
        "title": draft.title,
        "kept": draft.kept,
        "dropped": [quoted(left.words) for left in draft.dropped],
        "left_out": [
            {"what": left.what, "words": count_of(left.words), "quote": quoted(left.words)} for left in draft.dropped
        ],
        "needs": [{"what": need.what, "words": need.words, "remedy": need.remedy} for need in draft.needs],
        "pictures": [str(picture) for picture in filed.pictures],
    }


def _say_report(draft: Draft, filed: Filed) -> None:
    kept = ", ".join(f"{count} {name}" for name, count in draft.kept.items())
    say(f"{draft.kind[0].upper()}{draft.kind[1:]}: “{draft.title}”")
    say(f"Kept: {kept}.")
    if filed.pictures:
        say(f"Pictures beside it: {len(filed.pictures)}.")
    if draft.dropped:
        say(f"Left out ({len(draft.dropped)}):")
        for words in draft.dropped[:_MOST_QUOTED]:
            say(f"  {words}")
        if len(draft.dropped) > _MOST_QUOTED:
            say(f"  and {len(draft.dropped) - _MOST_QUOTED} more")
    if draft.needs:
        say(f"Needs you ({len(draft.needs)}):")
        for need in draft.needs:
            say(f"  {need}")
    say(f"Look at it, then: newsletter check {filed.path}")


def _unknown_topic(place: Workspace, post: Post) -> list[Finding]:
    if not post.topic:
        return []
    with reading(place.engine) as connection:
        try:
            topics.find(connection, post.topic)
        except UnknownTopic as unknown:
            return [Finding(Severity.ERROR, str(unknown))]
    return []
