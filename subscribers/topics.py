"""Kinds of mail: which there are, and which subscriber declined which. A post names its topic; a reader unticks it.

A no stays when the topic is removed: if the topic is made again, the no is valid again. Functions take a connection
inside a transaction and never commit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from subscribers.errors import BadTopic, UnknownTopic
from subscribers.tables import declines, insert_into, topics

MOST = 20
"""The most topics there can be: a reader could not choose among more."""
LONGEST_TITLE = 80

SHOWN, WANTS = "topics", "wants-"
"""Names in a form: of the field that lists the topics shown, and the prefix of each topic's checkbox."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Topic:
    """A kind of mail: its name in commands and posts, and its title for readers, by language."""

    slug: str
    titles: Mapping[str, str]

    def title(self, *languages: str) -> str:
        """Return its title in the first of `languages` that it has, else in any language, else its slug."""
        known = [self.titles[each] for each in languages if each in self.titles]
        return next(iter([*known, *self.titles.values()]), self.slug)


def is_slug(text: str) -> bool:
    """Say whether a topic may be named so."""
    return _SLUG.fullmatch(text) is not None


def save(connection: Connection, topic: Topic, at: datetime) -> bool:
    """Store a topic, replacing an earlier one with its slug; say whether it is new. Raises BadTopic."""
    _check(topic)
    titles = {"titles": dict(topic.titles)}
    if connection.execute(update(topics).where(topics.c.slug == topic.slug).values(titles)).rowcount:
        return False
    if len(every(connection)) >= MOST:
        raise BadTopic(slug=topic.slug, why=f"you have {MOST} topics already, which is the most")
    connection.execute(insert(topics), {"slug": topic.slug, "at": at, **titles})
    return True


def remove(connection: Connection, slug: str) -> None:
    """Remove a topic, but keep who declined it. Raises UnknownTopic."""
    if not connection.execute(delete(topics).where(topics.c.slug == slug)).rowcount:
        raise UnknownTopic(slug=slug)


def find(connection: Connection, slug: str) -> Topic:
    """Find a topic. Raises UnknownTopic."""
    for topic in every(connection):
        if topic.slug == slug:
            return topic
    raise UnknownTopic(slug=slug)


def every(connection: Connection) -> list[Topic]:
    """Read all topics, oldest first."""
    rows = connection.execute(select(topics.c.slug, topics.c.titles).order_by(topics.c.at, topics.c.slug))
    return [Topic(row.slug, row.titles) for row in rows]


def declines_counted(connection: Connection) -> dict[str, int]:
    """Count, for each topic that at least one subscriber has declined, how many have."""
    counted = select(declines.c.topic, func.count()).group_by(declines.c.topic)
    return dict(connection.execute(counted).all())


def declined_by(connection: Connection, subscriber_id: int) -> frozenset[str]:
    """Return the topics that a subscriber has declined."""
    theirs = select(declines.c.topic).where(declines.c.subscriber_id == subscriber_id)
    return frozenset(connection.scalars(theirs))


def chosen(form: Mapping[str, str], kinds: Sequence[Topic]) -> dict[str, bool]:
    """Read from a form, for each topic that it showed, whether it is wanted.

    An unticked box sends nothing: without the list of topics shown, a missing box would read as a no to its topic.
    """
    shown = form.get(SHOWN, "").split()
    return {each.slug: WANTS + each.slug in form for each in kinds if each.slug in shown}


def choose(connection: Connection, subscriber_id: int, choice: Mapping[str, bool], at: datetime) -> None:
    """Store which topics a subscriber wants and which not; topics that are not in `choice` stay as they are."""
    theirs = declines.c.subscriber_id == subscriber_id
    wanted = [slug for slug, yes in choice.items() if yes]
    connection.execute(delete(declines).where(theirs, declines.c.topic.in_(wanted)))
    rows = [
        {"subscriber_id": subscriber_id, "topic": slug, "at": at} for slug, yes in sorted(choice.items()) if not yes
    ]
    if rows:
        connection.execute(insert_into(connection, declines).on_conflict_do_nothing(), rows)


def declined(subscriber_id: ColumnElement[int], topic: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Make a condition for another statement, in SQL: has the row's subscriber declined `topic`?"""
    no = declines.alias()
    return exists().where(no.c.subscriber_id == subscriber_id, no.c.topic == topic)


def _check(topic: Topic) -> None:
    if not is_slug(topic.slug):
        raise BadTopic(slug=topic.slug, why="its name may have only small letters, digits, - and _")
    for title in topic.titles.values():
        if not title.strip() or not title.isprintable() or len(title) > LONGEST_TITLE:
            raise BadTopic(slug=topic.slug, why=f"a title must be one line of at most {LONGEST_TITLE} characters")
