"""Reports, for any caller: on one issue, on the list, on many issues, and the page for a board. Everything only reads.

Each returns a `Figures`: sentences, charts and their numbers as values, which `report_fragment`, `report_page` and
`write_report` turn into a part of a page, a page, or a file. With `outside`, small numbers are hidden, because it
leaves the house.
"""

from collections.abc import Sequence
from datetime import datetime

from newsletter.app.workspace import Workspace
from newsletter.database.engine import reading
from newsletter.languages import speak
from newsletter.reports import composing
from newsletter.reports.account import IssueAccount
from newsletter.reports.chart import Figures
from newsletter.reports.composing import ReportOptions
from newsletter.reports.files import require_ending, write_report
from newsletter.reports.page import chart_colours, chart_styles, report_fragment, report_page
from newsletter.runtime.clock import now

__all__ = [
    "Figures",
    "board_report",
    "chart_colours",
    "chart_styles",
    "compare_issues",
    "report_fragment",
    "report_on_all",
    "report_on_issue",
    "report_on_list",
    "report_page",
    "require_ending",
    "write_report",
]


def report_on_issue(
    place: Workspace, number: int | None = None, language: str = "", outside: bool = False
) -> tuple[IssueAccount, Figures]:
    """Report on issue `number`, or on the newest. Raises UnknownIssue, and AccountDoesNotBalance."""
    with reading(place.engine) as connection:
        return composing.of_issue(connection, number, _wanted(place, language, outside))


def report_on_list(place: Workspace, language: str = "", outside: bool = False) -> Figures:
    """Report on how the list grew and shrank, and who is still here."""
    with reading(place.engine) as connection:
        return composing.of_list(connection, _wanted(place, language, outside))


def report_on_all(
    place: Workspace, since: datetime | None = None, language: str = "", outside: bool = False
) -> Figures:
    """Report on all issues, or on those that began since a moment."""
    with reading(place.engine) as connection:
        return composing.of_issues(connection, _wanted(place, language, outside), since=since)


def compare_issues(place: Workspace, numbers: Sequence[int], language: str = "", outside: bool = False) -> Figures:
    """Set issues side by side, in the order of `numbers`. Raises UnknownIssue."""
    with reading(place.engine) as connection:
        return composing.of_issues(connection, _wanted(place, language, outside), numbers)


def board_report(place: Workspace, language: str = "", outside: bool = False) -> Figures:
    """Make the page for a board, of sentences and four charts."""
    with reading(place.engine) as connection:
        return composing.for_board(connection, _wanted(place, language, outside))


def _wanted(place: Workspace, language: str, outside: bool) -> ReportOptions:
    settings = place.settings
    spoken = speak(place.templates, language or settings.language)
    return ReportOptions(spoken, now(), outside, settings.organisation_in(spoken.code))
