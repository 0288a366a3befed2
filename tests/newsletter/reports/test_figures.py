"""The figures are those of the raw rows, whatever happened to the people since; outside, small ones are hidden."""

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import python_calamine
from sqlalchemy import func, select

from newsletter.database.engine import reading, writing
from newsletter.database.incoming import replies
from newsletter.database.tables import deliveries, events, hook_events
from newsletter.languages import speak
from newsletter.reports import composing, printing
from newsletter.reports.cells import Hidden, Span
from newsletter.reports.chart import Chart, Figures
from newsletter.reports.composing import ReportOptions
from newsletter.reports.files import UnknownEnding, write_report
from newsletter.reports.issue_charts import domain_chart
from newsletter.reports.issue_numbers import DomainNumbers, issue_numbers
from newsletter.reports.page import report_page
from newsletter.reports.printing import NoBrowser
from newsletter.theme import template_folders
from tests.newsletter.reports.conftest import ACCEPTED, PEOPLE, Campaign

SHIPPED = template_folders(None)


def wish(at: datetime, outside: bool = False, language: str = "en") -> ReportOptions:
    return ReportOptions(speak(SHIPPED, language), at, outside, "Llais y Bobl")


def numbers_of(chart: Chart) -> dict[str, tuple[object, ...]]:
    return {str(row[0]): row[1:] for row in chart.rows}


def chart_of(figures: Figures, key: str) -> Chart:
    return next(chart for chart in figures.charts if chart.key == key)


def test_the_numbers_of_issues_are_those_of_the_rows(campaign: Campaign, noon: datetime) -> None:
    with reading(campaign.engine) as connection:
        (found,) = issue_numbers(connection)
        by_state = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        states: dict[str, int] = {row[0]: row[1] for row in connection.execute(by_state)}
        bounced = select(func.count(events.c.delivery_id.distinct())).where(events.c.kind == "bounce")
        assert found.accepted == states["accepted"] == ACCEPTED
        assert (found.not_reached, found.uncertain) == (states["refused"], states["uncertain"]) == (4, 2)
        assert found.came_back == connection.scalar(bounced) == 8
        assert found.complained == 1, "a machine's report is no reader's"
        assert found.unsubscribed == 6, "who was erased, and who came back, left all the same"
        assert issue_numbers(connection, since=noon + timedelta(days=1)) == []
        figures = composing.of_issue(connection, None, wish(noon))[1]
    row = numbers_of(chart_of(figures, "issues"))["1: Newyddion da: good news"]
    assert row == (4, ACCEPTED, 8, round(8000 / 23, 1), 6, round(6000 / 23, 1), 1, round(1000 / 23, 1))
    assert numbers_of(chart_of(figures, "everybody"))["All"] == (PEOPLE,)
    assert sum(row[0] for row in numbers_of(chart_of(figures, "pace")).values()) == ACCEPTED  # type: ignore[misc]
    assert [band.name for band in chart_of(figures, "pace").bands], "three hours without an acceptance"
    domains = numbers_of(chart_of(figures, "domains"))
    assert domains["example.org"][0] == ACCEPTED - 2
    assert domains["All other domains"][0] == 2, "of the erased no domain is known; they stay in the sum"


def test_the_list_by_month_is_that_of_the_rows_though_people_were_erased(campaign: Campaign, noon: datetime) -> None:
    with reading(campaign.engine) as connection:
        figures = composing.of_list(connection, wish(noon + timedelta(days=95)))
    rows = numbers_of(chart_of(figures, "list"))
    assert rows == {
        "March 2026": (30, 0, 0, 30),
        "April 2026": (1, 6, 0, 25),
        "May 2026": (0, 1, 0, 24),
        "June 2026": (0, 0, 0, 24),
    }
    assert "These records begin in March 2026" in chart_of(figures, "list").note
    assert numbers_of(chart_of(figures, "still-here")) == {"0": (30,), "1": (24,)}


def test_outside_no_number_from_1_to_4_is_told_in_any_file(campaign: Campaign, noon: datetime, tmp_path: Path) -> None:
    at = noon + timedelta(days=95)
    with reading(campaign.engine) as connection:
        told = [
            composing.of_issue(connection, 1, wish(at, outside=True))[1],
            composing.of_list(connection, wish(at, outside=True)),
            composing.of_issues(connection, wish(at, outside=True)),
            composing.for_board(connection, wish(at, outside=True, language="cy")),
        ]
    for figures in told:
        for chart in figures.charts:
            cells = [cell for series in chart.series for cell in series.values]
            assert not [cell for cell in cells if isinstance(cell, int) and 0 < cell < 5], chart.key
        assert "person" not in report_page(figures, SHIPPED), "no address, and no name"
    everybody = numbers_of(chart_of(told[0], "everybody"))
    assert everybody == {
        "sent": (ACCEPTED,),
        "not reached": (Hidden.FEW,),
        "not emailed": (Hidden.FEW,),
        "in doubt": (Hidden.FEW,),
        "All": (Span(ACCEPTED + 3, ACCEPTED + 12),),
    }, "the sum tells no more than its parts"
    path = tmp_path / "board.json"
    write_report(told[3], path, SHIPPED)
    assert "llai na 5" in path.read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["small_numbers_hidden"]


