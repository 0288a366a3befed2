"""Reports: how the list and the issues fare, as sentences and charts; and the page for a board, as a file to keep."""

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from newsletter.app import reports
from newsletter.app.needs import all_issues
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.guard import PAGE
from newsletter.desk.pages import DeskPage
from newsletter.errors import UnknownIssue

ALONE = PAGE.replace("style-src 'self'", "style-src 'unsafe-inline'").replace("script-src 'self'", "script-src 'none'")
"""For a report that is a page of its own, to be kept or printed: its styles are inside it."""


def show_reports(desk: Desk, asked: Asked) -> Response:
    """Show the report on the list, and lead to the others."""
    found = reports.report_on_list(desk.workspace, asked.language)
    issues = [each for each in all_issues(desk.workspace) if not each.issue.is_scheduled]
    return desk.page(asked, "reports", fragment=_fragment(desk, found), issues=issues)


def show_comparison(desk: Desk, asked: Asked) -> Response:
    """Show all issues side by side."""
    found = reports.report_on_all(desk.workspace, language=asked.language)
    return desk.page(asked, "report", heading=found.title, fragment=_fragment(desk, found), number=None)


def show_report_on(desk: Desk, asked: Asked) -> Response:
    """Show the report on one issue."""
    number = asked.path["number"]
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise HTTPException(404)
    try:
        _, found = reports.report_on_issue(desk.workspace, int(number), asked.language)
    except UnknownIssue:
        raise HTTPException(404) from None
    return desk.page(asked, "report", heading=found.title, fragment=_fragment(desk, found), number=int(number))


def show_board(desk: Desk, asked: Asked) -> Response:
    """Show the page for a board, in which small numbers are hidden, because it leaves the house."""
    found = reports.board_report(desk.workspace, asked.language, outside=True)
    html = reports.report_page(found, desk.templates)
    headers = {"Content-Security-Policy": ALONE}
    if asked.query.get("keep") == "yes":
        headers["Content-Disposition"] = 'attachment; filename="report.html"'
    return HTMLResponse(html, headers=headers)


def _fragment(desk: Desk, figures: reports.Figures) -> Markup:
    return Markup(reports.report_fragment(figures, desk.templates))  # noqa: S704  # made by a template, escaped there


PAGES = (
    DeskPage("/reports", show_reports),
    DeskPage("/reports/issues", show_comparison),
    DeskPage("/reports/issues/{number}", show_report_on),
    DeskPage("/reports/board", show_board),
)
