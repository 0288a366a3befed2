"""post add · post list · post show."""

from pathlib import Path
from typing import Any

import click

from newsletter.app import sources
from newsletter.app.sources import ListedPost
from newsletter.cli.here import posts_here
from newsletter.cli.printing import json_option, post_argument, put, put_json, put_table, say
from newsletter.post import JOINT, Post
from newsletter.runtime.clock import now
from newsletter.sources import Choice, Draft
from newsletter.sources.draft import quoted
from newsletter.sources.filing import Filed
from newsletter.sources.words import count_of

_MOST_QUOTED = 40


@click.group()
def post() -> None:
    """Make posts of what you have, and look at your posts."""


@post.command("add")
@click.argument("source")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write. [default: posts/DATE-TITLE.md]"
)
@click.option("--entry", type=click.IntRange(min=1), help="Which entry of a feed or an export; 1 is the newest.")
@click.option("--title", help="Words in the title of the entry or the post that you want.")
@click.option("--base-url", help="The web address that links and pictures without one belong to.")
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

    SOURCE is a file, a web address, or - for pasted text. It can be a web page (saved in any form), a Word or
    OpenDocument file, an email (.eml), a feed, an export of WordPress, Ghost, Substack, Medium, Notion or Google Docs,
    Markdown of another website, a chat, HTML or plain text. No file is overwritten.
    """
    choice = Choice(entry or 0, title or "")
    added = sources.add(source, posts_here(), now().date(), output, choice, base_url or "", images)
    if as_json:
        put_json(_as_json(added.draft, added.filed))
    else:
        put(str(added.filed.path))
        _say_report(added.draft, added.filed)


@post.command("list")
@json_option
def show_list(as_json: bool) -> None:
    """List the posts in posts/, the newest first."""
    rows = [_listed(each) for each in sources.listed(posts_here())]
    if as_json:
        for row in rows:
            put_json(row)
    elif rows:
        put_table(["date", "title", "file"], ([str(row["date"] or ""), row["title"], row["file"]] for row in rows))
    else:
        say("There are no posts in posts/ yet. `newsletter post add` makes one.")


@post.command("show")
@post_argument
@json_option
def show(post: Path, as_json: bool) -> None:
    """Show what POST says about itself, and its words."""
    written = sources.look(post)
    facts = _facts(post, written)
    if as_json:
        put_json({**facts, "body": _body(written)})
        return
    for name, value in facts.items():
        if value not in ("", None):
            put(f"{name + ':':12} {value}")
    put("")
    put(_body(written))


COMMANDS = (post,)


def _listed(each: ListedPost) -> dict[str, Any]:
    if each.post is None:
        return {"file": str(each.path), "title": f"cannot be read: {each.why}", "date": None}
    return _facts(each.path, each.post)


def _body(written: Post) -> str:
    return "\n\n---\n\n".join(half.body.strip() for half in written.halves or (written,))


def _facts(path: Path, written: Post) -> dict[str, Any]:
    halves = written.halves or (written,)
    return {
        "file": str(path),
        "title": JOINT.join(dict.fromkeys(half.title for half in halves)),
        "subject": written.subject,
        "preheader": written.preheader,
        "date": str(written.date) if written.date else None,
        "author": written.author,
        "language": ", ".join(half.language for half in halves),
        "words": sum(len(half.body.split()) for half in halves),
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
