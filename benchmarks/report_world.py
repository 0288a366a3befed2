"""A list with a history and issues that were sent to it, written straight into the tables, for reports to read."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sqlalchemy import Engine, insert

from newsletter.database.engine import writing
from newsletter.database.tables import deliveries, events, exclusions, issues, senders
from subscribers.tables import consents, subscribers, suppressions

DOMAINS = {"example.com": 45, "example.org": 25, "example.net": 15, "mail.test": 8, "post.test": 4}
AT_ONCE = 5_000
BEGAN = datetime(2025, 3, 4, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class WorldSize:
    """How large the world is."""

    people: int
    issues: int
    months: int = 20
    bounced: float = 0.01
    """The share of deliveries that come back."""


def make_world(engine: Engine, size: WorldSize) -> None:
    """Fill an empty database with people who joined and left over months, and issues sent to those who were there."""
    chance = random.Random(7)
    people = _people(engine, size, chance)
    for number in range(1, size.issues + 1):
        at = BEGAN + timedelta(days=30.4 * size.months * number / (size.issues + 1))
        _issue(engine, number, at, people, size, chance)


@dataclass
class _Person:
    number: int
    address: str
    joined: datetime
    left: datetime | None
    stopped: datetime | None


def _people(engine: Engine, size: WorldSize, chance: random.Random) -> list[_Person]:
    names, weights = [*DOMAINS], [*accumulate(DOMAINS.values())]
    people = []
    for number in range(1, size.people + 1):
        # Half of them came with the first list.
        days = 0.0 if number <= size.people // 2 else chance.random() ** 1.3 * 30.4 * size.months
        joined = BEGAN + timedelta(days=days)
        domain = chance.choices(names, cum_weights=weights)[0] if chance.random() < 0.97 else f"own{number}.test"
        left = joined + timedelta(days=chance.expovariate(1 / 900)) if chance.random() < 0.5 else None
        stopped = joined + timedelta(days=chance.expovariate(1 / 400)) if chance.random() < 0.03 else None
        end = BEGAN + timedelta(days=30.4 * size.months)
        people.append(
            _Person(
                number,
                f"person{number}@{domain}",
                joined,
                left if left and left < end else None,
                stopped if stopped and stopped < end else None,
            )
        )
    with writing(engine) as connection:
        for start in range(0, len(people), AT_ONCE):
            some = people[start : start + AT_ONCE]
            connection.execute(insert(subscribers), [_subscriber(each) for each in some])
            connection.execute(insert(consents), [row for each in some for row in _consents(each)])
        stops = [
            {"address": each.address, "reason": "bounced", "detail": "", "at": each.stopped, "import_id": None}
            for each in people
            if each.stopped
        ]
        if stops:
            connection.execute(insert(suppressions), stops)
    return people


def _subscriber(person: _Person) -> dict[str, object]:
    consent = "withdrawn" if person.left else "confirmed"
    return {"id": person.number, "address": person.address, "consent": consent, "joined_at": person.joined}


def _consents(person: _Person) -> list[dict[str, object]]:
    yes = {"subscriber_id": person.number, "consent": "confirmed", "at": person.joined, "source": "form"}
    no = {"subscriber_id": person.number, "consent": "withdrawn", "at": person.left, "source": "one-click"}
    return [yes, no] if person.left else [yes]


def _issue(
    engine: Engine, number: int, at: datetime, people: list[_Person], size: WorldSize, chance: random.Random
) -> None:
    there = [each for each in people if each.joined <= at]
    reached = [
        each for each in there if not (each.left and each.left <= at) and not (each.stopped and each.stopped <= at)
    ]
    gone = {each.number for each in there} - {each.number for each in reached}
    content = _content(_SUBJECTS[number % len(_SUBJECTS)])
    with writing(engine) as connection:
        row = {"id": number, "post": f"posts/{number}.md", "fingerprint": f"{number:064}", "frozen_at": at}
        row |= {"content": content, "candidates": len(there), "frozen": len(reached), "seconds": len(reached) / 25}
        connection.execute(insert(issues), row)
        out = [{"issue_id": number, "subscriber_id": each, "reason": "withdrawn"} for each in sorted(gone)]
        for start in range(0, len(out), AT_ONCE):
            connection.execute(insert(exclusions), out[start : start + AT_ONCE])
        for start in range(0, len(reached), AT_ONCE):
            some = reached[start : start + AT_ONCE]
            rows = [_delivery(number, at, start + place, each, chance) for place, each in enumerate(some)]
            ids = connection.execute(insert(deliveries).returning(deliveries.c.id), rows).scalars().all()
            back = [_event(each, at, chance) for each in ids if chance.random() < size.bounced]
            if back:
                connection.execute(insert(events), back)
        middle = at + timedelta(seconds=len(reached) / 25)
        run = {"issue_id": number, "machine": "here", "process": 1, "version": "1", "heard_at": middle, "why": "done"}
        connection.execute(insert(senders), run | {"since": at, "gone_at": middle})


def _delivery(issue: int, at: datetime, place: int, person: _Person, chance: random.Random) -> dict[str, object]:
    dice = chance.random()
    state, code = ("accepted", 250) if dice > 0.012 else ("refused", 550) if dice > 0.002 else ("uncertain", None)
    later = timedelta(hours=2) if place % 40 == 0 else timedelta()
    return {
        "issue_id": issue,
        "subscriber_id": person.number,
        "address": person.address,
        "first_name": "Person",
        "last_name": "",
        "fields": {},
        "state": state,
        "dotted": True,
        "attempts": 1,
        "code": code,
        "reply": "ok",
        "at": at + timedelta(seconds=place / 25) + later,
    }


def _event(delivery: int, at: datetime, chance: random.Random) -> dict[str, object]:
    kind, reason = chance.choices(_KINDS, [40, 25, 10, 15, 10])[0]
    row = {"delivery_id": delivery, "digest": f"{delivery:064}", "kind": kind, "reason": reason, "strike": False}
    return row | {"status": "", "diagnostic": "", "reporter": "mx.test", "at": at + timedelta(hours=3)}


def _content(subject: str) -> dict[str, object]:
    words = {"subject": subject, "title": subject, "preheader": "", "html": "<p>" + "x" * 20_000, "text": "x" * 5_000}
    sender = {"name": "Our Campaign", "address": "news@example.org"}
    head = {"sender": sender, "reply_to": None, "return_path": None, "organisation": "Our Campaign", "salt": "0" * 16}
    head |= {"list_id": "news.example.org", "base_url": "https://news.example.org"}
    return {"email": words | {"language": "en"}, "letterhead": head}


_KINDS = [
    ("bounce", "NO_SUCH_MAILBOX"),
    ("bounce", "FULL"),
    ("bounce", "POLICY"),
    ("complaint", "abuse"),
    ("late", "UNREACHABLE"),
]
_SUBJECTS = ("The council said yes", "Three things to do in May", "What we heard about the new hall", "Newyddion da")
