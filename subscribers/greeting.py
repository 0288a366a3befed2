"""A mail to a person who has just subscribed or unsubscribed. In: subscriber, link signer. Out: a Greeting, or None.

A suppressed address gets none, and no subscriber gets two of the same kind in a day, because the holder of a link may
press its buttons over and over. Functions take a connection and change nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, select

from subscribers.consent import Consent
from subscribers.suppression import is_suppressed
from subscribers.tables import consents, subscribers
from subscribers.tokens import LinkSigner

NO_ISSUE = 0
"""The issue in the links of a greeting: no issue."""
_ONCE_IN = timedelta(days=1)


class Occasion(StrEnum):
    """What has just happened."""

    WELCOME = "welcome"
    GOODBYE = "goodbye"


_MEANS = {Occasion.WELCOME: Consent.CONFIRMED, Occasion.GOODBYE: Consent.WITHDRAWN}


@dataclass(frozen=True)
class Greeting:
    """What to mail to `address`; `token` is that of its unsubscribe link. It contains no text typed by a visitor."""

    occasion: Occasion
    address: str
    token: str
    language: str


Greet = Callable[[Greeting], Awaitable[None]]
"""Starts the sending of a greeting."""


def greeting(
    connection: Connection, signer: LinkSigner, occasion: Occasion, subscriber_id: int, at: datetime
) -> Greeting | None:
    """Make the greeting for a subscriber whose consent was just recorded; None: they must get none."""
    person = connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).first()
    if person is None or person.consent != _MEANS[occasion] or is_suppressed(connection, person.address):
        return None
    same = (consents.c.subscriber_id == subscriber_id) & (consents.c.consent == _MEANS[occasion].value)
    lately = select(func.count()).select_from(consents).where(same, consents.c.at > at - _ONCE_IN)
    if connection.execute(lately).scalar_one() != 1:
        return None
    return Greeting(occasion, person.address, signer.unsubscribe(subscriber_id, NO_ISSUE), person.language or "")
