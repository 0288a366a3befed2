"""Posts: the list, a new one, and one made of a file, an address or what was pasted, with a report."""

import tempfile
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response

from newsletter.app import sources, topics
from newsletter.app.needs import all_issues
from newsletter.app.sources import ListedPost
from newsletter.app.writing import begin_post, named_post
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import MOST_UPLOAD, DeskPage
from newsletter.preview.watching import signature
from newsletter.runtime.clock import now
from newsletter.sources import Choice
from newsletter.theme import themes
from subscribers.errors import Explained

MOST_LEFT_OUT = 40


def folder_of(desk: Desk) -> Path:
    """The folder of the organiser's posts."""
    return desk.workspace.folder / "posts"


def listed_posts(desk: Desk) -> tuple[ListedPost, ...]:
    """List the posts, the last by name first; they are read again when any file beside them has changed."""
    found = signature([folder_of(desk)])
    if desk.listing is None or desk.listing[0] != found:
        desk.listing = (found, tuple(sources.listed(folder_of(desk))))
    return desk.listing[1]


def post_of(desk: Desk, asked: Asked) -> Path:
    """Find the post that the path of a page names. Raises HTTPException 404."""
    path = named_post(folder_of(desk), asked.path["name"])
    if path is None:
        raise HTTPException(404)
    return path


def show_posts(desk: Desk, asked: Asked) -> Response:
    """List the posts, the newest first, each with the issues that were made of it."""
    issues: dict[str, list[int]] = {}
    for each in all_issues(desk.workspace):
        issues.setdefault(each.issue.post, []).append(each.issue.number)
    return desk.page(asked, "posts", posts=listed_posts(desk), issues=issues)


def show_new(desk: Desk, asked: Asked, status: int = 200, **more: object) -> Response:
    """Offer an empty post, and the ways to make one of what there is."""
    shown: dict[str, object] = {"why": "", "title": "", "body": "", "source": "", "pasted": ""}
    return desk.page(asked, "new", status, **shown | more)


def write_new(desk: Desk, asked: Asked) -> Response:
    """Begin a post with a title and, if there are any, words."""
    title, body = asked.field("title"), asked.sent.fields.get("body", "")
    if not title:
        return show_new(desk, asked, 422, why=desk.say(asked, "Give the post a title."), body=body)
    words = body if body.strip() else desk.say(asked, "Write your post here.")
    path = begin_post(folder_of(desk), {"title": title}, words, now().date())
    return desk.go(f"/posts/{path.name}")


def add(desk: Desk, asked: Asked) -> Response:
    """Make a post of a file, an address of the web, or what was pasted; then show what became of it."""
    try:
        added = _added(desk, asked)
    except Explained as refusal:
        typed = {"source": asked.field("source"), "pasted": asked.sent.fields.get("pasted", "")}
        return show_new(desk, asked, 422, why=str(refusal), **typed)
    if added is None:
        return show_new(desk, asked, 422, why=desk.say(asked, "Choose a file, or enter a web address, or paste text."))
    name = desk.kept.put(f"report-{added.filed.path.name}", added)
    return desk.go(f"/posts/{name.removeprefix('report-')}/report")


def show_report(desk: Desk, asked: Asked) -> Response:
    """Show what of a source is in the post, what was left out, and what needs the organiser."""
    path = post_of(desk, asked)
    added = desk.kept.get(f"report-{path.name}")
    if added is None:
        return desk.go(f"/posts/{path.name}")
    return desk.page(asked, "post-report", path=path, added=added, most=MOST_LEFT_OUT)


def choices(desk: Desk) -> dict[str, object]:
    """List what the fields of a post offer to choose from."""
    return {
        "topics": [(each.slug, each.titles) for each in topics.all_topics(desk.workspace)],
        "themes": themes(desk.templates),
    }


def _added(desk: Desk, asked: Asked) -> sources.Added | None:
    file, typed = asked.sent.file, asked.field("source")
    pasted = asked.sent.fields.get("pasted", "").strip()
    images = bool(asked.field("images"))
    today = now().date()
    choice = Choice(int(asked.field("entry")) if asked.field("entry").isdecimal() else 0, "")
    if file is None and not pasted:
        # A path of this machine is not taken from a form: the organiser chooses a file.
        known = typed.startswith(("https://", "http://"))
        return sources.add(typed, folder_of(desk), today, choice=choice, images=images) if known else None
    with tempfile.TemporaryDirectory(prefix="newsletter-desk-") as room:
        name, content = (file.name, file.content) if file else ("pasted.txt", pasted.encode())
        source = Path(room, name.lstrip(".") or "post.txt")
        source.write_bytes(content)
        return sources.add(str(source), folder_of(desk), today, choice=choice, images=images)


PAGES = (
    DeskPage("/posts", show_posts),
    DeskPage("/posts/new", show_new),
    DeskPage("/posts/new/write", take=write_new),
    DeskPage("/posts/new/add", take=add, most=MOST_UPLOAD),
    DeskPage("/posts/{name}/report", show_report),
)
