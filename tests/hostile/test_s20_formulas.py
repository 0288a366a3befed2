"""S20: an export guards cells that a spreadsheet would run as formulas, and an import removes the guard."""

import csv
import io
from datetime import datetime

from sqlalchemy import Engine, select

from newsletter.database.engine import writing
from subscribers.export import export_csv
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.tables import subscribers
from tests.conftest import within

FORMULAS = [
    '=HYPERLINK("https://evil.example","click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "＝1+1",
    "'=1+1",
    "''@x",
]


def test_no_cell_of_an_export_begins_like_a_formula(engine: Engine, noon: datetime) -> None:
    source = io.StringIO()
    writer = csv.writer(source)
    writer.writerow(["email", "first_name", "tags", "town"])
    for number, formula in enumerate(FORMULAS):
        # Twice guarded: what a person typed into a form is taken as it is, and this is how a CSV says that.
        writer.writerow([f"p{number}@example.org", f"'{formula}", f"'{formula.replace(';', '')}", f"'{formula}"])
    writer.writerow(["'=p@example.org", "", "", ""])
    with writing(engine) as connection:
        evidence = ConsentEvidence("yes", "import", noon)
        import_subscribers(within(connection), io.BytesIO(source.getvalue().encode()), evidence)
        names = connection.scalars(select(subscribers.c.first_name).order_by(subscribers.c.id)).all()
        out = io.StringIO()
        export_csv(connection, out)
    assert names == [*FORMULAS, ""]
    cells = [cell for row in csv.reader(io.StringIO(out.getvalue())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\n＝＋－＠")]
    assert "'=p@example.org" in cells
