"""Lists as other programs write them: what an organiser reads in the report is what happened to every line."""

import io
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import reading, writing
from subscribers.imports import Brake, ConsentEvidence, Fate, ImportReport, Options, import_subscribers
from subscribers.suppression import everybody
from subscribers.tables import subscribers
from tests.conftest import NOON

LISTS = Path(__file__).parent / "lists"


def meant(brake: Brake) -> bool:
    """Say that a list of which half is refused is meant."""
    return True


AS_IT_COMES = Options(go_on=meant)
LAPSED = (
    'its "Status" is "lapsed", which does not say whether they want mail. '
    'If that is about something else: --field "Status"'
)


def take(engine: Engine, name: str, options: Options = AS_IT_COMES) -> tuple[list[str], ImportReport]:
    """Import a list; give a line for each row, and the report, which must agree with them."""
    fates: list[Fate] = []
    evidence = ConsentEvidence("Yes, news please", f"import {name}", NOON)
    with (LISTS / name).open("rb") as file:
        report = import_subscribers(partial(writing, engine), file, evidence, options=options, tell=fates.extend)
    outcomes = [str(fate.outcome) for fate in fates]
    assert report.rows == len(fates)
    counts = {"added", "updated", "unchanged", "suppressed", "rejected"}
    assert {name: getattr(report, name) for name in counts} == {name: outcomes.count(name) for name in counts}
    assert sum(reason.number for reason in report.reasons) == sum(bool(fate.why) for fate in fates)
    return [f"{fate.line} {fate.outcome} {fate.why}".rstrip() for fate in fates], report


def people(engine: Engine) -> dict[str, tuple[Any, ...]]:
    columns = subscribers.c
    query = select(columns.address, columns.consent, columns.first_name, columns.tags, columns.fields)
    with reading(engine) as connection:
        return {row[0].partition("@")[0]: tuple(row[1:]) for row in connection.execute(query)}


def stopped(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.address.partition("@")[0]: row.reason for row in connection.execute(everybody())}


def test_an_excel_list_in_welsh_with_its_mark_and_its_empty_rows(engine: Engine) -> None:
    lines, report = take(engine, "excel-welsh.csv")
    assert lines == ["3 added", "4 added", "6 rejected it must have one @"]
    assert (report.read_as, report.delimiter) == ("UTF-8", "semicolon")
    assert report.columns["email"] == "E-bost"
    assert people(engine)["sian"] == ("confirmed", "Siân", [], {"tref": "Tŷ Coch"})


def test_a_unicode_text_of_excel_with_a_line_end_in_a_cell(engine: Engine) -> None:
    lines, report = take(engine, "excel-utf16.txt")
    assert lines == ["2 added", "4 added"]
    assert (report.read_as, report.delimiter) == ("UTF-16", "tab")
    assert people(engine)["ada"][3] == {"note": "two lines"}


def test_the_three_exports_of_mailchimp(engine: Engine) -> None:
    lines, report = take(engine, "mailchimp-subscribed.csv")
    assert lines == ["2 added"]
    assert "LATITUDE" in report.columns["passed_over"]
    assert people(engine)["ada"] == ("confirmed", "Ada", ["member", "north wales"], {})
    assert take(engine, "mailchimp-unsubscribed.csv")[0] == ["2 added unsubscribed, according to “UNSUB_TIME”"]
    assert take(engine, "mailchimp-cleaned.csv")[0] == ["2 suppressed bounced, according to “CLEAN_TIME”"]
    assert {name: row[0] for name, row in people(engine).items()} == {"ada": "confirmed", "ben": "withdrawn"}
    assert stopped(engine) == {"cleo": "bounced"}


def test_an_address_book_of_google_gives_names_and_addresses_and_keeps_the_rest(engine: Engine) -> None:
    lines, report = take(engine, "google-contacts.csv")
    assert lines == [
        "2 added several addresses in it: the first is taken",
        "3 added",
        "4 rejected there is no address in it",
    ]
    assert people(engine)["ada"] == ("confirmed", "Ada", ["Members"], {})
    assert "Birthday" in report.columns["passed_over"]
    _, report = take(engine, "google-contacts.csv", Options(as_fields=["Birthday"]))
    assert people(engine)["ada"][3] == {"birthday": "1970-01-01"}


