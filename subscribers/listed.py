"""A subscriber as their own pages need them: their consent and pause, and the language of the pages."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from subscribers.tables import subscribers


class Listed(NamedTuple):
    """What a page may know of a subscriber."""

    id: int
    address: str
    language: str
    consent: str
    paused_until: datetime | None


def find(connection: Connection, subscriber_id: int) -> Listed | None:
    """Find a subscriber by the number in their links; None: they are not on the list any more."""
    row = connection.execute(
        select(*(subscribers.c[name] for name in Listed._fields)).filter_by(id=subscriber_id)
    ).first()
    return Listed(*row) if row else None
