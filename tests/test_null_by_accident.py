"""A column is never compared with a value that may be None: mypy says so before, and the tests where it cannot know."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from subscribers.tables import is_number, requests, subscribers
from tests.no_null_by_accident import NullByAccident


def test_mypy_refuses_a_value_that_may_be_none() -> None:
    """Without the rule in `none_in_sql` mypy complains here of comments that it needs no more."""
    number: int | None = int("1") or None
    both = (requests.c.subscriber_id == number) & (requests.c.id > 0)  # type: ignore[misc]
    either = (requests.c.subscriber_id != number) | (requests.c.id > 0)  # type: ignore[misc]
    if number is not None:
        assert str(select(requests.c.id).where(requests.c.subscriber_id == number, both, either))


@pytest.mark.parametrize("none", [None])
def test_what_mypy_cannot_know_is_refused_while_tests_run(none: Any) -> None:
    for compare in (
        lambda: requests.c.subscriber_id == none,
        lambda: requests.c.subscriber_id != none,
        lambda: select(requests).filter_by(subscriber_id=none),
        lambda: select(requests).where(none == requests.c.subscriber_id),
    ):
        with pytest.raises(NullByAccident):
            compare()
    assert "IS NULL" in str(requests.c.subscriber_id.is_(None))


def test_the_number_of_nobody_is_the_number_of_no_row(engine: Engine) -> None:
    with reading(engine) as connection:
        for number in (None, 7):
            assert connection.execute(select(subscribers).where(is_number(subscribers.c.id, number))).all() == []
        assert str(is_number(subscribers.c.id, 7)) == "subscribers.id = :id_1"
