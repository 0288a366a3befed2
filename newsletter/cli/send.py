"""send · resume."""

import re
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.bounces.settling import Settlement
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, post_argument, put, put_json, say, say_doubts
from newsletter.cli.progress import progress_of
from newsletter.cli.times import MOMENT
from newsletter.policy.canary import Canary

if TYPE_CHECKING:
    from newsletter.app.send import Proposal
    from newsletter.app.workspace import Workspace

rate_option = click.option("--rate", type=click.FloatRange(0), help="At most so many messages a second, this time.")
limit_option = click.option("--limit", type=click.IntRange(1), default=None, help="At most so many people, this time.")
wait_option = click.option(
    "--wait/--no-wait", default=None, help="Stay until nobody is left to try. [default: on a terminal]"
)
here_option = click.option("--here", "here_too", is_flag=True, help="Send from this machine, too, where workers send.")
folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write .eml files here instead of handing them to the relay.",
)


@click.command()
@post_argument
@rate_option
@limit_option
@wait_option
@here_option
@folder_option
@click.option("--segment", help="Only to those of a saved segment, or of an expression: tag:volunteer and language:cy.")
@click.option("--at", type=MOMENT, help="Not now, but then: 18:30, or 2027-03-01 09:00 of this machine's clock.")
@click.option("--canary", type=click.IntRange(1), help="Write to so many first, and to the others if all is well.")
@click.option("--canary-wait", type=click.FloatRange(0), default=10.0, show_default=True, help="Minutes in between.")
@click.option("--dry-run", is_flag=True, help="Build every message, send and freeze nothing.")
@click.option("--yes", is_flag=True, help="Do not ask, send.")
@click.option("--no-input", is_flag=True, help="Do not ask, and without --yes do not send.")
@click.option("--again", is_flag=True, help="Send it although it went out before.")
@json_option
@click.pass_context
def send(
    context: click.Context,
    post: Path,
    rate: float | None,
    limit: int | None,
    wait: bool | None,
    here_too: bool,
    folder: Path | None,
    segment: str | None,
    at: datetime | None,
    canary: int | None,
    canary_wait: float,
    dry_run: bool,
    yes: bool,
    no_input: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Send a post to everybody who wants it.

    To everybody on the list, that is, who has said yes and is not suppressed. It says whom and how many, and asks. A
    second `send` of the same POST goes on with the first; nobody is written to twice. With --at, the words are kept as
    they are now; `newsletter due`, or `serve --send`, sends them then to whoever wants them by that time.
    """
    if at and (canary or folder):
        raise click.UsageError("--at goes with neither --canary nor --folder.")
    from newsletter.app import send as sending  # here and below, because --help needs neither compiler nor relay
    from newsletter.cli import asking, findings, running

    place = here()
    proposal = sending.look(
        place, post, segment, again, folder, rehearsal=dry_run, found=partial(findings.say_findings, post)
    )
    say_doubts(proposal.doubts)
    asking.say_plan(proposal, asked=not (dry_run or yes))
    if dry_run:
        _rehearse(place, proposal, as_json, scheduled=at is not None)
        return
    if not yes:
        asking.confirm(no_input)
    if at:
        _say_scheduled(sending.schedule(place, proposal, at).number, at, as_json)
        return
    this_run = sending.ThisRun(rate, limit or 0, _stays(wait), here_too)
    first = Canary(canary, timedelta(minutes=canary_wait).total_seconds()) if canary else None
    context.exit(running.finish_run(sending.send(place, proposal, this_run, first, running.on_terminal()), as_json))


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--uncertain", type=click.Choice([str(each) for each in Settlement]), default="hold", show_default=True)
@click.option(
    "--refused",
    metavar="[TEXT]",
    is_flag=False,
    flag_value="",
    default=None,
    help="Queue again those refused whose answer has TEXT in it; without TEXT, those whose answer was not about them.",
)
@rate_option
@limit_option
@wait_option
@here_option
@folder_option
@json_option
@click.pass_context
def resume(
    context: click.Context,
    number: int | None,
    uncertain: str,
    refused: str | None,
    rate: float | None,
    limit: int | None,
    wait: bool | None,
    here_too: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Go on with an issue that is not finished.

    With issue NUMBER, or with the newest. Those who are uncertain (the line dropped before the relay's last answer) are
    held unless you say: resend, and some may get it twice; or assume, and some may not get it.

    Those refused stay refused, unless you say --refused, after something was put right at your mail server. TEXT is
    part of its answer, as `newsletter log --state refused` shows it: `resume 3 --refused "not verified"`. The
    do-not-email list holds in any case.
    """
    if refused and number is None and refused.isdigit() and not re.fullmatch("[45][0-9][0-9]", refused):
        raise click.UsageError(_WHICH.format(given=refused))
    from newsletter.app import send as sending
    from newsletter.cli.running import finish_run, on_terminal

    this_run = sending.ThisRun(rate, limit or 0, _stays(wait), here_too)
    ended = sending.resume(here(), number, Settlement(uncertain), refused, folder, this_run, on_terminal())
    context.exit(finish_run(ended, as_json))


COMMANDS = (send, resume)

_WHICH = (
    "--refused {given}: is {given} an issue, or part of an answer? For those of issue {given} whose answer was not "
    "about them: newsletter resume {given} --refused. For answers with {given} in them, name the issue first: "
    "newsletter resume NUMBER --refused {given}"
)


def _rehearse(place: "Workspace", proposal: "Proposal", as_json: bool, scheduled: bool) -> None:
    from newsletter.app import send as sending

    with progress_of("Built", proposal.plan.recipients) as progress:
        done = sending.rehearse(place, proposal, scheduled, progress)
    excluded = done.excluded.total()
    if as_json:
        sums = {"candidates": done.built + excluded, "excluded": excluded, "built": done.built}
        put_json(sums | {"excluded_by_reason": dict(done.excluded)})
    else:
        put(f"{done.built:,} messages built; nothing was sent.")
    if done.refusal:
        raise done.refusal


def _say_scheduled(number: int, at: datetime, as_json: bool) -> None:
    if as_json:
        put_json({"issue": number, "not_before": at.isoformat()})
    when = f"{at.astimezone():%d %B %Y %H:%M}"
    say(
        f"Issue {number} is scheduled for {when}. `newsletter due` sends it then, from a timer, or "
        f"`newsletter serve --send`; `newsletter cancel {number}` takes it back."
    )


def _stays(wait: bool | None) -> bool:
    return sys.stderr.isatty() if wait is None else wait
