"""Segments and topics: parts of the list that have a name, and kinds of email that readers can do without."""

from starlette.responses import Response

from newsletter.app import people, segments, topics
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from subscribers.errors import Explained


def show_segments(desk: Desk, asked: Asked, status: int = 200, **more: object) -> Response:
    """List segments, topics and tags, and offer a new one of each."""
    shown: dict[str, object] = {"why": "", "fields": dict(asked.form.fields) if asked.form else {}}
    values = {
        "segments": segments.all_segments(desk.workspace),
        "topics": topics.all_topics(desk.workspace),
        "tags": people.tags(desk.workspace),
    }
    return desk.page(asked, "segments", status, **shown | values | more)


def save_segment(desk: Desk, asked: Asked) -> Response:
    """Save a segment."""
    doubts: list[str] = []
    try:
        kept = segments.save(desk.workspace, asked.field("name"), asked.field("expression"), doubts.append)
    except Explained as refusal:
        return show_segments(desk, asked, 422, why=str(refusal))
    said = desk.say(asked, "Saved: %(number)s people belong to it today.", number=f"{kept.recipients:,}")
    return desk.go("/segments", said, *(f"{each}." for each in doubts))


def remove_segment(desk: Desk, asked: Asked) -> Response:
    """Remove a segment; its people stay on the list."""
    segments.remove(desk.workspace, asked.field("name"))
    return desk.go("/segments", desk.say(asked, "Removed. Its people stay on the list."))


def save_topic(desk: Desk, asked: Asked) -> Response:
    """Save a topic, with its title in each language."""
    own = desk.workspace.settings.language.partition("-")[0]
    titles = {code: asked.field(f"title-{code}") for code in desk.languages() if asked.field(f"title-{code}")}
    try:
        topics.save(desk.workspace, asked.field("slug"), titles.pop(own, ""), titles)
    except Explained as refusal:
        return show_segments(desk, asked, 422, why=str(refusal))
    return desk.go("/segments", desk.say(asked, "Saved."))


def remove_topic(desk: Desk, asked: Asked) -> Response:
    """Remove a topic."""
    topics.remove(desk.workspace, asked.field("slug"))
    return desk.go("/segments", desk.say(asked, "Removed."))


PAGES = (
    DeskPage("/segments", show_segments),
    DeskPage("/segments/save", take=save_segment),
    DeskPage("/segments/remove", take=remove_segment),
    DeskPage("/topics/save", take=save_topic),
    DeskPage("/topics/remove", take=remove_topic),
)
