"""send · resume."""

import re
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import click

from newsletter import send as sending
from newsletter import standing
from newsletter.app.workspace import Workspace
from newsletter.canary import Canary
from newsletter.cli.asking import confirm, say_plan
from newsletter.cli.findings import refuse
from newsletter.cli.here import here
from newsletter.cli.posts import say_findings
from newsletter.cli.printing import json_option, post_argument, put, put_json, say, say_doubts
from newsletter.cli.progress import progress_of
from newsletter.cli.running import run_after_canary, run_issue
from newsletter.cli.times import MOMENT
from newsletter.database import reading, writing
from newsletter.errors import Refused
from newsletter.hearing.settling import Settlement, settle_uncertain
from newsletter.issue import nobody_left, read_issue
from newsletter.post import Post
from newsletter.report import Transcript, transcript
from subscribers import saved
from subscribers.familiar import doubts

rate_option = click.option("--rate", type=click.FloatRange(0), help="At most so many messages a second, this time.")
limit_option = click.option("--limit", type=click.IntRange(1), default=None, help="At most so many people, this time.")
wait_option = click.option(
    "--wait/--no-wait", default=None, help="Stay until nobody is left to try. [default: on a terminal]"
)
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
    place = here()
    written = place.post(post)  # first, so that a mistyped name is reported before anything else
    transport = None if dry_run else place.transport(folder)
    planned, before = _planned(place, written, segment, again)
    say_plan(planned, before, not (dry_run or yes))
    if transport is None:
        _build_all(place, planned, as_json, scheduled=at is not None)
        return
    if not yes:
        confirm(no_input)
    place.publish(planned.email)  # before the first mail: a mail that was sent cannot be called back
    if at:
        _say_scheduled(sending.schedule_plan(place.engine, planned, at).number, at, as_json)
        return
    issue = sending.freeze_plan(place.engine, planned)
    how = sending.policy(place.settings, rate, limit or 0, _stays(wait))
    if canary:
        first = Canary(canary, timedelta(minutes=canary_wait).total_seconds())
        context.exit(run_after_canary(place, issue, transport, how, first, as_json))
    context.exit(run_issue(place, issue, transport, how, as_json))


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
    place = here()
    transport = place.transport(folder)
    with writing(place.engine) as connection:
        issue = read_issue(connection, number)
        standing.reopen(connection, issue)
        settled = settle_uncertain(connection, issue.number, Settlement(uncertain))
        again = sending.queue_refused(connection, issue, refused) if refused is not None else Counter()
    if settled:
        say(f"{settled:,} uncertain: {uncertain}.")
    for words, number_ in again.most_common():
        say(f"{number_:,} refused are queued again: {words}")
    how = sending.policy(place.settings, rate, limit or 0, _stays(wait))
    context.exit(run_issue(place, issue, transport, how, as_json))


COMMANDS = (send, resume)

_WHICH = (
    "--refused {given}: is {given} an issue, or part of an answer? For those of issue {given} whose answer was not "
    "about them: newsletter resume {given} --refused. For answers with {given} in them, name the issue first: "
    "newsletter resume NUMBER --refused {given}"
)


def _planned(place: Workspace, post: Post, segment: str | None, again: bool) -> tuple[sending.Plan, Transcript | None]:
    email = place.compiled(post)
    say_findings(email, post.path)
    refuse(post.path, email.findings)
    with reading(place.engine) as connection:
        among = None if segment is None else saved.find(connection, segment)
        say_doubts(doubts(connection, among) if among else ())
        planned = sending.plan(connection, post, email, place.letterhead(), again, among)
        return planned, transcript(connection, planned.unfinished) if planned.unfinished else None


def _build_all(place: Workspace, planned: sending.Plan, as_json: bool, scheduled: bool) -> None:
    with progress_of("Built", planned.recipients) as progress:
        built = sending.dry_run(place.engine, place.settings, planned, progress)
    excluded = planned.excluded.total()
    if as_json:
        sums = {"candidates": built + excluded, "excluded": excluded, "built": built}
        put_json(sums | {"excluded_by_reason": dict(planned.excluded)})
    else:
        put(f"{built:,} messages built; nothing was sent.")
    if not (built or planned.unfinished or scheduled):  # a scheduled issue gets its audience later
        raise Refused(why=nobody_left(planned.excluded, planned.segment))


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
