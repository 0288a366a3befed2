"""pause · cancel · due: commands that act on issues from another terminal, or from a timer."""

import click

from newsletter.app import steer
from newsletter.app.look_back import find_issue
from newsletter.app.notes import send_notes
from newsletter.app.ping import ping
from newsletter.app.run import Ended
from newsletter.app.steer import CalledOff, LeftAlone
from newsletter.cli.completing import ISSUE
from newsletter.cli.here import here, list_here
from newsletter.cli.printing import json_option, put_json, say
from newsletter.cli.running import finish_run, on_terminal
from newsletter.database.tables import Lifecycle


@click.command()
@click.argument("number", type=ISSUE, required=False)
@json_option
def pause(number: int | None, as_json: bool) -> None:
    """Stop sending an issue for now.

    Issue NUMBER, or the newest. A program that is sending it, in any terminal, finishes the emails it is handing over
    and stops within a second or so. To carry on: `newsletter resume`.
    """
    paused = steer.pause(list_here(), number)
    if as_json:
        put_json({"issue": paused, "standing": str(Lifecycle.PAUSED)})
    say(f"Issue {paused} is paused. To carry on: newsletter resume {paused}")


@click.command()
@click.argument("number", type=ISSUE)
@click.option("--yes", is_flag=True, help="Cancel without asking.")
@json_option
def cancel(number: int, yes: bool, as_json: bool) -> None:
    """Stop issue NUMBER for good: nobody else gets it.

    People who were emailed already have it. Emails that are being handed over right now are finished. If you send the
    same post again, that is a new issue, for the people who have not had it.
    """
    place = list_here()
    issue = find_issue(place, number)
    if not yes:
        click.confirm(f"Cancel issue {issue.number}, “{issue.email.subject}”?", err=True, abort=True)
    cancelled = steer.cancel(place, issue.number)
    if as_json:
        put_json({"issue": number, "standing": str(Lifecycle.CANCELLED), "skipped": cancelled.skipped})
    people = "1 person" if cancelled.skipped == 1 else f"{cancelled.skipped:,} people"
    rest = f" {people} who had not been emailed yet will not get it." if cancelled.skipped else ""
    say(f"Issue {number} is cancelled.{rest}")
    if cancelled.uncertain:
        say(
            f"{cancelled.uncertain:,} may have it, because sending broke off. "
            f"To list them: newsletter log {number} --state uncertain"
        )


@click.command()
@json_option
@click.pass_context
def due(context: click.Context, as_json: bool) -> None:
    """Send what is due now, once. For a timer, such as cron.

    It sends scheduled issues whose time has come, tries people again, and finishes what a crash left behind. It leaves
    alone what you have paused or cancelled, and what another terminal is sending. If nothing is due, it says nothing.
    It emails NEWSLETTER_NOTES_TO when an issue is finished or has stopped. If all went well, it visits the address in
    NEWSLETTER_PING_URL.
    """
    place = here()
    code = max((_finish(each, as_json) for each in steer.send_due(place, on_terminal())), default=0)
    send_notes(place)
    if code in _WENT_WELL:
        ping(place)
    context.exit(code)


COMMANDS = (pause, cancel, due)

_WENT_WELL = (0, 3)
"""Exit codes after which `due` tells that it is alive. 3: some recipients were refused, which is no trouble of ours."""


def _finish(done: Ended | CalledOff | LeftAlone, as_json: bool) -> int:
    if isinstance(done, Ended):
        return finish_run(done, as_json)
    if isinstance(done, LeftAlone):
        say(str(done.why))
        return done.why.exit_code
    say(f"Issue {done.issue} is cancelled: {done.refusal}")
    return done.refusal.exit_code
