"""A first and a last name are found under whatever their columns are called, so that a greeting is not lost."""

import csv
import io
import shutil
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import open_database, reading, writing
from subscribers.errors import ColumnsToExplain
from subscribers.imports import ConsentEvidence, Options, import_subscribers
from subscribers.imports.header import read_header
from subscribers.tables import subscribers
from tests.conftest import NOON
from tests.subscribers.test_exports_of_programs import EXPORTS

FOUND = [
    # The header, and what of it is the first and the last name.
    ("Email,First,Last", "First", "Last"),
    ("Email,Given,Surname", "Given", "Surname"),
    ("Email,FIRST", "FIRST", ""),
    ("Email,Forename(s),Family Name", "Forename(s)", "Family Name"),
    ("Email,Christian name,Surname", "Christian name", "Surname"),
    ("Email,Name,Surname", "Name", "Surname"),
    ("E-bost,Enw cyntaf,Enw olaf", "Enw cyntaf", "Enw olaf"),
    ("E-bost,Enw,Cyfenw", "Enw", "Cyfenw"),
    ("E-Mail,Name,Vorname", "Vorname", "Name"),
    ("Courriel,Nom,Prénom", "Prénom", "Nom"),
    ("Correo,Nombre,Apellidos", "Nombre", "Apellidos"),
    ("Email,What is your first name?,Your surname (optional)", "What is your first name?", "Your surname (optional)"),
    ("Email,Attendee first name,Attendee last name", "Attendee first name", "Attendee last name"),
    # What is surely one comes before what may be.
    ("Email,First,First name", "First name", ""),
    # Of two that may be, neither is taken; what is about somebody or something else is none.
    ("Email,Parent first name,Member first name", "", ""),
    ("Email,Child's first name,Emergency contact first name", "", ""),
    ("Email,First donation,Last donation,Last seen", "", ""),
    ("Email,Name", "", ""),
    ("Email,Company name,File name", "", ""),
]


def test_names_are_found_as_people_and_programs_call_them() -> None:
    for text, *names in FOUND:
        cells = text.split(",")
        header = read_header(cells)
        found = [cells[at] if (at := header.known[name]) < len(cells) else "" for name in ("first_name", "last_name")]
        assert found == names, text


@pytest.mark.parametrize("column", ["First", "Name,Last"])
def test_a_column_that_may_be_a_name_and_says_no_stops_the_import(engine: Engine, column: str) -> None:
    more = "," * column.count(",")
    content = f"Email,{column}\n" + "".join(f"p{number}@example.org,No{more}\n" for number in range(5))
    with pytest.raises(ColumnsToExplain):
        import_subscribers(partial(writing, engine), io.BytesIO(content.encode()), ConsentEvidence("yes", "x", NOON))
    fields = Options(as_fields=[column.partition(",")[0]])
    evidence = ConsentEvidence("yes", "x", NOON)
    report = import_subscribers(partial(writing, engine), io.BytesIO(content.encode()), evidence, options=fields)
    with reading(engine) as connection:
        assert set(connection.scalars(select(subscribers.c.first_name))) == {""}
    assert report.added == 5


def test_every_program_s_own_columns_of_names_are_found(sqlite_template: Path, tmp_path: Path) -> None:
    wrong: dict[str, tuple[str, str]] = {}
    for number, file in enumerate(sorted(EXPORTS.glob("*.csv"))):
        delimiter = ";" if b";" in file.read_bytes().splitlines()[0] else ","
        rows = list(csv.reader(file.read_text(encoding="utf-8", errors="replace").splitlines(), delimiter=delimiter))
        said = {name for row in rows for name in row}
        if not said & {"Rhian", "R\ufffddiger"}:
            continue
        engine = open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / f'{number}.db')}")
        with file.open("rb") as source:
            import_subscribers(partial(writing, engine), source, ConsentEvidence("yes", f"import {file.name}", NOON))
        with reading(engine) as connection:
            names = select(subscribers.c.first_name, subscribers.c.last_name)
            first, last = connection.execute(
                names.where(subscribers.c.first_name.in_(("Rhian", "Rüdiger")))
            ).first() or ("", "")
        if not first or ("Bevan" in said and last != "Bevan"):
            wrong[file.name] = first, last
        engine.dispose()
    assert wrong == {}
