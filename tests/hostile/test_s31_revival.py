"""S31: an import brings no person back. Suppression wins, and a no stays a no until the person says otherwise."""

import io
from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import writing
from subscribers.audience import Audience
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import subscribers
from tests.conftest import Cast, within

SPELLINGS = ["dot@example.org", "DOT@EXAMPLE.ORG", " Dot@Example.org ", '"dot@example.org"']


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_a_suppressed_address_stays_out_however_it_is_written(
    engine: Engine, noon: datetime, spelling: str, reason: SuppressionReason
) -> None:
    with writing(engine) as connection:
        suppress(connection, "dot@example.org", reason, noon)
        file = io.BytesIO(f"email,consent,first_name\n{spelling},confirmed,Dot\nada@example.org,,\n".encode())
        report = import_subscribers(within(connection), file, ConsentEvidence("yes", "import", noon))
        assert (report.added, report.suppressed) == (1, 1)
        assert connection.scalars(select(subscribers.c.address)).all() == ["ada@example.org"]


def test_a_suppressed_row_of_the_list_is_left_as_it_is(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        file = io.BytesIO(b"email,first_name,consent\ndot@example.org,Dorothy,confirmed\n")
        report = import_subscribers(within(connection), file, ConsentEvidence("yes", "import", noon))
        assert report.suppressed == 1
        assert connection.scalar(select(subscribers.c.first_name).where(subscribers.c.id == cast.dot)) == "Dot"
        assert [row.id for row in connection.execute(Audience(noon).recipients())] == [cast.ada]


def test_who_withdrew_is_not_revived_by_any_import(engine: Engine, cast: Cast, noon: datetime) -> None:
    evidence = ConsentEvidence("yes", "import", noon)
    with writing(engine) as connection:
        for consent in ("confirmed", "subscribed", "yes", "pending", ""):
            file = io.BytesIO(f"email,consent\nCleo@example.org,{consent}\n".encode())
            report = import_subscribers(within(connection), file, evidence)
            assert (report.unchanged, report.updated) == (1, 0)
            found = connection.scalar(select(subscribers.c.consent).where(subscribers.c.id == cast.cleo))
            assert found == "withdrawn"
