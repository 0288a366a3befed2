"""A word to somebody who has just come or gone. In: who they are, and what signs their links. Out: a Greeting, or none.

Nobody who must not be written to gets one, and nobody gets a second of the same kind in a day: whoever holds a link may
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
"""The issue in the links of a greeting: they came with none."""
_ONCE_IN = timedelta(days=1)


class Occasion(StrEnum):
    """What has just happened."""

    WELCOME = "welcome"
    GOODBYE = "goodbye"


_MEANS = {Occasion.WELCOME: Consent.CONFIRMED, Occasion.GOODBYE: Consent.WITHDRAWN}


@dataclass(frozen=True)
class Greeting:
    """What is to be mailed to `address`; `token` is that of its unsubscribe link. It holds no words of a stranger's."""

    occasion: Occasion
    address: str
    token: str
    language: str


Greet = Callable[[Greeting], Awaitable[None]]
"""Begins to carry one."""


def greeting(
    connection: Connection, signer: LinkSigner, occasion: Occasion, subscriber_id: int, at: datetime
) -> Greeting | None:
    """Address a greeting to somebody whose consent has just been written down."""
    person = connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).first()
    if person is None or person.consent != _MEANS[occasion] or is_suppressed(connection, person.address):
        return None
    same = (consents.c.subscriber_id == subscriber_id) & (consents.c.consent == _MEANS[occasion].value)
    lately = select(func.count()).select_from(consents).where(same, consents.c.at > at - _ONCE_IN)
    if connection.execute(lately).scalar_one() != 1:
        return None
    return Greeting(occasion, person.address, signer.unsubscribe(subscriber_id, NO_ISSUE), person.language or "")
