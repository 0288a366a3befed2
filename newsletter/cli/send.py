"""send · resume."""

import re
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.bounces.settling import Settlement
from newsletter.cli.completing import ISSUE, SEGMENT
from newsletter.cli.here import here
from newsletter.cli.printing import json_option, post_argument, put, put_json, say, say_doubts
from newsletter.cli.progress import progress_of
from newsletter.cli.times import MOMENT
from newsletter.policy.canary import Canary
from newsletter.runtime.clock import in_full

if TYPE_CHECKING:
    from newsletter.app.in_waves import ThisRun
    from newsletter.app.send import Proposal
    from newsletter.app.workspace import Workspace

rate_option = click.option(
    "--rate", type=click.FloatRange(0), help="This time, send at most this many emails a second."
)
limit_option = click.option(
    "--limit", type=click.IntRange(1), default=None, help="This time, email at most this many people."
)
wait_option = click.option(
    "--wait/--no-wait", default=None, help="Wait until everybody has been tried. [default: in a terminal]"
)
here_option = click.option("--here", "here_too", is_flag=True, help="Send from this machine, too, where workers send.")
folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the emails to this folder as .eml files. Nothing is sent.",
)

without_option = click.option(
    "--without-approval",
    default="",
    metavar="WHY",
    help="Send it without the approvals that it needs. Approvers are told, and it is recorded.",
)