def test_files_hold_the_same_numbers_and_words_that_no_spreadsheet_runs(
    campaign: Campaign, noon: datetime, tmp_path: Path
) -> None:
    with writing(campaign.engine) as connection:
        dialect = connection.dialect.name
        replaced = "json_set(content, '$.email.subject', '=1+1')"
        if dialect != "sqlite":
            replaced = "jsonb_set(content, '{email,subject}', '\"=1+1\"')"
        connection.exec_driver_sql(f"UPDATE issues SET content = {replaced}")
        figures = composing.of_issue(connection, 1, wish(noon, outside=True))[1]
    tmp_path = tmp_path / "files"
    tmp_path.mkdir()
    for ending in ("csv", "xlsx", "html"):
        write_report(figures, tmp_path / f"r.{ending}", SHIPPED)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text(encoding="utf-8-sig"))))
    assert {"chart": "What happened to everybody", "row": "sent", "column": "People", "value": "23"} in rows
    assert not [word for row in rows for word in row.values() if word.startswith(("=", "+", "-", "@"))]
    with (tmp_path / "r.xlsx").open("rb") as file:
        book = python_calamine.load_workbook(file)
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert ["sent", 23.0] in [row[:2] for row in sheets["1 What happened to everybody"]]
    assert sheets["0 Report"][0] == ["Issue 1: =1+1"], "as words, not as 2"
    with pytest.raises(UnknownEnding):
        write_report(figures, tmp_path / "r.docx", SHIPPED)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.html", "r.xlsx"], "and nothing half"


def test_a_pdf_needs_a_browser_and_without_one_nothing_is_written(
    campaign: Campaign, noon: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(campaign.engine) as connection:
        figures = composing.for_board(connection, wish(noon, outside=True))
    kept = tmp_path / "board.pdf"
    kept.write_bytes(b"the one of last year")
    monkeypatch.setattr(printing, "NAMES", ("no-such-browser",))
    with pytest.raises(NoBrowser, match="Save as PDF"):
        write_report(figures, kept, SHIPPED)
    assert kept.read_bytes() == b"the one of last year"


def test_that_nothing_is_watched_is_said_only_where_it_is_true(campaign: Campaign, noon: datetime) -> None:
    with writing(campaign.engine) as connection:
        assert "Nothing about readers is watched" in composing.for_board(connection, wish(noon)).closing[0]
        row = {"service": "postmark", "what": "ignored", "name": "Open", "number": 3, "last_at": noon}
        connection.execute(hook_events.insert(), row)
        assert "Your mail service watches" in composing.for_board(connection, wish(noon)).closing[0]


def test_replies_are_shown_once_somebody_wrote_back(campaign: Campaign, noon: datetime) -> None:
    with writing(campaign.engine) as connection:
        assert "replies" not in {chart.key for chart in composing.of_issues(connection, wish(noon)).charts}
        ids = connection.scalars(select(deliveries.c.id).order_by(deliveries.c.id)).all()
        rows = [
            {"delivery_id": ids[person], "digest": f"{place}", "wants_to_leave": False, "at": noon}
            for place, person in enumerate((1, 2, 3, 4, 5, 5))
        ]
        connection.execute(replies.insert(), rows)
        inside = chart_of(composing.of_issues(connection, wish(noon)), "replies")
        outside = chart_of(composing.of_issues(connection, wish(noon, outside=True)), "replies")
    assert numbers_of(inside) == numbers_of(outside)
    assert numbers_of(inside)["1: Newyddion da: good news"] == (5, ACCEPTED, round(5000 / 23, 1)), "5 people, 6 replies"


def test_a_domain_with_few_people_is_not_named_outside_the_house() -> None:
    found = [
        DomainNumbers("large.test", 100, 100, 0, 9),
        DomainNumbers("medium.test", 6, 6, 0, 0),
        DomainNumbers("ada.test", 1, 1, 0, 1),
    ]
    english = speak(SHIPPED, "en")
    inside = domain_chart(found, english, outside=False)
    assert inside
    assert inside.labels == ("large.test", "medium.test", "ada.test")
    outside = domain_chart(found, english, outside=True)
    assert outside
    assert numbers_of(outside)["All other domains"][0] == 7, "one person alone would be found by subtraction"
    assert "medium.test" not in outside.labels
    assert not domain_chart(found[:1], english, outside=True)


def test_a_report_of_an_empty_database_says_that_nothing_is_known(campaign: Campaign, noon: datetime) -> None:
    with writing(campaign.engine) as connection:
        for table in ("events", "deliveries", "exclusions", "senders", "consents", "subscribers", "tallies", "cohorts"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("DELETE FROM issues")
        assert composing.of_list(connection, wish(noon)).sentences == ("Nothing is known yet.",)
        board = composing.for_board(connection, wish(noon))
    assert board.sentences == ("Nothing has been sent yet.",)
    report_page(board, SHIPPED)
