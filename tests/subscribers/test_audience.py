"""Recipients and exclusions share nobody, and together are everybody; suppressions."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, literal, select

from newsletter.database.engine import reading, writing
from subscribers.audience import Audience, field_names, may_receive
from subscribers.consent import Consent
from subscribers.errors import BadAddress
from subscribers.suppression import SuppressionReason, everybody, is_suppressed, lift, suppress, suppressed
from subscribers.tables import subscribers, suppressions
from tests.conftest import Cast
from tests.examples import examples

PEOPLE = st.lists(st.tuples(st.sampled_from(list(Consent)), st.booleans()), max_size=12)


def test_the_cast_falls_into_one_recipient_and_three_exclusions(engine: Engine, cast: Cast, noon: datetime) -> None:
    with reading(engine) as connection:
        assert [row.id for row in connection.execute(Audience(noon).recipients())] == [cast.ada]
        reasons = {row.subscriber_id: row.reason for row in connection.execute(Audience(noon).exclusions())}
    assert reasons == {cast.ben: "pending", cast.cleo: "withdrawn", cast.dot: "suppressed"}


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, strangers=st.integers(0, 3))
def test_recipients_and_exclusions_are_everybody_and_share_nobody(
    engine: Engine, noon: datetime, people: list[tuple[Consent, bool]], strangers: int
) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        for number, (consent, stopped) in enumerate(people):
            row = {"address": f"p{number}@example.org", "consent": consent.value, "joined_at": noon}
            connection.execute(insert(subscribers), row)
            if stopped:
                suppress(connection, f"P{number}@example.org", SuppressionReason.COMPLAINED, noon)
        for number in range(strangers):
            suppress(connection, f"stranger{number}@example.org", SuppressionReason.ASKED, noon)
        going = {row.id: row.address for row in connection.execute(Audience(noon).recipients())}
        left_out = [row.subscriber_id for row in connection.execute(Audience(noon).exclusions())]
        stopped_addresses = set(connection.scalars(select(suppressions.c.address)))
        allowed = set(
            connection.scalars(
                select(subscribers.c.id).where(may_receive(subscribers.c.id, subscribers.c.address, literal(noon)))
            )
        )
        everyone = list(connection.scalars(select(subscribers.c.id)))
        transaction.rollback()
    assert not set(going.values()) & stopped_addresses
    assert sorted([*going, *left_out]) == sorted(everyone)
    assert allowed == set(going)


def test_somebody_erased_may_no_longer_receive(engine: Engine, cast: Cast, noon: datetime) -> None:
    row = select(subscribers.c.id, subscribers.c.address).where(subscribers.c.id == cast.ada)
    with writing(engine) as connection:
        frozen = connection.execute(row).one()
        copies = select(may_receive(literal(frozen.id), literal(frozen.address), literal(noon)))
        assert connection.scalar(copies)
        connection.execute(delete(subscribers).where(subscribers.c.id == cast.ada))
        assert not connection.scalar(copies)


def test_the_first_reason_of_a_suppression_stays(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection:
        assert suppress(connection, "Eve@Example.org", SuppressionReason.COMPLAINED, noon, "abuse report")
        assert not suppress(connection, "eve@example.org", SuppressionReason.BOUNCED, noon)
        row = connection.execute(everybody()).one()
    assert (row.address, row.reason, row.detail, row.at) == ("eve@example.org", "complained", "abuse report", noon)


def test_a_lifted_suppression_is_gone(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert is_suppressed(connection, "DOT@example.org")
        assert lift(connection, "Dot@example.org", noon)
        assert not lift(connection, "dot@example.org", noon)
        assert not is_suppressed(connection, "dot@example.org")
        query = select(subscribers.c.id).where(suppressed(subscribers.c.address))
        assert connection.execute(query).first() is None


def test_what_is_no_address_cannot_be_suppressed(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection, pytest.raises(BadAddress):
        suppress(connection, "not an address", SuppressionReason.ASKED, noon)


def test_every_field_that_anybody_has_is_named_once(engine: Engine, noon: datetime) -> None:
    rows = [{"town": "Bala", "branch": "north"}, {"town": "Rhyl"}, {}]
    with writing(engine) as connection:
        for number, fields in enumerate(rows):
            row = {"address": f"p{number}@example.org", "consent": "confirmed", "joined_at": noon, "fields": fields}
            connection.execute(insert(subscribers), row)
        assert field_names(connection) == {"town", "branch"}
