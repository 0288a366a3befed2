"""pause · cancel · due: commands that act on issues from another terminal, or from a timer."""

import click

from newsletter import send as sending
from newsletter import standing
from newsletter.app.workspace import Workspace
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, put_json, say
from newsletter.cli.running import run_issue
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.errors import Refused, SenderBusy
from newsletter.issue import Issue, read_issue
from newsletter.tables import Standing, State


@click.command()
@click.argument("number", type=int, required=False)
@json_option
def pause(number: int | None, as_json: bool) -> None:
    """Have an issue go no further for now.

    Issue NUMBER, or the newest. Whoever is sending it, on whatever terminal, finishes what is under way, in a second or
    so; `newsletter resume` goes on.
    """
    place = here()
    with writing(place.engine) as connection:
        issue = read_issue(connection, number)
        if standing.standing(connection, issue.number) is Standing.CANCELLED:
            raise Refused(why=f"Issue {issue.number} is cancelled already.")
        standing.pause(connection, issue.number, "paused by hand")
    if as_json:
        put_json({"issue": issue.number, "standing": str(Standing.PAUSED)})
    say(f"Issue {issue.number} is paused. Go on with: newsletter resume {issue.number}")


@click.command()
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask, cancel.")
@json_option
def cancel(number: int, yes: bool, as_json: bool) -> None:
    """Have nobody else get issue NUMBER, for good.

    Whoever was written to has it; the others are skipped. What is under way is finished. `newsletter send` of the same
    post makes a new issue, for those who have not had it.
    """
    place = here()
    with reading(place.engine) as connection:
        issue = read_issue(connection, number)
    if not yes:
        click.confirm(f"Cancel issue {issue.number}, “{issue.email.subject}”?", err=True, abort=True)
    with writing(place.engine) as connection:
        skipped = standing.cancel(connection, issue.number, now())
    settled = standing.settle_what_a_crash_left(place.engine, issue.number, now())
    skipped += settled[State.SKIPPED]
    if as_json:
        put_json({"issue": issue.number, "standing": str(Standing.CANCELLED), "skipped": skipped})
    say(f"Issue {issue.number} is cancelled; {skipped:,} who were still to be tried are skipped.")
    if unsure := settled[State.UNCERTAIN]:
        say(f"{unsure:,} may have been written to when the sending broke off: newsletter log {issue.number}")


@click.command()
@json_option
@click.pass_context
def due(context: click.Context, as_json: bool) -> None:
    """Send what is due, once: for a timer.

    Scheduled issues whose time has come, people to be tried again, and what a crash left behind. Not what somebody has
    paused or cancelled, nor what another terminal is sending. It says nothing when nothing is due.
    """
    place = here()
    with reading(place.engine) as connection:
        issues = [read_issue(connection, number) for number in standing.due(connection, now())]
    context.exit(max((_send_due(place, issue, as_json) for issue in issues), default=0))


COMMANDS = (pause, cancel, due)


def _send_due(place: Workspace, issue: Issue, as_json: bool) -> int:
    try:
        return run_issue(place, issue, place.transport(), sending.policy(place.settings), as_json)
    except SenderBusy:
        return 0
    except Refused as error:
        with writing(place.engine) as connection:
            standing.cancel(connection, issue.number, now())
        say(f"Issue {issue.number} is cancelled: {error}")
        return error.exit_code