@click.command()
@post_argument
@rate_option
@limit_option
@wait_option
@here_option
@folder_option
@click.option(
    "--segment", type=SEGMENT, help="Only to this segment, or to an expression: tag:volunteer and language:cy."
)
@click.option("--at", type=MOMENT, help="Send it later, by this computer's clock: 18:30, or 2027-03-01 09:00.")
@click.option(
    "--first",
    "--canary",
    "canary",
    type=click.IntRange(1),
    help="Email this many people first, and the others if all is well.",
)
@click.option(
    "--canary-wait", type=click.FloatRange(0), default=10.0, show_default=True, help="Minutes to wait in between."
)
@click.option("--dry-run", is_flag=True, help="Try to make every email. Nothing is sent or recorded.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option("--no-input", is_flag=True, help="Never ask. Without --yes, send nothing.")
@click.option("--again", is_flag=True, help="Send it even if it was sent before.")
@click.option("--newcomers", is_flag=True, help="Send it to people who joined since it was sent.")
@without_option
@click.option(
    "--only", type=click.Choice(["cy", "en"]), help="Send one half of a post in two languages without the other."
)
@click.option("--because", help="Why the other half is not sent; it is recorded.")
@json_option
@click.pass_context
def send(
    context: click.Context,
    /,
    post: Path,
    folder: Path | None,
    segment: str | None,
    at: datetime | None,
    canary: int | None,
    canary_wait: float,
    dry_run: bool,
    yes: bool,
    no_input: bool,
    again: bool,
    newcomers: bool,
    without_approval: str,
    as_json: bool,
    **run: Any,
) -> None:
    """Send a post to everybody on your list who wants it.

    First it shows who that is, and asks. The same POST again carries on where it stopped: nobody gets it twice. With
    --at, the words stay as they are now, and `newsletter due` or `newsletter serve --send` sends them.
    """
    if at and (canary or folder):
        raise click.UsageError("--at goes with neither --first nor --folder.")
    from newsletter.app import send as sending  # here and below, because --help needs neither compiler nor relay
    from newsletter.app.approvals import refuse_unapproved
    from newsletter.cli import asking, findings, running

    place, found = here(), partial(findings.say_findings, post)
    proposal = sending.look(place, post, segment, again, folder, dry_run, found, _one_half(**run), newcomers)
    say_doubts(proposal.doubts)
    asking.say_plan(proposal, asked=not (dry_run or yes))
    if dry_run:
        _rehearse(place, proposal, as_json, scheduled=at is not None)
        return
    if not without_approval:
        refuse_unapproved(place, proposal.plan, at)
    asking.confirm(no_input, yes)
    if at:
        _say_scheduled(sending.schedule(place, proposal, at, without_approval).number, at, as_json)
        return
    first = Canary(canary, timedelta(minutes=canary_wait).total_seconds()) if canary else None
    done = sending.send(place, proposal, _this_run(**run), first, running.on_terminal(), without_approval)
    context.exit(running.finish_run(done, as_json))


@click.command()
@click.argument("number", type=ISSUE, required=False)
@click.option(
    "--uncertain",
    type=click.Choice([str(each) for each in Settlement]),
    default="hold",
    show_default=True,
    help="What to do about people who may or may not have it: hold = nothing for now. resend = email them again (some "
    "may get it twice). assume = count it as sent (some may never get it).",
)
@click.option(
    "--refused",
    metavar="[TEXT]",
    is_flag=False,
    flag_value="",
    default=None,
    help="Try people again whose mail server answered with TEXT. Without TEXT: if the answer was not about the person.",
)
@click.option(
    "--restored",
    is_flag=True,
    help="The database was restored or moved, or a standby took over, and nothing sends from the other one any more.",
)
@rate_option
@limit_option
@wait_option
@here_option
@folder_option
@without_option
@json_option
@click.pass_context
def resume(
    context: click.Context,
    number: int | None,
    uncertain: str,
    refused: str | None,
    restored: bool,
    rate: float | None,
    limit: int | None,
    wait: bool | None,
    here_too: bool,
    folder: Path | None,
    without_approval: str,
    as_json: bool,
) -> None:
    """Carry on with an issue that is not finished.

    Issue NUMBER, or the newest. If the connection dropped while an email was handed over, nobody can know whether that
    person has it: --uncertain says what to do about these people.

    People who could not be reached are not tried again, unless you say --refused after something was fixed at your
    mail server. TEXT is part of its answer, as `newsletter log --state refused` shows it, such as: `newsletter resume 3
    --refused "not verified"`. People on your do-not-email list get nothing in any case.
    """
    if refused and number is None and refused.isdigit() and not re.fullmatch("[45][0-9][0-9]", refused):
        raise click.UsageError(_WHICH.format(given=refused))
    from newsletter.app import send as sending
    from newsletter.cli.running import finish_run, on_terminal

    this_run, place = _this_run(rate, limit, wait, here_too), here()
    if not restored and sys.stdin.isatty() and sending.is_away_from_home(place):
        say(_RESTORED)
        restored = click.confirm(
            "Does nothing send from the other database any more, and shall this one go on?", err=True
        )
    ended = sending.resume(
        place, number, Settlement(uncertain), refused, folder, this_run, on_terminal(), restored, without_approval
    )
    context.exit(finish_run(ended, as_json))


COMMANDS = (send, resume)

_RESTORED = (
    "This database is a copy, a restored backup, or a standby that took over. It may have forgotten who was written to "
    "after the copy was made: they may get this email twice."
)
_WHICH = (
    "--refused {given}: is {given} an issue, or part of an answer? For those of issue {given} whose answer was not "
    "about them: newsletter resume {given} --refused. For answers with {given} in them, name the issue first: "
    "newsletter resume NUMBER --refused {given}"
)


def _one_half(only: str | None, because: str | None, **_run: Any) -> tuple[str, str] | None:
    """Return which half of a post is sent without the other, and why; None: the whole. Raises UsageError."""
    why = (because or "").strip()
    if bool(only) != bool(why):
        raise click.UsageError('--only and --because go together: --only en --because "The translator is ill."')
    return (only, why) if only else None


def _rehearse(place: "Workspace", proposal: "Proposal", as_json: bool, scheduled: bool) -> None:
    from newsletter.app import send as sending

    with progress_of("Built", proposal.plan.recipients) as progress:
        done = sending.rehearse(place, proposal, scheduled, progress)
    excluded = done.excluded.total()
    if as_json:
        sums = {"candidates": done.built + excluded, "excluded": excluded, "built": done.built}
        put_json(sums | {"excluded_by_reason": dict(done.excluded)})
    else:
        put(f"{done.built:,} emails made. Nothing was sent.")
    if done.refusal:
        raise done.refusal


def _say_scheduled(number: int, at: datetime, as_json: bool) -> None:
    if as_json:
        put_json({"issue": number, "not_before": at.isoformat()})
    say(
        f"Issue {number} will be sent on {in_full(at)}, if `newsletter serve --send` is running then, or a timer runs "
        f"`newsletter due`. To undo this: newsletter cancel {number}"
    )


def _this_run(rate: float | None, limit: int | None, wait: bool | None, here_too: bool, **_send: Any) -> "ThisRun":
    from newsletter.app.in_waves import ThisRun

    return ThisRun(rate, limit or 0, _stays(wait), here_too)


def _stays(wait: bool | None) -> bool:
    return sys.stderr.isatty() if wait is None else wait
