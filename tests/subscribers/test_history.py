"""The list by month: what the rows tell, and what goes on being told when rows are deleted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, insert, select

from newsletter.database.engine import writing
from subscribers import consent, history, moves, suppression
from subscribers.consent import Consent
from subscribers.counts import link_tallies
from subscribers.erasure import Memory, forget
from subscribers.history import ListChange, Month, month_of
from subscribers.imports import history as taken
from subscribers.suppression import SuppressionReason
from subscribers.tables import consents, imports, subscribers
from subscribers.through import keep_through, through

MEMORY = Memory(["a secret key of the tests, long enough"])


def day(month: int, of_month: int = 10) -> datetime:
    return datetime(2026, month, of_month, 12, tzinfo=UTC)


def joins(connection: Connection, name: str, at: datetime, import_id: int | None = None) -> int:
    row = {"address": f"{name}@example.org", "consent": "confirmed", "joined_at": at}
    number: int = connection.execute(insert(subscribers).returning(subscribers.c.id), row).scalar_one()
    evidence = {"subscriber_id": number, "consent": "confirmed", "at": at, "source": "form", "import_id": import_id}
    connection.execute(insert(consents), evidence)
    return number


def told(connection: Connection, until: int = 6) -> list[tuple[int, ...]]:
    """Give joined, left, suppressed and reachable of each month from January on."""
    counts = history.tally(history.pasts(connection))
    counts.update(history.kept_tally(connection))
    return [
        (month.joined, month.left, month.suppressed, month.reachable)
        for month in history.months(counts, month_of(day(until)))
    ]


def test_months_tell_who_joined_left_came_back_and_was_stopped(engine: Engine) -> None:
    with writing(engine) as connection:
        joins(connection, "ada", day(1))
        ben = joins(connection, "ben", day(1, 20))
        joins(connection, "cleo", day(2))
        consent.withdraw(connection, ben, day(2), "one-click")
        consent.withdraw(connection, ben, day(2, 11), "one-click")  # said twice is said once
        consent.restore(connection, ben, day(4), "undo")
        suppression.suppress(connection, "cleo@example.org", SuppressionReason.BOUNCED, day(3))
        suppression.suppress(connection, "stranger@example.org", SuppressionReason.ASKED, day(3))
        pending = {"address": "dot@example.org", "consent": "pending", "joined_at": day(1)}
        connection.execute(insert(subscribers), pending)
        assert told(connection, 5) == [(2, 0, 0, 2), (1, 1, 0, 2), (0, 0, 1, 1), (1, 0, 0, 2), (0, 0, 0, 2)]


def test_a_yes_given_elsewhere_counts_from_the_import_and_one_taken_back_not_at_all(engine: Engine) -> None:
    with writing(engine) as connection:
        row = {"at": day(3), "source": "import people.csv", "done_at": day(3)}
        number = connection.execute(insert(imports).returning(imports.c.id), row).scalar_one()
        joins(connection, "ada", day(2))
        ben = joins(connection, "ben", datetime(2019, 5, 1, tzinfo=UTC), number)
        assert told(connection, 3) == [(1, 0, 0, 1), (1, 0, 0, 2)], "nothing is known of 2019"
        consent.withdraw(connection, ben, day(4), "one-click")
        assert told(connection, 4)[-1] == (0, 1, 0, 1)
        consent.restore(connection, ben, day(4), "undo")
        joins(connection, "cleo", day(3), number)
        taken.take_back(connection, number, day(5))
        assert told(connection, 5)[1][0] == 0


@contextmanager
def unchanged_until(connection: Connection, month: int) -> Iterator[None]:
    """Fail if the block changes what is told of the months before `month`."""
    before = told(connection)[: month - 1]
    yield
    assert told(connection)[: month - 1] == before


@pytest.mark.parametrize("leaves", [False, True])
def test_a_past_month_stays_as_it_was_when_somebody_is_erased(engine: Engine, leaves: bool) -> None:
    with writing(engine) as connection:
        joins(connection, "ada", day(1))
        ben = joins(connection, "ben", day(2))
        if leaves:
            consent.withdraw(connection, ben, day(3), "one-click")
        with unchanged_until(connection, 5):
            forget(connection, MEMORY, ["ben@example.org"], day(5))
        assert told(connection)[4] == ((0, 0, 0, 1) if leaves else (0, 1, 0, 1)), "who is erased while here has left"
        assert history.kept_cohorts(connection) == [("2026-02", "2026-03" if leaves else "2026-05", 1)]
        with unchanged_until(connection, 6):
            forget(connection, MEMORY, ["ben@example.org"], day(5))  # a second time finds nobody
            joins(connection, "ben", day(6))  # and a new ben is another person
        assert told(connection)[5] == (1, 0, 0, 2)


def test_a_past_month_stays_as_it_was_when_a_suppression_is_lifted_replaced_or_left_behind(engine: Engine) -> None:
    with writing(engine) as connection:
        for name in ("ada", "ben", "cleo"):
            joins(connection, name, day(1))
            suppression.suppress(connection, f"{name}@example.org", SuppressionReason.ASKED, day(2), import_id=7)
        with unchanged_until(connection, 5):
            assert suppression.lift(connection, "ada@example.org", day(5))
            assert suppression.suppress(connection, "ben@example.org", SuppressionReason.COMPLAINED, day(5))
            cleo = connection.execute(select(subscribers).filter_by(address="cleo@example.org")).one()
            moves.move(connection, cleo, "other@example.org", day(5), "", None)
        assert told(connection, 5) == [(3, 0, 0, 3), (0, 0, 3, 0), (0, 0, 0, 0), (0, 0, 0, 0), (2, 0, 0, 2)]
        counts = history.kept_tally(connection)
        assert all(counts[month, change] >= 0 for month, change in counts if change is not ListChange.SUPPRESSED)


def test_what_the_erased_did_by_links_goes_on_counting(engine: Engine) -> None:
    with writing(engine) as connection:
        people = [joins(connection, name, day(1)) for name in ("ada", "ben")]
        for person in people:
            consent.withdraw(connection, person, day(2), "one-click", issue_id=3)
        before = through(connection, 3)
        assert before.unsubscribed == 2
        keep_through(connection, people[0])
        forget(connection, MEMORY, ["ada@example.org"], day(5))
        assert through(connection, 3) == before
        assert through(connection, 4).unsubscribed == 0
        assert connection.execute(select(link_tallies.c.unsubscribed)).scalars().all() == [1]


def test_an_empty_list_has_no_history_and_a_gap_between_years_is_filled() -> None:
    assert history.months(Counter(), "2026-06") == []
    counts = Counter({("2025-11", ListChange.JOINED): 2, ("2026-02", ListChange.LEFT): 1})
    assert history.months(counts, "2026-02") == [
        Month("2025-11", 2, 0, 0, 2),
        Month("2025-12", 0, 0, 0, 2),
        Month("2026-01", 0, 0, 0, 2),
        Month("2026-02", 0, 1, 0, 1),
    ]
    assert Consent.CONFIRMED.value == history.CONFIRMED