def test_an_address_book_of_outlook(engine: Engine) -> None:
    lines, report = take(engine, "outlook.csv")
    assert lines == ["2 added", "3 rejected it must have one @"]
    assert report.read_as.startswith("Windows-1252")
    assert people(engine)["zoe"] == ("confirmed", "Zoë", [], {})


def test_an_export_of_phplist(engine: Engine) -> None:
    lines, _ = take(engine, "phplist.csv")
    assert lines == [
        "2 added",
        "3 added not confirmed yet, according to “confirmed”",
        "4 suppressed on a do-not-email list, according to “blacklisted”",
        "5 added unsubscribed, according to “disabled”",
    ]
    assert people(engine)["ada"] == ("confirmed", "", [], {"town": "Bala"})


def test_an_export_of_listmonk(engine: Engine) -> None:
    take(engine, "listmonk.csv")
    assert {name: row[0] for name, row in people(engine).items()} == {"ada": "confirmed", "ben": "withdrawn"}
    assert stopped(engine) == {"cleo": "asked"}


def test_an_export_of_civicrm(engine: Engine) -> None:
    take(engine, "civicrm.csv")
    consents = {name: row[0] for name, row in people(engine).items()}
    assert consents == {"ada": "confirmed", "ben": "withdrawn", "cleo": "withdrawn", "eve": "withdrawn"}
    assert stopped(engine) == {"dot": "bounced"}


def test_a_list_kept_by_hand(engine: Engine) -> None:
    lines, _ = take(engine, "by-hand.csv")
    assert lines == [
        "2 added",
        "3 added several addresses in it: the first is taken",
        "4 added",
        "5 updated the same address as a row above; changed: fields",
        "6 added unsubscribed, according to “Status”",
        f"7 rejected {LAPSED}",
        "8 rejected before the @ it must have only letters from a to z, because not every mail server accepts others",
        "9 added",
        "10 rejected what comes after the @ must have a dot and end in letters, as in example.org",
        "11 rejected it holds a NUL, which no text does: was the file damaged?",
        "12 added",
        "14 rejected it has 7 cells and the header 6; is a comma missing its quotation marks?",
    ]
    assert people(engine)["ada"][3] == {"name": "Ada Lloyd", "phone": "1", "phone_2": "2"}
    assert people(engine)["huw"][3] == {"name": "Hûw"}
    again, _ = take(engine, "by-hand.csv", Options(as_fields=["status"], go_on=meant))
    assert "7 added" in again


def test_a_list_kept_in_welsh(engine: Engine) -> None:
    lines, report = take(engine, "cymraeg.csv")
    assert report.columns["wants_mail"] == ["Statws"]
    assert lines == [
        "2 added",
        "3 added unsubscribed, according to “Statws”",
        "4 added not confirmed yet, according to “Statws”",
        "5 added",
        f"6 rejected {LAPSED.replace('Status', 'Statws').replace('lapsed', 'Aelod')}",
    ]
    assert people(engine)["sian"] == ("confirmed", "Siân", ["aelod"], {})
    assert people(engine)["ben"][0] == "withdrawn"


def test_addresses_alone_one_a_line(engine: Engine) -> None:
    lines, _ = take(engine, "addresses.txt")
    assert lines == [
        "1 added",
        "2 added",
        "4 rejected it must have one @",
        "5 unchanged the same address as a row above",
    ]


@pytest.mark.parametrize("name", sorted(file.name for file in LISTS.iterdir()))
def test_the_same_list_twice_changes_nothing_and_wakes_nobody(engine: Engine, name: str) -> None:
    take(engine, name)
    before = people(engine), stopped(engine)
    _, report = take(engine, name)
    assert (people(engine), stopped(engine)) == before
    assert report.added == 0


def test_who_unsubscribed_here_is_named_in_the_report(engine: Engine) -> None:
    take(engine, "mailchimp-unsubscribed.csv")
    evidence = ConsentEvidence("", "import", NOON)
    file = io.BytesIO(b"email\nben@example.org\n")
    report = import_subscribers(partial(writing, engine), file, evidence)
    (reason,) = report.reasons
    assert (reason.outcome, reason.lines) == ("unchanged", (2,))
    assert "only they themselves can come back" in reason.why


def test_a_tag_for_the_whole_list(engine: Engine) -> None:
    take(engine, "mailchimp-subscribed.csv", Options(tags=["from mailchimp", "member"]))
    assert people(engine)["ada"][2] == ["member", "north wales", "from mailchimp"]
