"""An import is taken back: what it made and nobody has touched goes, and a person's own no stays."""

import io
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from newsletter.database.engine import reading, writing
from subscribers.consent import withdraw
from subscribers.errors import AlreadyTakenBack, UnknownImport
from subscribers.imports import ConsentEvidence, ImportReport, Options, history, import_subscribers
from subscribers.imports.stops import import_suppressions
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import consents, import_changes, imports, subscribers, suppressions
from tests.conftest import NOON, Cast

EVIDENCE = ConsentEvidence("Yes, news please", "import people.csv", NOON)


def take(engine: Engine, text: str, evidence: ConsentEvidence = EVIDENCE) -> ImportReport:
    options = Options(go_on=lambda brake: True)
    return import_subscribers(partial(writing, engine), io.BytesIO(text.encode()), evidence, options=options)


def undo(engine: Engine, report: ImportReport) -> tuple[int, int, int, int]:
    assert report.number is not None
    with writing(engine) as connection:
        done = history.take_back(connection, report.number, NOON)
    return done.removed, done.restored, done.lifted, done.kept


def everything(engine: Engine) -> list[Any]:
    """All that is held of people, but for times and numbers that only count."""
    with reading(engine) as connection:
        columns = [column for column in subscribers.c if column.name != "changed_at"]
        people = connection.execute(select(*columns).order_by(subscribers.c.id)).all()
        stops = connection.execute(select(suppressions).order_by(suppressions.c.address)).all()
    return [*people, *stops]


def consent_of(engine: Engine, name: str) -> str | None:
    with reading(engine) as connection:
        query = select(subscribers.c.consent).where(subscribers.c.address == f"{name}@example.org")
        return connection.scalar(query)


def test_all_is_as_it_was_where_nobody_has_touched_anything(engine: Engine, cast: Cast) -> None:
    before = everything(engine)
    report = take(
        engine,
        "email,first_name,tags,town,consent,paused_until,declined_topics\n"
        "new@example.org,Nia,walkers,Bala,yes,2030-01-01,events\n"
        "left@example.org,Gil,,,unsubscribed,,\n"
        "bad@example.org,,,,bounced,,\n"
        "ada@example.org,Adah,walkers,Rhyl,unsubscribed,2030-01-01,events\n"
        "ben@example.org,,walkers,,yes,,\n"
        "new@example.org,Nia,cwm,,,,\n",
    )
    assert (report.added, report.updated, report.suppressed) == (2, 3, 1)
    assert consent_of(engine, "ada") == "withdrawn"
    removed, restored, lifted, kept = undo(engine, report)
    assert (removed, restored, lifted, kept) == (2, 2, 1, 0)
    assert everything(engine) == before
    with reading(engine) as connection:
        told = connection.scalars(select(consents.c.source).where(consents.c.subscriber_id == cast.ada)).all()
    assert told[-1] == f"import {report.number} taken back"


def test_a_no_of_their_own_stays_and_so_does_what_was_touched(engine: Engine, cast: Cast) -> None:
    report = take(engine, "email,consent\ngil@example.org,yes\nnia@example.org,unsubscribed\nsam@example.org,yes\n")
    with writing(engine) as connection:
        number = dict(connection.execute(select(subscribers.c.address, subscribers.c.id)).all())
        withdraw(connection, number["gil@example.org"], NOON, "unsubscribe link")
        # Says again, by a link, what the list had said: from now on it is their own word.
        assert not withdraw(connection, number["nia@example.org"], NOON, "one-click")
        connection.execute(
            update(subscribers).where(subscribers.c.id == number["sam@example.org"]).values(language="cy")
        )
    assert undo(engine, report) == (0, 0, 0, 3)
    assert [consent_of(engine, name) for name in ("gil", "nia", "sam")] == ["withdrawn", "withdrawn", "confirmed"]


