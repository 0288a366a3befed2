"""The preferences in a list, a pause and declined topics: two cells in, `ImportedPreferences` out; pure.

Our own export has such columns. An empty cell says nothing.
"""

from datetime import datetime
from typing import NamedTuple

from subscribers.imports.dates import moment
from subscribers.imports.status import BadRow
from subscribers.topics import is_slug

COLUMNS = ("paused_until", "declined_topics")


class ImportedPreferences(NamedTuple):
    """The preferences in one record."""

    paused_until: datetime | None
    declined: tuple[str, ...]


def read_preferences(paused_until: str, declined: str) -> ImportedPreferences | None:
    """Read the two cells; None: both are empty. Raises BadRow."""
    until = moment(paused_until)
    if paused_until and until is None:
        raise BadRow(f'its "paused_until" is "{paused_until[:40]}", and no time such as 2027-03-01')
    topics = tuple(dict.fromkeys(topic for part in declined.split(";") if (topic := part.strip())))
    for topic in topics:
        if not is_slug(topic):
            raise BadRow(f'its "declined_topics" holds "{topic[:40]}", which cannot be the name of a topic')
    return ImportedPreferences(until, topics) if until or topics else None
