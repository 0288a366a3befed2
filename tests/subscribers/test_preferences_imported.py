"""Breaks and declined topics in a list: a no counts, a yes overrules nobody, and the report says what came of it."""

import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from newsletter.database.engine import reading, writing
from subscribers.export import export_csv
from subscribers.imports import ConsentEvidence, ImportReport, Options, import_subscribers
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import declines, subscribers
from subscribers.topics import choose
from tests.conftest import Cast, within


def take(engine: Engine, rows: str, noon: datetime, dry_run: bool = False) -> ImportReport:
    file = io.BytesIO(f"email,paused_until,declined_topics\n{rows}\n".encode())
    with writing(engine) as connection:
        evidence = ConsentEvidence("yes", "import", noon)
        return import_subscribers(within(connection), file, evidence, options=Options(dry_run=dry_run))


def wishes(engine: Engine, name: str) -> tuple[datetime | None, set[str]]:
    with reading(engine) as connection:
        row = connection.execute(select(subscribers).where(subscribers.c.address == f"{name}@example.org")).one()
        return row.paused_until, set(
            connection.scalars(select(declines.c.topic).where(declines.c.subscriber_id == row.id))
        )


def test_whoever_is_new_comes_with_their_wishes(engine: Engine, noon: datetime) -> None:
    report = take(engine, "eve@example.org,2026-05-01,events; news\nfay@example.org,,\n", noon)
    assert (report.added, report.rejected) == (2, 0)
    assert wishes(engine, "eve") == (datetime(2026, 5, 1, tzinfo=noon.tzinfo), {"events", "news"})
    assert wishes(engine, "fay") == (None, set())


def test_a_no_counts_and_the_report_says_so(engine: Engine, cast: Cast, noon: datetime) -> None:
    report = take(engine, "ada@example.org,2026-05-01T00:00:00+00:00,events", noon)
    assert (report.updated, report.unchanged) == (1, 0)
    assert [(reason.outcome, reason.why) for reason in report.reasons] == [("updated", "changed: preferences")]
    assert wishes(engine, "ada") == (datetime(2026, 5, 1, tzinfo=noon.tzinfo), {"events"})
    again = take(engine, "ada@example.org,2026-05-01T00:00:00+00:00,events", noon)
    assert (again.updated, again.unchanged) == (0, 1)


def test_a_yes_overrules_nobody(engine: Engine, cast: Cast, noon: datetime) -> None:
    long = noon + timedelta(days=90)
    with writing(engine) as connection:
        connection.execute(update(subscribers).values(paused_until=long))
        choose(connection, cast.ada, {"events": False}, noon)
    report = take(engine, "ada@example.org,2026-03-20,\nben@example.org,,", noon)
    assert report.unchanged == 2
    assert wishes(engine, "ada") == (long, {"events"})


def test_a_break_that_is_over_says_nothing(engine: Engine, noon: datetime) -> None:
    take(engine, "eve@example.org,2026-02-28,", noon)
    assert wishes(engine, "eve") == (None, set())


@pytest.mark.parametrize(
    ("cells", "why"), [("soon,", "no time such as"), (",Our News", "cannot be the name of a topic")]
)
def test_what_is_not_understood_leaves_the_row_out(engine: Engine, noon: datetime, cells: str, why: str) -> None:
    report = take(engine, f"eve@example.org,{cells}\nfay@example.org,,", noon)
    assert (report.added, report.rejected) == (1, 1)
    assert why in report.errors[0].reason


def test_a_suppressed_row_is_left_as_it_is_and_a_dry_run_changes_nothing(
    engine: Engine, cast: Cast, noon: datetime
) -> None:
    with writing(engine) as connection:
        suppress(connection, "dot@example.org", SuppressionReason.ASKED, noon)
    assert take(engine, "dot@example.org,2026-05-01,events", noon).suppressed == 1
    assert wishes(engine, "dot") == (None, set())
    assert take(engine, "ada@example.org,2026-05-01,events", noon, dry_run=True).updated == 1


def test_the_same_person_in_two_rows_has_all_their_wishes_once(engine: Engine, noon: datetime) -> None:
    rows = "eve@example.org,2026-05-01,events\nEVE@example.org,2026-06-01,events;news\neve@example.org,2026-04-01,"
    report = take(engine, rows, noon)
    assert (report.added, report.updated, report.unchanged) == (1, 1, 1)
    assert wishes(engine, "eve") == (datetime(2026, 6, 1, tzinfo=noon.tzinfo), {"events", "news"})


def test_a_field_with_the_name_of_a_column_of_ours_stays_a_field(engine: Engine, cast: Cast, noon: datetime) -> None:
    out = io.StringIO()
    with writing(engine) as connection:
        connection.execute(update(subscribers).values(fields={"paused_until": "never", "town": "Rhyl"}))
        export_csv(connection, out)
        file = io.BytesIO(out.getvalue().replace("@example.org", "@example.net").encode())
        assert import_subscribers(within(connection), file, ConsentEvidence("yes", "x", noon)).added == 4
        theirs = subscribers.c.address.like("%.net")
        assert (
            connection.scalars(select(subscribers.c.fields).where(theirs)).all()
            == [{"paused_until_field": "never", "town": "Rhyl"}] * 4
        )
