"""S21: hostile lists. Memory stays small, and a bad row does not keep other people off the list."""

import io
import random
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from newsletter.database.engine import writing
from subscribers.errors import BrakeHolds, ColumnsToExplain, UnreadableList
from subscribers.imports import ConsentEvidence, ImportReport, import_subscribers
from subscribers.tables import subscribers
from tests.conftest import within
from tests.examples import examples


def take(engine: Engine, content: bytes, noon: datetime) -> tuple[ImportReport, list[str]]:
    with writing(engine) as connection:
        report = import_subscribers(within(connection), io.BytesIO(content), ConsentEvidence("yes", "import", noon))
        addresses = connection.scalars(select(subscribers.c.address).order_by(subscribers.c.id)).all()
    return report, [address.partition("@")[0] for address in addresses]


def test_a_row_with_a_nul_is_left_out(engine: Engine, noon: datetime) -> None:
    report, names = take(engine, b"email,name\na@example.org,A\nb@example.org,B\0B\nc@example.org,C\n", noon)
    assert names == ["a", "c"]
    (error,) = report.errors
    assert (error.line, error.reason) == (3, "it holds a NUL, which no text does: was the file damaged?")


def test_a_row_without_end_is_left_out(engine: Engine, noon: datetime) -> None:
    endless = b"b@example.org," + b"x" * 5_000_000
    report, names = take(engine, b"email,name\na@example.org,A\n" + endless + b"\nc@example.org,C\n", noon)
    assert names == ["a", "c"]
    (error,) = report.errors
    assert (error.line, error.reason) == (3, "it is longer than 65,536 characters: is a line end missing?")


def test_a_quotation_mark_that_never_closes_costs_one_row(engine: Engine, noon: datetime) -> None:
    rows = b"".join(b"p%d@example.org,P\n" % number for number in range(5000))
    report, names = take(engine, b'email,name\na@example.org,"A\n' + rows, noon)
    assert names == [f"p{number}" for number in range(5000)]
    assert [error.line for error in report.errors] == [2]


def test_an_inch_mark_in_a_cell_is_just_a_character(engine: Engine, noon: datetime) -> None:
    report, names = take(engine, b'email,size\na@example.org,5" disc\nb@example.org,B\nc@example.org,3"\n', noon)
    assert names == ["a", "b", "c"]
    assert report.rejected == 0


def test_a_cell_above_the_limit_is_left_out(engine: Engine, noon: datetime) -> None:
    report, names = take(engine, b"email,note\na@example.org," + b"x" * 4097 + b"\nb@example.org,ok\n", noon)
    assert names == ["b"]
    assert report.errors[0].line == 2


def test_columns_that_stand_twice_are_refused(engine: Engine, noon: datetime) -> None:
    for header in (b"email,First Name,first_name\n", b"email,email\n", b"e-mail,email,E-Mail\n"):
        with pytest.raises(UnreadableList, match="both"):
            take(engine, header + b"a@example.org,b,c\n", noon)


def test_sql_in_a_cell_is_just_words(engine: Engine, noon: datetime) -> None:
    bobby = b"Robert'); DROP TABLE subscribers;--"
    report, names = take(engine, b"email,first_name,x\na@example.org," + bobby + b",%s :x ? {0}\n", noon)
    assert (report.added, names) == (1, ["a"])


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([b"", b"email\n", b"email,a\r\n", b"\xff\xfe", b"\xef\xbb\xbfemail\n"]))
def test_any_bytes_are_a_list_or_refused(engine: Engine, noon: datetime, content: bytes, start: bytes) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        try:
            report = import_subscribers(
                within(connection), io.BytesIO(start + content), ConsentEvidence("", "import", noon)
            )
            assert report.rows == report.added + report.updated + report.unchanged + report.rejected
        except (UnreadableList, ColumnsToExplain, BrakeHolds):
            pass
        transaction.rollback()


@pytest.mark.thorough
def test_memory_stays_small_whatever_the_list(tmp_path: Path) -> None:
    """A row of 80 MB, 60,001 quotation marks, and 60 MB of bad rows between two quotation marks that form a pair."""
    hostile = tmp_path / "hostile.csv"
    with hostile.open("wb") as file:
        file.write(b"email,name\na@example.org,A\nb@example.org,")
        for _ in range(80):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + b'"\n' * 60_001)
        for _ in range(30_000):
            file.write(b"nonsense," + b"n" * 2000 + b"\n")
        file.write(b'c@example.org,"C\n')
    program = textwrap.dedent(
        """
        import resource, sys
        from datetime import UTC, datetime
        from functools import partial
        from newsletter.database.engine import open_database, upgrade, writing
        from subscribers.imports import ConsentEvidence, Options, import_subscribers
        engine = open_database("sqlite:///" + sys.argv[2])
        upgrade(engine)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with open(sys.argv[1], "rb") as file:
            evidence = ConsentEvidence("", "import", datetime.now(UTC))
            options = Options(go_on=lambda brake: True)
            report = import_subscribers(partial(writing, engine), file, evidence, options=options)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(report.added, report.rejected, len(report.errors), after - before)
        """
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, hostile, tmp_path / "list.db"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    added, rejected, kept, grown = map(int, ran.stdout.split())
    assert added == 1
    assert rejected > 30_000
    assert kept == 1000
    assert grown < 40_000  # kilobytes


def test_random_cuts_of_a_good_list_never_invent_an_address(engine: Engine, noon: datetime) -> None:
    good = "".join(f'p{number}@example.org,"Name, {number}","two\nlines"\n' for number in range(50))
    chance = random.Random(21)
    for _ in range(30):
        cut = chance.randrange(len(good))
        with engine.connect() as connection, connection.begin() as transaction:
            content = ("email,name,note\n" + good[:cut]).encode()
            import_subscribers(within(connection), io.BytesIO(content), ConsentEvidence("", "import", noon))
            addresses = set(connection.scalars(select(subscribers.c.address)))
            transaction.rollback()
        assert all(address in good for address in addresses)
