"""What an organiser writes about people by hand: somebody new, a tag, a field, an address never to write to."""

import io
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Engine, false, select, true

from newsletter.database.engine import reading, writing
from subscribers.enrolment import amend, enrol, named
from subscribers.erasure import Memory, forget
from subscribers.errors import BadField, BadTag, NotToBeAdded, UnknownSubscriber
from subscribers.imports import ConsentEvidence, ImportReport, RowOutcome
from subscribers.imports.record import ImportRecord
from subscribers.imports.stops import import_suppressions
from subscribers.segment import condition, parse
from subscribers.suppression import SuppressionReason, everybody
from subscribers.tables import consents, subscribers
from subscribers.tagging import counted, tag, tag_name, untag
from tests.conftest import NOON, Cast

MEMORY = Memory(["a secret key of the tests, long enough"])
EVIDENCE = ConsentEvidence("at the fair: yes, by mail please", "organiser", NOON)


def said_by(address: str) -> ImportRecord:
    return ImportRecord(0, address, address, "Eve", tags=("fair",), fields='{"town": "Bala"}')


def test_somebody_new_is_on_the_list_with_the_words_they_said_yes_to(engine: Engine, cast: Cast) -> None:
    with writing(engine) as connection:
        assert enrol(connection, MEMORY, said_by("eve@example.org"), EVIDENCE) is RowOutcome.ADDED
        assert enrol(connection, MEMORY, said_by("eve@example.org"), EVIDENCE) is RowOutcome.UNCHANGED
        row = connection.execute(select(subscribers).filter_by(address="eve@example.org")).one()
        said = connection.execute(select(consents).filter_by(subscriber_id=row.id)).all()
    assert (row.consent, row.tags, row.fields) == ("confirmed", ["fair"], {"town": "Bala"})
    assert [(each.wording, each.source) for each in said] == [(EVIDENCE.wording, "organiser")]


@pytest.mark.parametrize("name", ["cleo", "dot", "ada"])
def test_nobody_is_added_against_their_word(engine: Engine, cast: Cast, name: str) -> None:
    with writing(engine) as connection:
        forget(connection, MEMORY, ["ada@example.org"], NOON)
    with pytest.raises(NotToBeAdded), writing(engine) as connection:
        enrol(connection, MEMORY, said_by(f"{name}@example.org"), EVIDENCE)
    with reading(engine) as connection:
        held = connection.execute(select(subscribers.c.tags).filter_by(address=f"{name}@example.org")).scalar()
    assert not held


def test_a_field_is_set_and_taken_away(engine: Engine, cast: Cast) -> None:
    with writing(engine) as connection:
        amend(connection, "ada@example.org", {"first_name": "Adah"}, {"town": "Bala", "branch": "north"})
        amend(connection, "Ada@Example.org", {}, {"town": ""})
        row = connection.execute(select(subscribers).filter_by(id=cast.ada)).one()
        with pytest.raises(UnknownSubscriber):
            amend(connection, "nobody@example.org", {}, {})
    assert (row.first_name, row.fields) == ("Adah", {"branch": "north"})
    assert named({"Home Town ": " Bala "}) == {"home_town": "Bala"}
    for name in ("", " ", "!"):
        with pytest.raises(BadField):
            named({name: "Bala"})


def test_a_tag_is_put_on_and_taken_off_and_counted(engine: Engine, cast: Cast) -> None:
    some = subscribers.c.id.in_([cast.ada, cast.ben])
    name = 'north "wales" ŵ'
    with writing(engine) as connection:
        assert tag(connection, name, some) == 2
        assert tag(connection, name, subscribers.c.id == cast.ada) == 0
        assert tag(connection, "member", true()) == 4
        assert counted(connection) == [("member", 4), (name, 2)]
        where = condition(parse('tag:"north \\"wales\\" ŵ"'), connection.dialect.name, lambda number: false())
        assert connection.scalars(select(subscribers.c.id).where(where)).all() == [cast.ada, cast.ben]
        assert untag(connection, name, true()) == 2
        tags = connection.scalars(select(subscribers.c.tags)).all()
    assert tags == [["member"]] * 4


@pytest.mark.parametrize("text", ["", " ", "a;b", "x" * 101, "a\nb"])
def test_a_tag_that_an_export_could_not_write_is_refused(text: str) -> None:
    with pytest.raises(BadTag):
        tag_name(text)


def stop(
    engine: Engine, content: str, reason: SuppressionReason = SuppressionReason.ASKED, dry_run: bool = False
) -> ImportReport:
    evidence = ConsentEvidence("", "import stops.csv", NOON)
    return import_suppressions(partial(writing, engine), io.BytesIO(content.encode()), evidence, reason, dry_run)


def stopped(engine: Engine) -> dict[str, tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(everybody()).all()
    return {row.address.partition("@")[0]: (row.reason, row.detail) for row in rows}


def test_another_programs_stops_are_kept_with_their_reasons(engine: Engine, cast: Cast) -> None:
    content = (
        "email,reason\nAda@Example.org,550 5.1.1 no such user\nben@example.org,spam report\neve@example.org,\n"
        "dot@example.org,asked\nada@example.org,again\nnonsense,\n"
    )
    rehearsed = stop(engine, content, dry_run=True)
    assert list(stopped(engine)) == ["dot"]
    report = stop(engine, content)
    assert replace(report, number=None) == rehearsed
    assert (report.rows, report.suppressed, report.unchanged, report.rejected) == (6, 3, 2, 1)
    assert stopped(engine) == {
        "ada": ("bounced", "import stops.csv: 550 5.1.1 no such user"),
        "ben": ("complained", "import stops.csv: spam report"),
        "dot": ("bounced", "550 5.1.1"),
        "eve": ("asked", "import stops.csv"),
    }


def test_addresses_alone_are_stopped_for_the_organisers_reason(engine: Engine) -> None:
    assert stop(engine, "ada@example.org\nben@example.org\n", SuppressionReason.BOUNCED).suppressed == 2
    assert {reason for reason, _ in stopped(engine).values()} == {"bounced"}


def test_the_wrong_list_stops_nobody_who_wants_mail(engine: Engine) -> None:
    report = stop(engine, "email,status\nada@example.org,subscribed\nben@example.org,cleaned\n")
    assert (report.suppressed, report.unchanged) == (1, 1)
    assert list(stopped(engine)) == ["ben"]