def test_what_another_list_says_too_is_not_lifted(engine: Engine, cast: Cast) -> None:
    first = take(engine, "email,consent\nada@example.org,unsubscribed\nbad@example.org,bounced\n")
    second = take(engine, "email,consent\nada@example.org,unsubscribed\nbad@example.org,bounced\n")
    assert undo(engine, first)[2] == 0
    assert consent_of(engine, "ada") == "withdrawn"
    assert undo(engine, second)[2] == 1
    assert consent_of(engine, "ada") == "confirmed"


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (2, 0, 1)])
def test_lists_that_say_the_same_are_taken_back_in_any_order(
    engine: Engine, cast: Cast, order: tuple[int, ...]
) -> None:
    """And with the last of them their people go; who was there before, or has said no themselves, does not."""
    before = everything(engine)
    text = (
        "email,consent\nann@example.org,yes\nbob@example.org,unsubscribed\ncat@example.org,yes\nada@example.org,yes\n"
    )
    evidence = [EVIDENCE, ConsentEvidence("Yes, and by post", "import again.csv", NOON), EVIDENCE]
    reports = [take(engine, text, evidence[place]) for place in range(len(order))]
    with writing(engine) as connection:
        number = connection.scalar(select(subscribers.c.id).where(subscribers.c.address == "cat@example.org"))
        assert number is not None
        withdraw(connection, number, NOON, "unsubscribe link")
    for place in order[:-1]:
        undo(engine, reports[place])
        assert consent_of(engine, "bob") == "withdrawn"
    undo(engine, reports[order[-1]])
    assert [consent_of(engine, name) for name in ("ann", "bob", "cat")] == [None, None, "withdrawn"]
    assert [row for row in everything(engine) if row.address != "cat@example.org"] == before


def test_what_bounced_here_outlives_the_list_that_said_so_first(engine: Engine) -> None:
    evidence = ConsentEvidence("", "import stops.csv", NOON)
    file = io.BytesIO(b"email\ngone@example.org\nwell@example.org\n")
    report = import_suppressions(partial(writing, engine), file, evidence, SuppressionReason.ASKED)
    with writing(engine) as connection:
        suppress(connection, "gone@example.org", SuppressionReason.BOUNCED, NOON, "550 5.1.1")
    assert undo(engine, report)[2] == 1
    with reading(engine) as connection:
        assert connection.execute(select(suppressions.c.address, suppressions.c.reason)).all() == [
            ("gone@example.org", "bounced")
        ]


def test_a_second_better_evidence_is_another_row(engine: Engine) -> None:
    listed = "email,optin_time,optin_ip\nann@example.org,2021-02-03 04:05:06,192.0.2.7\n"
    take(engine, "email\nann@example.org\n", ConsentEvidence("", "import a.csv", NOON))
    for _ in range(2):
        report = take(engine, "email\nann@example.org\n")
        report = take(engine, listed)
    with reading(engine) as connection:
        rows = connection.execute(select(consents).order_by(consents.c.id)).all()
        changed = connection.scalars(select(import_changes.c.subscriber_id)).all()
    assert [(row.wording, row.network_address, f"{row.at:%Y}") for row in rows] == [
        ("", "", "2026"),
        ("Yes, news please", "", "2026"),
        ("Yes, news please", "192.0.2.7", "2021"),
    ]
    assert len(changed) == 2
    assert report.unchanged == 1


def test_an_import_is_taken_back_once(engine: Engine) -> None:
    report = take(engine, "email\nann@example.org\n")
    assert undo(engine, report)[0] == 1
    with pytest.raises(AlreadyTakenBack):
        undo(engine, report)
    with writing(engine) as connection, pytest.raises(UnknownImport):
        history.take_back(connection, 99, NOON)
    with reading(engine) as connection:
        (row,) = history.every(connection)
    assert (row["source"], row["added"], row["undone_at"]) == ("import people.csv", 1, NOON)
    assert take(engine, "email\nann@example.org\n").added == 1


def test_the_question_says_how_far_an_import_came_and_that_another_went_on(engine: Engine) -> None:
    take(engine, "email\nann@example.org\nbob@example.org\n")
    with writing(engine) as connection:
        connection.execute(update(imports).values(done_at=None, added=0))  # as it is after kill -9
        found = history.preview(connection, 1)
        assert (found.name, found.people, found.later) == ("people.csv", 2, None)
    take(engine, "email\nann@example.org\nbob@example.org\ncat@example.org\n")
    with reading(engine) as connection:
        found = history.preview(connection, 1)
        assert (found.people, found.later) == (2, 2)
        found = history.preview(connection, 2)
        assert (found.added, found.updated, found.suppressed, found.people, found.later) == (1, 0, 0, None, None)
