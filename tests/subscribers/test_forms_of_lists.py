"""Lists in every form: spreadsheets, archives, visiting cards, JSON, a pasted To: line; and what is too much of them."""

import io
import json
import shutil
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import open_database, reading, writing
from subscribers.errors import ColumnsToExplain, UnreadableList
from subscribers.imports import ConsentEvidence, ImportReport, import_subscribers
from subscribers.imports.forms import limits
from subscribers.tables import consents, subscribers
from tests.conftest import NOON
from tests.subscribers.test_exports_of_programs import statuses, tags_of

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Engine:
    """A database of its own, because nothing here depends on which it is."""
    return open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'forms.db')}")


def take(engine: Engine, content: bytes, name: str = "people") -> ImportReport:
    file = io.BytesIO(content)
    file.name = name
    evidence = ConsentEvidence("Yes", f"import {name}", NOON)
    return import_subscribers(partial(writing, engine), file, evidence)


def packed(parts: dict[str, str | bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return into.getvalue()


def xlsx(sheets: dict[str, list[list[str]]], more: str = "", head: str = "") -> bytes:
    """Make a workbook, cell by cell."""
    parts: dict[str, str | bytes] = {"[Content_Types].xml": TYPES}
    named, links = "", ""
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        cells = "".join(
            f'<row r="{row}">'
            + "".join(
                f'<c r="{chr(65 + column)}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
                for column, text in enumerate(values)
            )
            + "</row>"
            for row, values in enumerate(rows, start=1)
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<?xml version="1.0"?>{head}<worksheet xmlns="{MAIN}"><sheetData>{cells}{more}</sheetData></worksheet>'
        )
        named += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        links += f'<Relationship Id="rId{number}" Type="{LINKS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts["xl/workbook.xml"] = f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{named}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{packages}">{links}</Relationships>'
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{packages}"><Relationship Id="r" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    )
    return packed(parts)


def ods(rows: str) -> bytes:
    spaces = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    content = f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="A">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    return packed({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def ods_row(*cells: str, more: str = "") -> str:
    each = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f"<table:table-row{more}>{each}</table:table-row>"


def test_a_workbook_with_a_title_above_its_header_and_another_sheet(sqlite: Engine) -> None:
    book = xlsx({
        "Members": [["Our members"], [], ["Name", "E-mail", "Newsletter consent"], ["Ann", "ann@example.org", "yes"], ["Huw", "huw@example.org", "no"]],
        "Notes": [["Bring cake"]],
    })  # fmt: skip
    report = take(sqlite, book, "people.xlsx")
    assert (report.added, report.passed_over) == (2, ("Notes",))
    assert statuses(sqlite) == {"ann": "confirmed", "huw": "withdrawn"}


def test_a_sheet_named_for_refusals_is_not_read_as_supporters(sqlite: Engine) -> None:
    book = xlsx({"Members": [["email"], ["ann@example.org"]], "Unsubscribed": [["email"], ["huw@example.org"]]})
    with pytest.raises(ColumnsToExplain, match=r"(?i)unsubscribed"):
        take(sqlite, book, "people.xlsx")


def test_an_opendocument_spreadsheet(sqlite: Engine) -> None:
    empty = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    rows = ods_row("email", "first_name") + ods_row("ann@example.org", "Ann") + empty
    assert take(sqlite, ods(rows), "people.ods").added == 1


def test_what_would_fill_the_memory_is_refused_before_it_does(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [["email"], ["ann@example.org"]]
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    wide = ' table:number-columns-repeated="16384"'
    filled = f'<table:table-row table:number-rows-repeated="1048576"><table:table-cell{wide} office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    utf16 = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16")
    doctype = xlsx({"A": people}, head='<!DOCTYPE x [<!ENTITY a "b">]>')
    broken = xlsx({"A": people})
    monkeypatch.setattr(limits, "MOST_ENTRIES", 50)
    hostile = {
        "cells": (xlsx({"A": people}, more=corner), "cells"),
        "repeated": (ods(ods_row("email") + filled), "cells"),
        "doctype": (doctype, "DOCTYPE"),
        "utf-16": (packed({"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": utf16}), "DOCTYPE"),
        "entries": (packed({f"{number}.csv": "email\n" for number in range(51)}), "files"),
        "depth": (packed({"inner.zip": packed({"people.csv": "email\n"})}), "archive in an archive"),
        "cut": (broken[: len(broken) // 2], "damaged"),
    }
    for name, (content, why) in hostile.items():
        with pytest.raises(UnreadableList, match=why):
            take(sqlite, content, name)
    bomb = packed({"people.csv": b"email\n" + b"\n" * 50_000_000})
    monkeypatch.setattr("subscribers.imports.forms.limits.Unpacking.__init__.__defaults__", (1 << 20,))
    with pytest.raises(UnreadableList, match="larger than"):
        take(sqlite, bomb, "bomb.zip")


def test_archives_by_the_names_of_their_files(sqlite: Engine) -> None:
    head = '"Email Address","First Name","MEMBER_RATING","OPTIN_TIME","CONFIRM_TIME","LEID","EUID"'
    rows = {
        name: f'{head}\n{name}@example.org,N,2,"2021-01-01 00:00:00","2021-01-01 00:00:00",1,{name}\n'
        for name in ("in", "out", "dead", "shop")
    }
    mailchimp = packed({
        "a/subscribed_email_audience_export_1.csv": rows["in"], "a/unsubscribed_email_audience_export_1.csv": rows["out"],
        "a/cleaned_email_audience_export_1.csv": rows["dead"], "a/nonsubscribed_email_audience_export_1.csv": rows["shop"], "a/campaigns.csv": "email\nx@example.org\n",
    })  # fmt: skip
    report = take(sqlite, mailchimp, "audience.zip")
    assert statuses(sqlite) == {"in": "confirmed", "out": "withdrawn", "dead": "bounced", "shop": "pending"}
    assert report.passed_over == ("a/campaigns.csv",)
    substack = packed({
        "email_list.us.csv": "email,active_subscription,plan,expiry,email_disabled\nfree@example.org,false,other,,false\n",
        "posts/1.opens.csv": "post_id,timestamp,email\n1,2024,opened@example.org\n", "posts.csv": "post_id,title\n1,x\n",
    })  # fmt: skip
    take(sqlite, substack, "substack.zip")
    assert "opened" not in statuses(sqlite)
    assert statuses(sqlite)["free"] == "confirmed"


def damaged(content: bytes, name: str) -> bytes:
    """Return the archive with rubbish where the packed bytes of the file `name` begin."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        begin = archive.getinfo(name).header_offset + 30 + len(name)
    return content[:begin] + b"\xff" * 12 + content[begin + 12 :]


def test_a_damaged_file_of_an_archive_is_passed_over_unless_it_may_say_who_said_no(sqlite: Engine) -> None:
    people = "email\nann@example.org\n"
    inner = packed({"more.csv": people})
    rubbish = "".join(f"{number}@example.org\n" for number in range(200))
    for name, content in {
        "old.csv": damaged(packed({"people.csv": people, "old.csv": "email\n" + rubbish}), "old.csv"),
        "backup.zip": packed({"people.csv": people, "backup.zip": inner}),
        "sheet.xlsx": packed(
            {"people.csv": people, "sheet.xlsx": damaged(xlsx({"A": [["email"]] * 50}), "xl/workbook.xml")}
        ),
    }.items():
        assert take(sqlite, content, "all.zip").passed_over == (name,)
    for name in ("unsubscribed.csv", "Opt-outs 2024.csv", "suppression_list.csv", "désabonnés.csv", "do_not_email.csv"):
        content = damaged(packed({"people.csv": people, name: "email\n" + rubbish}), name)
        with pytest.raises(UnreadableList, match="damaged"):
            take(sqlite, content, "all.zip")
    with pytest.raises(UnreadableList, match="archive in an archive"):
        take(sqlite, packed({"people.csv": people, "unsubscribes.zip": inner}), "all.zip")


def test_visiting_cards(sqlite: Engine) -> None:
    cards = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Llo=C5=B7d;Si=C3=A2n\nEMAIL;HOME:sian@example.org\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ann\\, the baker\nEMAIL;PREF=1:ann@example.org\nPHOTO:data:xx\n "
        + "y"
        * 200
        + "\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nFN:No address\nEND:VCARD\n"
    )
    report = take(sqlite, cards.encode(), "cards.vcf")
    assert (report.added, report.rejected) == (2, 1)
    with reading(sqlite) as connection:
        named = connection.execute(
            select(subscribers.c.first_name, subscribers.c.fields).order_by(subscribers.c.id)
        ).all()
    assert [tuple(row) for row in named] == [("Siân", {}), ("", {"name": "Ann, the baker"})]


def test_json_in_its_shapes(sqlite: Engine) -> None:
    lines = "\n".join(
        json.dumps({"email": f"l{n}@example.org", "tags": ["a", "b,c"], "fields": {"town": "Bala"}}) for n in range(2)
    )
    assert take(sqlite, lines.encode(), "people.jsonl").added == 2
    assert tags_of(sqlite, "l0@example.org") == ["a", "b,c"]
    kit = {
        "subscribers": [
            {
                "id": 1,
                "state": "cancelled",
                "email_address": "gone@example.org",
                "created_at": "2024-01-02T00:00:00Z",
                "fields": {"town": "Bala"},
            }
        ]
    }
    assert take(sqlite, json.dumps(kit).encode(), "kit.json").program == "Kit (ConvertKit)"
    assert statuses(sqlite)["gone"] == "withdrawn"
    nested = [{"uuid": "1", "email": "n@example.org", "status": "enabled", "attribs": {"GDPR consent": "no"}}]
    with pytest.raises(ColumnsToExplain, match="gdpr"):
        take(sqlite, json.dumps(nested).encode(), "listmonk.json")
    with pytest.raises(UnreadableList, match="posts"):
        take(sqlite, b'{"db": [{"data": {"posts": []}}]}', "ghost.json")


def test_pasted_addresses(sqlite: Engine) -> None:
    line = 'To: Ann Lloyd <ann@example.org>; "Price, Eve" <eve@example.org>, Marsh, Cleo <cleo@example.org>, dot@example.org (Dot),\r\n =?UTF-8?Q?Si=C3=A2n?= <sian@example.org>\r\n'
    report = take(sqlite, line.encode(), "to.txt")
    assert (report.added, report.rejected) == (5, 0)
    with reading(sqlite) as connection:
        names = {
            row.address.partition("@")[0]: row.fields.get("name") for row in connection.execute(select(subscribers))
        }
    assert names == {"ann": "Ann Lloyd", "eve": "Eve Price", "cleo": "Cleo Marsh", "dot": "Dot", "sian": "Siân"}


def test_whatever_is_no_list_says_what_it_is_and_what_to_do(sqlite: Engine) -> None:
    cases: dict[str, tuple[bytes, str]] = {
        "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office file.*save it"),
        "list.pdf": (b"%PDF-1.7\n", "PDF.*ask for"),
        "a.docx": (packed({"word/document.xml": "<x/>"}), "Word document.*spreadsheet"),
        "a.numbers": (packed({"Index/Document.iwa": "x"}), "Numbers.*Export To"),
        "page.html": (b"<!doctype html><table>", "web page.*table"),
        "a.gz": (b"\x1f\x8b\x08" + b"\0" * 20, "archive of another kind.*Unpack"),
        "none.zip": (packed({"readme.md": "x"}), "holds no list"),
        "a.eml": (b"Received: from x\r\nTo: a@example.org\r\n\r\nhi", "a mail.*To:"),
    }
    for name, (content, why) in cases.items():
        with pytest.raises(UnreadableList, match=why):
            take(sqlite, content, name)


def test_likely_typos_are_listed_and_left_as_they_are(sqlite: Engine) -> None:
    addresses = [f"ann@{'gmial'}.com", f"huw@{'hotmail'}.con", "sue@example.org"]
    report = take(sqlite, "\n".join(["email", *addresses]).encode())
    assert [(typo.line, typo.likely) for typo in report.typos] == [(2, "gmail.com"), (3, "hotmail.com")]
    with reading(sqlite) as connection:
        assert connection.scalars(select(subscribers.c.address).order_by(subscribers.c.id)).all() == addresses


def test_when_from_where_and_to_what_they_said_yes_is_kept(sqlite: Engine) -> None:
    form = '"Timestamp","Email Address","May we send you our newsletter?"\n"2026/02/03 9:12:33 PM GMT+1","ann@example.org","Yes please"\n'
    take(sqlite, form.encode())
    with reading(sqlite) as connection:
        row: Any = connection.execute(select(consents)).one()
    assert (row.at.isoformat(), row.wording) == (
        "2026-02-03T20:12:33+00:00",
        "May we send you our newsletter?: Yes please",
    )
