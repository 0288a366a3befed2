"""The sentences of the page for a board: how the list grew and shrank, who got the newest issue, who left."""

from collections.abc import Sequence
from datetime import date

from newsletter.languages import Language
from newsletter.reports.cells import Cell, Hidden, Span, per_thousand, shown
from newsletter.reports.disclosure import cell_of, levels
from newsletter.reports.issue_numbers import IssueNumbers
from subscribers.history import Month

ISSUES = 6
"""How many of the newest issues are compared."""


def sentences(months: Sequence[Month], issues: Sequence[IssueNumbers], language: Language, outside: bool) -> list[str]:
    """Say in sentences what a board asks."""
    return [*_of_list(months, language, outside), *_of_issues(issues, language, outside)]


def _of_list(months: Sequence[Month], language: Language, outside: bool) -> list[str]:
    if not months:
        return []
    say, show, last = language.say, shown(language), months[-1]
    changes = [(month.joined, -month.left, -month.suppressed) for month in months]
    reachable: Cell = levels(0, changes)[-1] if outside else last.reachable
    joined, left, suppressed = (
        cell_of(each) if outside else each for each in (last.joined, last.left, last.suppressed)
    )
    return [
        say("We can email %(people)s people now.", people=show(reachable)),
        say(
            "In %(month)s so far, %(joined)s joined and %(left)s unsubscribed. We stopped emailing %(suppressed)s more "
            "because their address does not work, or because they asked us or reported spam.",
            month=language.month(date(int(last.month[:4]), int(last.month[5:]), 1)),
            joined=show(joined),
            left=show(left),
            suppressed=show(suppressed),
        ),
    ]


def _of_issues(issues: Sequence[IssueNumbers], language: Language, outside: bool) -> list[str]:
    if not issues:
        return [language.say("Nothing has been sent yet.")]
    say, show, last = language.say, shown(language), issues[-1]
    accepted, back, left, spam, missed = (
        cell_of(each) if outside else each
        for each in (last.accepted, last.came_back, last.unsubscribed, last.complained, last.not_reached)
    )
    found = [
        say(
            "We have sent %(number)s issues so far. The newest, “%(subject)s”, was sent on %(day)s, and mail servers "
            "accepted it for %(accepted)s people.",
            number=f"{len(issues):,}",
            subject=last.subject,
            day=language.date(last.began_at.astimezone().date()),
            accepted=show(accepted),
        ),
        say(
            "Of the others, %(missed)s could not be reached. Later, %(back)s came back, %(left)s unsubscribed with it, "
            "and %(spam)s reported it as spam.",
            missed=show(missed),
            back=show(back),
            left=show(left),
            spam=show(spam),
        ),
    ]
    return [*found, *_compared(issues, language, outside)]


def _compared(issues: Sequence[IssueNumbers], language: Language, outside: bool) -> list[str]:
    """Compare who left with the issue before, per 1,000 accepted, if both rates are told."""
    show = shown(language)
    rates = [
        per_thousand(cell_of(each.unsubscribed) if outside else each.unsubscribed, each.accepted)
        for each in issues[-2:]
    ]
    if len(rates) < 2 or any(rate is None or isinstance(rate, Hidden | Span) for rate in rates):
        return []
    return [
        language.say(
            "Of every 1,000 accepted, %(now)s unsubscribed. With the issue before, it was %(before)s.",
            now=show(rates[1]),
            before=show(rates[0]),
        )
    ]
