"""Topics, the kinds of mail that readers can do without: add one, list them, remove one."""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading, writing
from newsletter.runtime.clock import now
from subscribers import topics


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """A topic, and how many subscribers declined it."""

    slug: str
    titles: Mapping[str, str]
    """By language."""
    declined: int


def save(place: ListFolder, slug: str, title: str, others: Mapping[str, str]) -> bool:
    """Store a topic, replacing an earlier one of this name; say whether it is new. Raises BadTopic.

    `title` is in the language of the settings; `others` are its titles in other languages.
    """
    topic = topics.Topic(slug, {place.settings.language: title.strip(), **others})
    with writing(place.engine) as connection:
        new = topics.save(connection, topic, now())
        deeds.note(connection, place, "save a topic", slug)
    return new


def all_topics(place: ListFolder) -> list[ListedTopic]:
    """List the topics, oldest first."""
    with reading(place.engine) as connection:
        declined = topics.declines_counted(connection)
        return [ListedTopic(each.slug, each.titles, declined.get(each.slug, 0)) for each in topics.every(connection)]


def remove(place: ListFolder, slug: str) -> None:
    """Remove a topic; who declined it is remembered, in case it is made again. Raises UnknownTopic."""
    with writing(place.engine) as connection:
        topics.remove(connection, slug)
        deeds.note(connection, place, "remove a topic", slug)
