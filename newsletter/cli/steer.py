"""pause · cancel · due: commands that act on issues from another terminal, or from a timer."""

import click

from newsletter.app import steer
from newsletter.app.look_back import find_issue
from newsletter.app.run import Ended
from newsletter.app.steer import CalledOff
from newsletter.cli.here import here, list_here
from newsletter.cli.printing import json_option, put_json, say
from newsletter.cli.running import finish_run, on_terminal
from newsletter.database.tables import Lifecycle


@click.command()
@click.argument("number", type=int, required=False)
@json_option
def pause(number: int | None, as_json: bool) -> None:
    """Have an issue go no further for now.

    Issue NUMBER, or the newest. Whoever is sending it, on whatever terminal, finishes what is under way, in a second or
    so; `newsletter resume` goes on.
    """
    paused = steer.pause(list_here(), number)
    if as_json:
        put_json({"issue": paused, "standing": str(Lifecycle.PAUSED)})
    say(f"Issue {paused} is paused. Go on with: newsletter resume {paused}")


@click.command()
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask, cancel.")
@json_option
def cancel(number: int, yes: bool, as_json: bool) -> None:
    """Have nobody else get issue NUMBER, for good.

    Whoever was written to has it; the others are skipped. What is under way is finished. `newsletter send` of the same
    post makes a new issue, for those who have not had it.
    """
    place = list_here()
    issue = find_issue(place, number)
    if not yes:
        click.confirm(f"Cancel issue {issue.number}, “{issue.email.subject}”?", err=True, abort=True)
    cancelled = steer.cancel(place, issue.number)
    if as_json:
        put_json({"issue": number, "standing": str(Lifecycle.CANCELLED), "skipped": cancelled.skipped})
    say(f"Issue {number} is cancelled; {cancelled.skipped:,} who were still to be tried are skipped.")
    if cancelled.uncertain:
        say(f"{cancelled.uncertain:,} may have been written to when the sending broke off: newsletter log {number}")


@click.command()
@json_option
@click.pass_context
def due(context: click.Context, as_json: bool) -> None:
    """Send what is due, once: for a timer.

    Scheduled issues whose time has come, people to be tried again, and what a crash left behind. Not what somebody has
    paused or cancelled, nor what another terminal is sending. It says nothing when nothing is due.
    """
    context.exit(max((_finish(each, as_json) for each in steer.send_due(here(), on_terminal())), default=0))


COMMANDS = (pause, cancel, due)


def _finish(done: Ended | CalledOff, as_json: bool) -> int:
    if isinstance(done, Ended):
        return finish_run(done, as_json)
    say(f"Issue {done.issue} is cancelled: {done.refusal}")
    return done.refusal.exit_code
