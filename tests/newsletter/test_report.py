"""An account balances, or is not shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from newsletter.cli.accounts import show_account
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State
from newsletter.errors import AccountDoesNotBalance
from newsletter.issue import Issue
from newsletter.languages import speak
from newsletter.reports.account import Answer, IssueAccount, account_of, log_entries
from newsletter.reports.account_charts import account_charts
from newsletter.reports.chart import Figures
from newsletter.reports.page import report_page
from newsletter.theme import template_folders
from subscribers import consent, unsubscribe_reason
from subscribers.tables import subscribers

NUMBERS = st.integers(min_value=0, max_value=10**6)
STATES = st.dictionaries(st.sampled_from(State), NUMBERS).map(Counter)
REASONS = st.dictionaries(st.sampled_from(["pending", "withdrawn", "suppressed"]), NUMBERS).map(Counter)


def account(states: Counter[State], excluded: Counter[str]) -> IssueAccount:
    frozen = states.total()
    return IssueAccount(
        1, "Good news", datetime(2026, 3, 1, tzinfo=UTC), frozen + excluded.total(), excluded, frozen, states, (), 1.5
    )


def page_of(told: IssueAccount) -> str:
    charts = tuple(account_charts(told, speak((), "en"), outside=False))
    figures = Figures("issue", told.subject, "en", told.frozen_at, (), charts, quotes=told.left.words)
    return report_page(figures, template_folders(None))


@given(STATES, REASONS)
def test_whatever_the_states_are_the_account_balances(states: Counter[State], excluded: Counter[str]) -> None:
    told = account(states, excluded)
    told.check()
    shown = told.as_json()
    assert shown["candidates"] == shown["excluded"] + shown["frozen"]
    assert shown["frozen"] == sum(shown[state] for state in State)


@given(STATES, REASONS, st.integers(min_value=-5, max_value=5).filter(bool), st.sampled_from(["frozen", "candidates"]))
def test_an_account_with_one_wrong_number_is_not_shown(
    states: Counter[State], excluded: Counter[str], wrong: int, where: str
) -> None:
    right = account(states, excluded)
    with pytest.raises(AccountDoesNotBalance):
        replace(right, **{where: getattr(right, where) + wrong}).check()


def test_a_log_that_lost_a_row_is_noticed(engine: Engine, issue_for: Callable[..., Issue]) -> None:
    issue = issue_for("ada", "ben", "cleo")
    with writing(engine) as connection:
        connection.execute(text("UPDATE deliveries SET state = 'refused', code = 550 WHERE address LIKE 'ben@%'"))
        told = account_of(connection, issue)
        assert (told.states, told.answers) == (
            Counter({State.QUEUED: 2, State.REFUSED: 1}),
            (Answer(State.REFUSED, 550, "", 1),),
        )
        connection.execute(text("DELETE FROM deliveries WHERE address LIKE 'ada@%'"))
    with reading(engine) as connection, pytest.raises(AccountDoesNotBalance, match="3 to email, but the states add"):
        account_of(connection, issue)


def test_the_log_tells_of_everybody_or_only_of_those_asked_for(engine: Engine, issue_for: Callable[..., Issue]) -> None:
    issue = issue_for("ada", "ben")
    with writing(engine) as connection:
        connection.execute(text("UPDATE deliveries SET state = 'accepted' WHERE address LIKE 'ben@%'"))
    with reading(engine) as connection:
        assert [entry.address for entry in log_entries(connection, issue, None, None)] == [
            "ada@example.org",
            "ben@example.org",
        ]
        assert [entry.address for entry in log_entries(connection, issue, State.ACCEPTED, None)] == ["ben@example.org"]
        assert [entry.state for entry in log_entries(connection, issue, None, "ada@example.org")] == [State.QUEUED]
        assert not list(log_entries(connection, issue, State.ACCEPTED, "ada@example.org"))


def test_the_page_of_an_account_shows_what_a_relay_said_as_words() -> None:
    told = account(Counter({State.ACCEPTED: 3, State.REFUSED: 1}), Counter({"pending": 2}))
    rude = "<script>alert(1)</script>"
    told = replace(told, subject=rude, answers=(Answer(State.REFUSED, 550, rude, 1),))
    page = page_of(told)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 3, "in the title, in the heading, and as an answer"
    assert "%" not in page.partition("</style>")[2].replace('%"', ""), "of four people there is no rate"
    page_of(account(Counter(), Counter()))


def test_why_people_left_stands_in_the_account_and_runs_nowhere(
    engine: Engine, issue_for: Callable[..., Issue], noon: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    issue = issue_for("ada", "ben", "cleo")
    with writing(engine) as connection:
        people = connection.scalars(select(subscribers.c.id).order_by(subscribers.c.id)).all()
        for person in people[:2]:
            consent.withdraw(connection, person, noon, "unsubscribe page")
            assert unsubscribe_reason.tell(connection, person, issue.number, "too-many", "", noon)
        unsubscribe_reason.tell(
            connection, people[1], issue.number, "other", "<img src=x onerror=alert(1)>\x1b[2J", noon
        )
        account = account_of(connection, issue)
    assert account.as_json()["left_because"] == {"too-many": 1, "other": 1}
    show_account(account)
    printed = capsys.readouterr().out
    assert "1   unsubscribed and said why: too-many" in printed
    assert "\x1b" not in printed
    page = page_of(account)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
