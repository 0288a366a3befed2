"""report: on one issue, on the list, on all issues, side by side, and the page for a board."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from newsletter.app import reports
from newsletter.app.workspace import Workspace
from newsletter.cli.accounts import show_account
from newsletter.cli.charts import put_figures
from newsletter.cli.completing import ISSUE
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, put, put_json
from newsletter.reports.account import IssueAccount
from newsletter.reports.chart import Figures

LIST = "list"


@click.command()
@click.argument("what", metavar="[NUMBER|list]", required=False, shell_complete=ISSUE.shell_complete)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to a file: .html, .csv, .xlsx, .json or .pdf.",
)
@click.option("--all", "on_all", is_flag=True, help="All issues side by side, and the list.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="With --all: only issues from this day on.")
@click.option("--compare", metavar="N,N…", help="These issues side by side, such as 3,4,5.")
@click.option("--board", is_flag=True, help="One page for a board: sentences and four charts.")
@click.option("--language", help="The language of the report: en or cy. Otherwise NEWSLETTER_LANGUAGE.")
@json_option
def report(output: Path | None, language: str | None, as_json: bool, **chosen: Any) -> None:
    """Show who got an issue, who did not, and why; or how your list grew and shrank.

    Of issue NUMBER, or of the newest: how many people were on the list, who was left out and why, and what happened to
    the others. Everybody is accounted for. `report list` shows the list by month, and how many of those who joined are
    still here.

    A file that you pass on gives no number of people from 1 to 4, so that nobody can be recognised. The terminal and
    --json give all numbers.
    """
    choice = _Choice(**chosen)
    choice.check()
    if output is not None:
        reports.require_ending(output)
    place, spoken = here(), language or ""
    if output is not None:
        figures = choice.read(place, language=spoken, outside=True)[1]
        reports.write_report(figures, output, place.templates)
        put(str(output))
    if output is None or as_json:  # JSON has all numbers, also beside a file that has not
        account, figures = choice.read(place, language=spoken)
        _put(account, figures, as_json)


COMMANDS = (report,)


@dataclass(frozen=True)
class _Choice:
    """What to report on."""

    what: str | None
    on_all: bool
    since: datetime | None
    compare: str | None
    board: bool

    def check(self) -> None:
        """Raise UsageError unless one thing is chosen, or none, which is the newest issue."""
        if sum(map(bool, (self.what, self.on_all, self.compare, self.board))) > 1:
            raise click.UsageError("Choose one: an issue's number, list, --all, --compare or --board.")
        if self.since and not self.on_all:
            raise click.UsageError("--since goes with --all.")

    def read(self, place: Workspace, **said: Any) -> tuple[IssueAccount | None, Figures]:
        """Read the report; of one issue, also its account."""
        if self.on_all:
            return None, reports.report_on_all(place, self.since.astimezone() if self.since else None, **said)
        if self.compare:
            return None, reports.compare_issues(place, _numbers(self.compare), **said)
        if self.board:
            return None, reports.board_report(place, **said)
        if self.what == LIST:
            return None, reports.report_on_list(place, **said)
        return reports.report_on_issue(place, _number(self.what) if self.what else None, **said)


def _put(account: IssueAccount | None, figures: Figures, as_json: bool) -> None:
    if as_json:
        put_json(account.as_json() if account else figures.as_json())  # of an issue, what `send --json` prints
        return
    if account:
        show_account(account)
    put_figures(figures, skip=("everybody", "left-out", "links") if account else ())


def _numbers(words: str) -> list[int]:
    found = list(dict.fromkeys(_number(word.strip()) for word in words.split(",")))
    if len(found) < 2:
        raise click.UsageError("--compare needs two issues or more, such as --compare 3,4,5.")
    return found


def _number(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) < 10):
        raise click.UsageError(f"“{word}” is not the number of an issue. To list your issues: newsletter status")
    return int(word)
