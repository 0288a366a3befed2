"""Mails that are owed about requests: each at most once, none forgotten, and never more than the form itself allows."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, update

from newsletter.database.engine import reading, writing
from subscribers import pending_mail as caps
from subscribers import requests
from subscribers.pending_mail import PAUSES, STALE, PendingMail, claim, is_any_due, leaves, put_off, refused
from subscribers.requests import AGAIN, Request, RequestKind
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import requests as table
from subscribers.tables import subscribers
from tests.conftest import Cast

Ask = Callable[..., int]
EVE = "eve@example.org"


@pytest.fixture
def ask(engine: Engine, noon: datetime) -> Ask:
    def asked(address: str = EVE, at: datetime = noon, network: str = "192.0.2.0/24", **more: object) -> int:
        kind = RequestKind.CHANGE if "subscriber_id" in more else RequestKind.SUBSCRIBE
        request = Request(kind, address, "en", network, "192.0.2.1", **more)  # type: ignore[arg-type]
        with writing(engine) as connection:
            number = requests.ask(connection, request, at)
        assert number is not None
        return number

    return asked


def claimed(engine: Engine, at: datetime, most: int = 100) -> list[PendingMail]:
    with writing(engine) as connection:
        return claim(connection, at, most)


def left(engine: Engine, pending: PendingMail, at: datetime) -> bool:
    with writing(engine) as connection:
        return leaves(connection, pending, at)


def test_what_is_asked_is_owed_at_once_and_claimed_by_one(engine: Engine, ask: Ask, noon: datetime) -> None:
    number = ask()
    with reading(engine) as connection:
        assert is_any_due(connection, noon)
    (pending,) = claimed(engine, noon)
    assert (pending.request_id, pending.address, pending.asked, pending.language) == (
        number,
        EVE,
        RequestKind.SUBSCRIBE,
        "en",
    )
    assert claimed(engine, noon) == []


def test_who_claimed_and_died_has_nothing_to_put_back(engine: Engine, ask: Ask, noon: datetime) -> None:
    ask()
    at, waits = noon, []
    while tries := claimed(engine, at):
        waits.append(tries[0].again - at)
        at = tries[0].again
    assert waits[: len(PAUSES)] == list(PAUSES)
    assert set(waits[len(PAUSES) :]) == {PAUSES[-1]}
    assert noon + STALE <= at < noon + STALE + PAUSES[-1]
    with reading(engine) as connection:
        assert not is_any_due(connection, at + timedelta(days=9))


def test_what_has_left_is_never_sent_again_whatever_becomes_of_the_program(
    engine: Engine, ask: Ask, noon: datetime
) -> None:
    ask()
    (pending,) = claimed(engine, noon)
    assert left(engine, pending, noon)
    assert not left(engine, pending, noon)
    assert claimed(engine, noon + timedelta(hours=20)) == []


def test_of_two_who_try_at_once_only_the_later_lets_it_leave(engine: Engine, ask: Ask, noon: datetime) -> None:
    ask()
    (slow,) = claimed(engine, noon)
    (quick,) = claimed(engine, slow.again)
    assert not left(engine, slow, slow.again)
    assert left(engine, quick, slow.again)
    with writing(engine) as connection:
        put_off(connection, slow)
        refused(connection, slow)
    assert claimed(engine, noon + timedelta(hours=20)) == []
    with reading(engine) as connection:
        assert connection.scalar(select(table.c.mailed_at)) == slow.again


def test_what_the_relay_did_not_keep_is_owed_again_and_what_it_refused_is_not(
    engine: Engine, ask: Ask, noon: datetime
) -> None:
    ask()
    (pending,) = claimed(engine, noon)
    assert left(engine, pending, noon)
    with writing(engine) as connection:
        put_off(connection, pending)
    assert claimed(engine, pending.again - timedelta(seconds=1)) == []
    (again,) = claimed(engine, pending.again)
    assert left(engine, again, pending.again)
    with writing(engine) as connection:
        refused(connection, again)
    assert claimed(engine, noon + timedelta(hours=20)) == []


def test_nothing_goes_out_later_than_a_day_after_it_was_asked_for(engine: Engine, ask: Ask, noon: datetime) -> None:
    ask()
    assert claimed(engine, noon + STALE) == []
    with reading(engine) as connection:
        assert connection.scalar(select(table.c.mail_at)) is None


def test_who_asks_again_while_the_mail_waits_is_sent_one(engine: Engine, ask: Ask, noon: datetime) -> None:
    first, late = ask(at=noon), noon + timedelta(hours=13)  # and another day of the calendar
    with writing(engine) as connection:
        assert requests.ask(connection, Request(RequestKind.SUBSCRIBE, EVE, "en", "", ""), late) is None
    (pending,) = claimed(engine, late)
    assert pending.request_id == first
    assert left(engine, pending, late)
    with writing(engine) as connection:
        assert requests.ask(connection, Request(RequestKind.SUBSCRIBE, EVE, "en", "", ""), late) is None
    assert claimed(engine, late + AGAIN) == []


def test_of_two_mails_for_one_mailbox_that_are_under_way_at_once_one_leaves(
    engine: Engine, ask: Ask, noon: datetime
) -> None:
    ask()
    ask("e.v.e@example.org")
    both = claimed(engine, noon)
    assert [left(engine, pending, noon) for pending in both] == [True, False]
    again = both[1].again
    assert claimed(engine, again) == []
    (pending,) = claimed(engine, noon + AGAIN)
    assert left(engine, pending, noon + AGAIN)


@pytest.mark.parametrize(
    "meanwhile",
    ["suppressed", "confirmed", "erased", "used", "gone"],
)
def test_who_must_not_or_need_not_be_asked_any_more_is_not(
    engine: Engine, cast: Cast, ask: Ask, noon: datetime, meanwhile: str
) -> None:
    ask("ben@example.org")
    whose = ask("ada-at-work@example.org", subscriber_id=cast.ada)
    with writing(engine) as connection:
        match meanwhile:
            case "suppressed":
                suppress(connection, "ben@example.org", SuppressionReason.ASKED, noon)
                suppress(connection, "ada-at-work@example.org", SuppressionReason.ASKED, noon)
            case "confirmed":
                connection.execute(update(subscribers).where(subscribers.c.id == cast.ben).values(consent="confirmed"))
                row = {"address": "ada-at-work@example.org"}
                connection.execute(update(subscribers).where(subscribers.c.id == cast.cleo).values(row))
            case "erased":
                connection.execute(delete(subscribers).where(subscribers.c.id == cast.ada))
                connection.execute(delete(table).where(table.c.id != whose))
            case "used":
                connection.execute(update(table).values(used_at=noon))
            case "gone":
                connection.execute(delete(table))
    assert claimed(engine, noon) == []


def test_who_is_forgotten_while_the_mail_is_on_its_way_gets_none(engine: Engine, ask: Ask, noon: datetime) -> None:
    ask()
    (pending,) = claimed(engine, noon)
    with writing(engine) as connection:
        connection.execute(delete(table))
    assert not left(engine, pending, noon)


@pytest.mark.thorough
@pytest.mark.usefixtures("small_caps")
def test_what_has_waited_for_a_relay_does_not_come_all_at_once(engine: Engine, ask: Ask, noon: datetime) -> None:
    for hour in range(3):
        for number in range(caps.MOST_OF_A_NETWORK):
            ask(f"p{hour}-{number}@example.org", noon + timedelta(hours=hour, minutes=hour))
    ask("other@example.org", noon + timedelta(hours=3), "198.51.100.0/24")
    at, went = noon + timedelta(hours=4), []
    for _ in range(3):
        batch = claimed(engine, at, 1000)
        assert all(left(engine, pending, at) for pending in batch)
        assert claimed(engine, at + timedelta(minutes=59), 1000) == []
        went.append(len(batch))
        at += timedelta(hours=1, seconds=1)
    assert went == [caps.MOST_OF_A_NETWORK + 1, caps.MOST_OF_A_NETWORK, caps.MOST_OF_A_NETWORK]


@pytest.mark.usefixtures("small_caps")
def test_all_together_are_sent_no_more_in_an_hour_than_may_be_asked_for(
    engine: Engine, ask: Ask, noon: datetime
) -> None:
    for number in range(caps.MOST):
        ask(f"p{number}@example.org", noon, f"network {number}")
    for number in range(5):
        ask(f"q{number}@example.org", noon + timedelta(hours=1, seconds=1), f"network {number}")
    at = noon + timedelta(hours=2)
    batch = claimed(engine, at, caps.MOST + 100)
    assert len(batch) == caps.MOST
    assert all(left(engine, pending, at) for pending in batch)
    assert claimed(engine, at + timedelta(minutes=59)) == []
    assert len(claimed(engine, at + timedelta(hours=1, seconds=1))) == 5
