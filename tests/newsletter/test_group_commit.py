"""Small writes of many threads: gathered, durable before anybody goes on, and each undone alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select

from newsletter.database.engine import reading
from newsletter.database.group_commit import MOST, GroupCommit
from newsletter.errors import DatabaseError
from subscribers.tables import suppressions

MANY = 200


def addresses(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(select(suppressions.c.address)))


def row(number: int, noon: datetime) -> dict[str, Any]:
    return {"address": f"p{number}@example.org", "reason": "asked", "detail": "", "at": noon}


def test_each_write_is_durable_when_its_block_has_ended(engine: Engine, noon: datetime) -> None:
    group = GroupCommit(engine)

    def write(number: int) -> bool:
        with group.writing() as connection:
            connection.execute(insert(suppressions), row(number, noon))
        return f"p{number}@example.org" in addresses(engine)

    with ThreadPoolExecutor(30) as pool:
        assert all(pool.map(write, range(MANY)))
    assert len(addresses(engine)) == MANY


def test_who_waits_together_is_written_together(engine: Engine, noon: datetime) -> None:
    group, begun = GroupCommit(engine), threading.Event()
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)

    def first() -> None:
        with group.writing() as connection:
            connection.execute(insert(suppressions), row(0, noon))
            begun.set()
            while group._waiting < MOST - 1:
                threading.Event().wait(0.001)

    def another(number: int) -> None:
        begun.wait()
        with group.writing() as connection:
            connection.execute(insert(suppressions), row(number, noon))

    with ThreadPoolExecutor(MOST + 5) as pool:
        done = [pool.submit(first), *(pool.submit(another, number) for number in range(1, MOST))]
        for each in done:
            each.result()
    assert len(addresses(engine)) == MOST
    assert len(commits) == 1


def test_a_block_that_fails_is_undone_alone(engine: Engine, noon: datetime) -> None:
    group = GroupCommit(engine)

    def write(number: int) -> None:
        with group.writing() as connection:
            connection.execute(insert(suppressions), row(number, noon))
            if number % 3 == 0:
                raise LookupError
            if number % 3 == 1:
                connection.execute(insert(suppressions), row(number, noon))  # a second time: the database says no

    with ThreadPoolExecutor(30) as pool:
        ends = [pool.submit(write, number).exception() for number in range(30)]
        # `exception` waits, so the same once more at once:
        ends += [each.exception() for each in [pool.submit(write, number) for number in range(30, 60)]]
    kinds = (LookupError, DatabaseError, type(None))
    assert all(isinstance(end, kinds[number % 3]) for number, end in enumerate(ends))
    assert addresses(engine) == {f"p{number}@example.org" for number in range(2, 60, 3)}


def test_what_cannot_be_committed_is_a_failure_for_everybody_and_the_next_begins_anew(
    engine: Engine, noon: datetime
) -> None:
    group = GroupCommit(engine)

    def refuse(connection: Any) -> None:
        raise OSError("the disk is full")

    event.listen(engine, "commit", refuse)
    with pytest.raises(OSError, match="disk is full"), group.writing() as connection:
        connection.execute(insert(suppressions), row(1, noon))
    event.remove(engine, "commit", refuse)
    assert addresses(engine) == set()
    with group.writing() as connection:
        connection.execute(insert(suppressions), row(2, noon))
    assert addresses(engine) == {"p2@example.org"}


def test_what_was_lost_with_the_whole_transaction_was_written_for_nobody(engine: Engine, noon: datetime) -> None:
    group, begun, lost = GroupCommit(engine), threading.Event(), threading.Event()

    def first() -> None:
        with group.writing() as connection:
            connection.execute(insert(suppressions), row(1, noon))
            begun.set()
            while not group._waiting:
                threading.Event().wait(0.001)

    def second() -> None:
        begun.wait()
        with group.writing() as connection:
            lost.set()
            while not group._waiting:
                threading.Event().wait(0.001)
            connection.exec_driver_sql("ROLLBACK")  # as SQLite does by itself when the disk is full
            raise LookupError

    def third() -> None:
        lost.wait()
        with group.writing() as connection:
            connection.execute(insert(suppressions), row(3, noon))

    with ThreadPoolExecutor(3) as pool:
        ends = [each.exception() for each in [pool.submit(work) for work in (first, second, third)]]
    assert isinstance(ends[0], DatabaseError), "nobody is told that it was written"
    assert isinstance(ends[1], LookupError)
    assert ends[2] is None, "who comes after it begins anew"
    assert addresses(engine) == {"p3@example.org"}
