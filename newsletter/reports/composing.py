"""Whole reports, read from the database: of an issue, of the list, of many issues, for a board. Only reads."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from newsletter.database.tables import FeedbackKind, issues
from newsletter.issue import read_issue
from newsletter.languages import Language
from newsletter.reports import board
from newsletter.reports.account import IssueAccount, account_of
from newsletter.reports.account_charts import account_charts
from newsletter.reports.chart import Chart, Figures
from newsletter.reports.issue_charts import domain_chart, feedback_chart, pace_chart, side_by_side
from newsletter.reports.issue_numbers import (
    IssueNumbers,
    domains,
    feedback_kinds,
    is_watched_by_service,
    issue_numbers,
    pace,
)
from newsletter.reports.list_charts import ListNumbers, cohort_chart, list_numbers, month_chart
from newsletter.reports.reply_chart import replies_by_issue, reply_chart
from subscribers import history


@dataclass(frozen=True)
class ReportOptions:
    """How a report is wanted."""

    language: Language
    at: datetime
    outside: bool = False
    """Hide small numbers, because it leaves the house."""
    organisation: str = ""


def of_issue(connection: Connection, number: int | None, wanted: ReportOptions) -> tuple[IssueAccount, Figures]:
    """Report on one issue, or on the newest. Raises UnknownIssue, and AccountDoesNotBalance."""
    account = account_of(connection, read_issue(connection, number))
    return account, _figures_of_issue(connection, account, wanted)


def _figures_of_issue(connection: Connection, account: IssueAccount, wanted: ReportOptions) -> Figures:
    language, outside = wanted.language, wanted.outside
    charts: list[Chart | None] = []
    if not account.is_scheduled:
        back = feedback_kinds(connection, [account.issue])
        charts += account_charts(account, language, outside)
        charts += [side_by_side(_with_last(connection, account), language, outside)]
        charts += [domain_chart(domains(connection, account.issue), language, outside)]
        charts += [pace_chart(pace(connection, account.issue), language, outside)]
        charts += [feedback_chart(back, language, outside)]
    title = language.say("Issue %(number)s: %(subject)s", number=account.issue, subject=account.subject)
    sentences = _issue_sentences(account, language)
    figures = _figures("issue", title, sentences, charts, connection, wanted)
    return figures if outside else replace(figures, quotes=account.left.words)


def of_list(connection: Connection, wanted: ReportOptions) -> Figures:
    """Report on the list: by month, and who is still here."""
    numbers = read_list(connection, wanted.at)
    charts = [
        month_chart(numbers, wanted.language, wanted.outside, most=120),
        cohort_chart(numbers, wanted.language, wanted.outside),
    ]
    return _figures("list", wanted.language.say("The list"), [], charts, connection, wanted)


def of_issues(
    connection: Connection, wanted: ReportOptions, numbers: Sequence[int] | None = None, since: datetime | None = None
) -> Figures:
    """Report on all issues, on those since a moment, or on those with these numbers. Raises UnknownIssue."""
    for number in numbers or ():
        read_issue(connection, number)
    found = issue_numbers(connection, numbers, since)
    if numbers:
        found.sort(key=lambda each: list(numbers).index(each.issue))
    language, outside = wanted.language, wanted.outside
    charts = [side_by_side(found, language, outside, most=len(found) or 1), _came_back(connection, found, wanted)]
    charts.append(reply_chart(found, replies_by_issue(connection), language, outside))
    if numbers is None:
        people = read_list(connection, wanted.at)
        charts += [_newest_domains(connection, found, wanted)]
        charts += [month_chart(people, language, outside), cohort_chart(people, language, outside)]
    title = language.say("Issues compared") if numbers else language.say("All issues")
    if since:
        title = language.say("Issues since %(day)s", day=language.date(since.astimezone().date()))
    return _figures("compare" if numbers else "all", title, [], charts, connection, wanted)


def for_board(connection: Connection, wanted: ReportOptions) -> Figures:
    """Make the page for a board: sentences and four charts."""
    found = issue_numbers(connection)
    people = read_list(connection, wanted.at)
    language, outside = wanted.language, wanted.outside
    lately = found[-board.ISSUES :]
    charts = [
        month_chart(people, language, outside, most=12),
        side_by_side(lately, language, outside),
        _came_back(connection, lately, wanted),
        cohort_chart(people, language, outside),
    ]
    sentences = board.sentences(people.months, found, language, outside)
    title = language.say("Our updates by email")
    return _figures("board", title, sentences, charts, connection, wanted)


def read_list(connection: Connection, at: datetime) -> ListNumbers:
    """Count the history of the list. Memory stays flat: each subscriber is read, counted, and forgotten."""
    began = connection.scalars(select(issues.c.frozen_at).where(issues.c.frozen > 0).order_by(issues.c.frozen_at)).all()
    return list_numbers(
        history.pasts(connection),
        history.kept_tally(connection),
        history.kept_cohorts(connection),
        began,
        history.month_of(at),
    )


def _figures(
    key: str,
    title: str,
    sentences: Sequence[str],
    charts: Sequence[Chart | None],
    connection: Connection,
    wanted: ReportOptions,
) -> Figures:
    there = tuple(chart for chart in charts if chart is not None)
    say = wanted.language.say
    closing = [
        say("Your mail service watches who opens emails and follows links. We keep nothing of that: turn it off there.")
        if is_watched_by_service(connection)
        else say(
            "Nothing about readers is watched. There is no tracking picture in our emails, and we do not know who "
            "opened one or followed a link."
        )
    ]
    if wanted.outside:
        closing.append(
            say("Numbers of people below %(number)s are not given, so that nobody can be recognised.", number=5)
        )
    return Figures(
        key=key,
        title=title,
        language=wanted.language.code,
        made_at=wanted.at,
        sentences=tuple(sentences) or ((say("Nothing is known yet."),) if not there else ()),
        charts=there,
        closing=tuple(closing),
        organisation=wanted.organisation,
        outside=wanted.outside,
    )


def _issue_sentences(account: IssueAccount, language: Language) -> list[str]:
    if account.is_scheduled:
        return [language.say("Nothing has been sent yet."), *filter(None, [account.remark()])]
    began = account.frozen_at.astimezone()
    day = language.date(began.date())
    return [
        language.say(
            "Sending began on %(day)s at %(time)s. It took %(seconds)s seconds.",
            day=day,
            time=f"{began:%H:%M}",
            seconds=f"{account.seconds:.1f}",
        ),
        *filter(None, [account.remark()]),
    ]


def _with_last(connection: Connection, account: IssueAccount) -> list[IssueNumbers]:
    """Return the numbers of an issue after those of the issues before it, for comparison."""
    earlier = connection.scalars(
        select(issues.c.id)
        .where(issues.c.id <= account.issue, issues.c.frozen > 0)
        .order_by(issues.c.id.desc())
        .limit(4)
    ).all()
    return issue_numbers(connection, earlier)


def _came_back(connection: Connection, found: Sequence[IssueNumbers], wanted: ReportOptions) -> Chart | None:
    kinds: Counter[tuple[FeedbackKind, str]] = feedback_kinds(connection, [each.issue for each in found])
    return feedback_chart(kinds, wanted.language, wanted.outside)


def _newest_domains(connection: Connection, found: Sequence[IssueNumbers], wanted: ReportOptions) -> Chart | None:
    return domain_chart(domains(connection, found[-1].issue), wanted.language, wanted.outside) if found else None
