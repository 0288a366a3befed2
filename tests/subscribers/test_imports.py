"""A CSV becomes subscribers, with a report row by row."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from newsletter.database.engine import open_database, reading, writing
from subscribers.consent import withdraw
from subscribers.errors import UnreadableList
from subscribers.imports import BATCH, ConsentEvidence, ImportReport, Options, RowError, import_subscribers, turns
from subscribers.imports.report import MOST_ERRORS
from subscribers.suppression import is_suppressed
from subscribers.tables import consents, subscribers
from tests.conftest import NOON, Cast

EVIDENCE = ConsentEvidence(wording="Yes, keep me up to date", source="import people.csv", at=NOON)
Import = Callable[[str | bytes], ImportReport]


@pytest.fixture
def taken(engine: Engine) -> Import:
    """Import a list into `engine`, and see that the report adds up."""

    def take(content: str | bytes, dry_run: bool = False) -> ImportReport:
        file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
        report = import_subscribers(
            partial(writing, engine), file, EVIDENCE, options=Options(dry_run=dry_run, go_on=lambda brake: True)
        )
        outcomes = (report.added, report.updated, report.unchanged, report.rejected, report.suppressed)
        assert report.rows == sum(outcomes)
        return report

    return take


def person(engine: Engine, address: str) -> dict[str, Any]:
    with reading(engine) as connection:
        query = select(subscribers).where(subscribers.c.address == address)
        return dict(connection.execute(query).mappings().one())


def evidence(engine: Engine, address: str) -> list[tuple[str, str, str]]:
    columns = (consents.c.consent, consents.c.source, consents.c.wording)
    query = select(*columns).join(subscribers).where(subscribers.c.address == address).order_by(consents.c.id)
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def headcount(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(subscribers)).scalar_one())


def test_a_row_becomes_a_person_with_evidence_of_their_yes(engine: Engine, taken: Import) -> None:
    report = taken(
        "Email Address,First Name,last-name,Language,Tags,Home Town\n"
        "Sian@Example.org, Siân ,Llywelyn,cy,member; north;member,Tŷ Coch\n"
    )
    assert (report.rows, report.added) == (1, 1)
    row = person(engine, "sian@example.org")
    del row["id"]
    assert row == {
        "address": "sian@example.org",
        "first_name": "Siân",
        "last_name": "Llywelyn",
        "language": "cy",
        "tags": ["member", "north"],
        "fields": {"home_town": "Tŷ Coch"},
        "consent": "confirmed",
        "joined_at": NOON,
        "paused_until": None,
        "changed_at": None,
    }
    assert evidence(engine, "sian@example.org") == [("confirmed", "import people.csv", "Yes, keep me up to date")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_list_is_read_however_a_spreadsheet_saved_it(
    engine: Engine, taken: Import, delimiter: str, encoding: str, line_end: str
) -> None:
    lines = ["email,name,note", 'zoe@example.org,Zoë £5,"a, b; c\td"', "ben@example.org,Ben,"]
    rows = [lines[0].replace(",", delimiter)]
    rows += [f'zoe@example.org{delimiter}Zoë £5{delimiter}"a, b; c\td"', f"ben@example.org{delimiter}Ben{delimiter}"]
    report = taken((line_end.join(rows) + line_end).encode(encoding))
    assert (report.added, report.rejected) == (2, 0)
    assert person(engine, "zoe@example.org")["fields"] == {"name": "Zoë £5", "note": "a, b; c d"}


def test_a_letter_typed_as_two_characters_is_the_same_letter(engine: Engine, taken: Import) -> None:
    taken("email,first_name\ngwyn@example.org,Gwy\u0302n\n")
    assert person(engine, "gwyn@example.org")["first_name"] == "Gw\u0177n"


def test_bad_rows_are_reported_with_their_line_and_the_rest_goes_in(engine: Engine, taken: Import) -> None:
    report = taken(
        "email,first_name,consent\n"
        "ada@example.org,Ada,\n"
        "\n"
        "nonsense,Ben,\n"
        'cleo@example.org,"Cleo\nover two lines",\n'
        "dot@example.org,Dot,perhaps\n"
        "eve@example.org,Eve,yes,one,more\n"
        f"fay@example.org,{'x' * 201},\n"
        ",,\n"
        "gil@example.org,Gil,subscribed\n"
    )
    assert (report.rows, report.added, report.rejected) == (7, 3, 4)
    assert [(error.line, error.address) for error in report.errors] == [
        (4, "nonsense"),
        (7, "dot@example.org"),
        (8, "eve@example.org"),
        (9, "fay@example.org"),
    ]
    assert person(engine, "cleo@example.org")["first_name"] == "Cleo over two lines"


def test_the_report_keeps_the_first_errors_and_counts_all(taken: Import) -> None:
    report = taken("email\n" + "nonsense\n" * (MOST_ERRORS + BATCH + 500))
    assert report.rejected == MOST_ERRORS + BATCH + 500
    assert [error.line for error in report.errors] == list(range(2, MOST_ERRORS + 2))
    assert report.as_json()["errors"][0] == {"line": 2, "address": "nonsense", "reason": "it must have one @"}


def test_the_same_person_in_another_case_is_one_row(engine: Engine, taken: Import) -> None:
    report = taken(
        "email,first_name\nMegan@Example.org,Megan\nmegan@EXAMPLE.org,Meg\n" + "MEGAN@example.org,Meg\n" * BATCH
    )
    assert (report.added, report.updated, report.unchanged) == (1, 1, BATCH)
    assert (headcount(engine), person(engine, "megan@example.org")["first_name"]) == (1, "Meg")
    assert len(evidence(engine, "megan@example.org")) == 1


def test_a_second_import_changes_what_is_new_and_takes_nothing_away(engine: Engine, taken: Import) -> None:
    taken("email,first_name,tags,town,branch\nada@example.org,Ada,member,Bala,north\nben@example.org,Ben,,,\n")
    report = taken("email,first_name,tags,town\nada@example.org,,volunteer,Rhyl\nben@example.org,Ben,,\n")
    assert (report.added, report.updated, report.unchanged) == (0, 1, 1)
    ada = person(engine, "ada@example.org")
    assert (ada["first_name"], ada["tags"]) == ("Ada", ["member", "volunteer"])
    assert ada["fields"] == {"town": "Rhyl", "branch": "north"}


def test_consent_moves_only_the_way_a_person_said(engine: Engine, cast: Cast, taken: Import) -> None:
    taken("email\nben@example.org\ncleo@example.org\n")
    assert [person(engine, f"{name}@example.org")["consent"] for name in ("ben", "cleo")] == ["pending", "withdrawn"]
    report = taken(
        "email,consent\nada@example.org,unsubscribed\nben@example.org,confirmed\ncleo@example.org,confirmed\n"
    )
    assert (report.updated, report.unchanged) == (2, 1)
    names = ("ada", "ben", "cleo")
    assert [person(engine, f"{name}@example.org")["consent"] for name in names] == [
        "withdrawn",
        "confirmed",
        "withdrawn",
    ]
    assert evidence(engine, "ada@example.org")[-1] == ("withdrawn", "import people.csv", "")
    assert evidence(engine, "ben@example.org")[-1] == ("confirmed", "import people.csv", "Yes, keep me up to date")


def test_a_no_in_a_list_outlasts_a_yes_further_down(engine: Engine, taken: Import) -> None:
    taken("email,consent\nada@example.org,no\nada@example.org,yes\n")
    assert person(engine, "ada@example.org")["consent"] == "withdrawn"
    assert evidence(engine, "ada@example.org") == [("withdrawn", "import people.csv", "")]


def test_an_unknown_language_costs_nobody_their_place(engine: Engine, taken: Import) -> None:
    assert taken("email,language\nada@example.org,Klingon\nben@example.org,en_GB\n").added == 2
    assert [person(engine, f"{name}@example.org")["language"] for name in ("ada", "ben")] == ["", "en-GB"]
    taken("email,iaith\nada@example.org,Cymraeg\n")
    assert person(engine, "ada@example.org")["language"] == "cy"


def test_a_dry_run_says_the_same_and_changes_nothing(engine: Engine, cast: Cast, taken: Any) -> None:
    content = "email,first_name\nada@example.org,Ada Lloyd\nnew@example.org,New\ndot@example.org,Dot\nbad\n"
    rehearsed = taken(content, dry_run=True)
    assert headcount(engine) == 4
    assert person(engine, "ada@example.org")["first_name"] == "Ada"
    assert replace(taken(content), number=None) == rehearsed
    assert (rehearsed.added, rehearsed.updated, rehearsed.rejected, rehearsed.suppressed) == (1, 1, 1, 1)


@pytest.mark.parametrize("dry_run", [False, True])
def test_somebody_can_unsubscribe_while_a_list_is_rehearsed_or_read(
    engine: Engine, cast: Cast, dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    address = engine.url.update_query_dict({"timeout": "0.2"}) if engine.name == "sqlite" else engine.url
    impatient = open_database(address.render_as_string(hide_password=False))

    def leave(done: int) -> None:
        with writing(impatient) as connection:
            withdraw(connection, cast.ada, NOON, "one-click")

    file = io.BytesIO(b"email,status\nnew@example.org,\nada@example.org,\neve@example.org,cleaned\n")
    opens = partial(reading if dry_run else writing, engine)
    report = import_subscribers(opens, file, EVIDENCE, leave, options=Options(dry_run=dry_run))
    impatient.dispose()
    assert (report.added, report.unchanged, report.suppressed) == (1, 1, 1)
    assert person(engine, "ada@example.org")["consent"] == "withdrawn"
    assert headcount(engine) == 4 + (not dry_run)
    with reading(engine) as connection:
        assert is_suppressed(connection, "eve@example.org") is not dry_run


@pytest.fixture
def no_turn_is_longer_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.0)


@pytest.mark.thorough
@pytest.mark.usefixtures("no_turn_is_longer_than_a_batch")
def test_a_list_that_is_interrupted_leaves_whole_people_and_goes_on_from_there(engine: Engine) -> None:
    def stop(done: int) -> None:
        if done > BATCH:
            raise KeyboardInterrupt

    content = b"email\n" + b"".join(b"p%d@example.org\n" % number for number in range(3 * BATCH))
    with pytest.raises(KeyboardInterrupt):
        import_subscribers(partial(writing, engine), io.BytesIO(content), EVIDENCE, progress=stop)
    there = headcount(engine)
    assert 0 < there < 3 * BATCH
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(consents)) == there
    report = import_subscribers(partial(writing, engine), io.BytesIO(content), EVIDENCE)
    assert (report.added, report.unchanged) == (3 * BATCH - there, there)
    assert headcount(engine) == 3 * BATCH


@pytest.mark.thorough
@pytest.mark.usefixtures("no_turn_is_longer_than_a_batch")
def test_progress_is_told_how_many_rows_are_done(engine: Engine) -> None:
    told: list[int] = []
    file = io.BytesIO(b"email\n" + b"".join(b"p%d@example.org\n" % number for number in range(2 * BATCH + 5)))
    import_subscribers(partial(writing, engine), file, EVIDENCE, progress=told.append)
    assert told[-1] == 2 * BATCH + 5
    assert len(told) > 1


def test_a_list_through_a_pipe_is_read_like_a_file(engine: Engine) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe("email,name\nzoe@example.org,Zoë\n".encode("cp1252"))
    report = import_subscribers(partial(writing, engine), pipe, EVIDENCE)
    assert report.added == 1
    assert person(engine, "zoe@example.org")["fields"] == {"name": "Zoë"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n,,\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text"),
        (b"PK\x03\x04\x14\x00\x06\x00", "not text"),
        ("email\nada@example.org\n".encode("utf-16-le"), "not text"),
        (b"name,town\nAda,Bala\n", "one of them email; it says: name, town"),
        (b"ada@example.org,Ada\nben@example.org,Ben\n", "must name the columns"),
        (b"email,First name,first_name\n", 'both "first_name"'),
        (b"email," + b",".join(b"c%d" % number for number in range(500)), "501 columns"),
        (b"\xff\xfee\0m\0a\0i\0l\0\n\0\0\xd8\n\0", "says it is utf-16"),
        (b"email" + b"x" * 70_000, "not text"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(taken: Import, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableList) as refused:
        taken(content)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_address_beside_an_email_is_where_somebody_lives(engine: Engine, taken: Import) -> None:
    taken('address,email\n"1 Example Street",ada@example.org\n')
    assert person(engine, "ada@example.org")["fields"] == {"address": "1 Example Street"}
    taken("address\nben@example.org\n")
    assert person(engine, "ben@example.org")["fields"] == {}


def test_a_time_of_joining_is_kept_where_it_is_one(engine: Engine, taken: Import) -> None:
    taken("email,joined_at\na@example.org,2024-05-06T07:08:09+02:00\nb@example.org,last May\n")
    assert person(engine, "a@example.org")["joined_at"] == datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)
    assert person(engine, "b@example.org")["joined_at"] == NOON


def test_the_list_of_the_demo_holds_what_its_story_needs(engine: Engine, taken: Import) -> None:
    from importlib.resources import files

    content = files("newsletter").joinpath("demo/people.csv").read_bytes()
    report = taken(content)
    assert (report.rows, report.added, report.updated, report.rejected) == (61, 59, 1, 1)
    assert report.errors == (RowError(12, "not-an-address", "it must have one @"),)
    consent = {name: person(engine, name)["consent"] for name in ("ben@members.test", "cleo@members.test")}
    assert consent == {"ben@members.test": "pending", "cleo@members.test": "withdrawn"}
    assert person(engine, "megan.parry@supporters.example")["last_name"] == "Parry-Hughes"
    for name in ("gone@members.test", "slow@supporters.example", "dot@supporters.example"):
        assert person(engine, name)["consent"] == "confirmed"
