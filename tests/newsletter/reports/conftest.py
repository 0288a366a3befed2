"""A small campaign with everything that makes figures go wrong: re-joins, erasures, doubts, duplicates, feedback."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, update

from newsletter.database.engine import writing
from newsletter.database.tables import State, deliveries, events
from newsletter.issue import Issue
from newsletter.people.erasure import erase
from subscribers import consent
from subscribers.erasure import Memory
from subscribers.tables import consents, subscribers

MEMORY = Memory(["a secret key of the tests, long enough"])
ACCEPTED, PEOPLE = 23, 30
"""Of issue 1, for which thirty people were on the list."""


@dataclass
class Campaign:
    """The engine, and the two issues that were sent."""

    engine: Engine
    issues: list[Issue]


@pytest.fixture
def campaign(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> Campaign:
    """Two issues for thirty people: 23 accepted, 4 refused, 2 in doubt, 1 skipped; then one is erased, one is back."""
    names = [f"person{number:02}" for number in range(PEOPLE)]
    first = issue_for(*names)
    with writing(engine) as connection:
        people = list(
            connection.scalars(subscribers.select().with_only_columns(subscribers.c.id).order_by(subscribers.c.id))
        )
        said = [{"subscriber_id": each, "consent": "confirmed", "at": noon, "source": "form"} for each in people]
        connection.execute(insert(consents), [*said, said[0]])  # one said it twice
        _settle(connection, first, noon)
        _bounce(connection, first, noon)
        for person in people[:6]:  # six leave by a link of issue 1, of whom one comes back
            consent.withdraw(connection, person, noon + timedelta(days=40), "one-click", issue_id=1)
        consent.restore(connection, people[0], noon + timedelta(days=41), "undo", issue_id=1)
    erase(engine, "person01@example.org", MEMORY, noon + timedelta(days=80))  # had left
    erase(engine, "person20@example.org", MEMORY, noon + timedelta(days=80))  # had not
    return Campaign(engine, [first])


def _settle(connection: Connection, issue: Issue, at: datetime) -> None:
    ids = list(connection.scalars(deliveries.select().with_only_columns(deliveries.c.id).order_by(deliveries.c.id)))
    states = [State.ACCEPTED] * ACCEPTED + [State.REFUSED] * 4 + [State.UNCERTAIN] * 2 + [State.SKIPPED]
    for place, (number, state) in enumerate(zip(ids, states, strict=True)):
        late = timedelta(hours=3) if place in (21, 22) else timedelta()
        values = {"state": state, "at": at + timedelta(minutes=place) + late, "code": 250, "reply": "ok"}
        connection.execute(update(deliveries).where(deliveries.c.id == number).values(values))
    assert issue.number == 1


def _bounce(connection: Connection, issue: Issue, at: datetime) -> None:
    told = {"status": "", "diagnostic": "", "reporter": "mx.test", "strike": False, "at": at}
    kinds = [
        *[("bounce", "NO_SUCH_MAILBOX", number) for number in range(1, 7)],
        ("bounce", "FULL", 7),
        ("bounce", "FULL", 7),  # the same person a second time
        ("bounce", "FULL", 8),
        ("complaint", "abuse", 9),
        ("complaint", "auth-failure", 10),  # a machine said so
        ("late", "UNREACHABLE", 11),
    ]
    first = connection.scalar(deliveries.select().with_only_columns(deliveries.c.id).order_by(deliveries.c.id)) or 0
    for place, (kind, reason, number) in enumerate(kinds):
        row = {"delivery_id": first + number, "digest": str(place), "kind": kind, "reason": reason}
        connection.execute(insert(events), row | told)
