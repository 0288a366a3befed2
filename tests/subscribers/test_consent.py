"""Each change of mind with its evidence."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from newsletter.database.engine import reading, writing
from subscribers.consent import Consent, confirm, record, restore, withdraw
from subscribers.tables import consents, subscribers
from tests.conftest import Cast


def test_a_withdrawal_is_written_down_with_when_and_how(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert withdraw(connection, cast.ada, noon, "one-click", "192.0.2.7")
    assert consent_of(engine, cast.ada) == "withdrawn"
    assert evidence(engine, cast.ada)[-1] == ("withdrawn", noon, "one-click", "", "192.0.2.7")


def test_withdrawing_twice_leaves_one_row(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert withdraw(connection, cast.ada, noon, "one-click")
        assert not withdraw(connection, cast.ada, noon + timedelta(days=1), "one-click")
    assert [row[0] for row in evidence(engine, cast.ada)] == ["confirmed", "withdrawn"]


def test_an_undo_brings_back_only_who_had_withdrawn(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert restore(connection, cast.cleo, noon, "undo")
        assert not restore(connection, cast.ada, noon, "undo")
        assert not restore(connection, cast.ben, noon, "undo")
    assert [consent_of(engine, who) for who in (cast.cleo, cast.ada, cast.ben)] == ["confirmed", "confirmed", "pending"]


def test_a_yes_confirms_the_pending_and_not_the_withdrawn(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert confirm(connection, cast.ben, noon, "confirmation page", "Yes, write to me")
        assert not confirm(connection, cast.cleo, noon, "confirmation page")
    assert evidence(engine, cast.ben)[-1] == ("confirmed", noon, "confirmation page", "Yes, write to me", "")
    assert consent_of(engine, cast.cleo) == "withdrawn"


def test_somebody_who_is_not_there_leaves_no_evidence(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection:
        assert not record(connection, 4711, Consent.WITHDRAWN, noon, "one-click")
        assert connection.execute(select(consents)).first() is None


def consent_of(engine: Engine, subscriber_id: int) -> str:
    with reading(engine) as connection:
        return str(connection.scalar(select(subscribers.c.consent).where(subscribers.c.id == subscriber_id)))


def evidence(engine: Engine, subscriber_id: int) -> list[tuple[object, ...]]:
    columns = consents.c
    query = select(columns.consent, columns.at, columns.source, columns.wording, columns.network_address)
    with reading(engine) as connection:
        rows = connection.execute(query.where(columns.subscriber_id == subscriber_id).order_by(columns.id))
        return [tuple(row) for row in rows]
