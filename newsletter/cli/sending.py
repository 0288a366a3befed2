"""send · resume."""

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import click

from newsletter import send as sending
from newsletter import send_log
from newsletter.cli.asking import confirm, left_to_try, say_plan
from newsletter.cli.posts import post_argument, refuse_errors, say_findings
from newsletter.cli.printing import json_option, progress_of, put, put_json, say
from newsletter.cli.transcripts import say_names, show_transcript
from newsletter.cli.workspace import Workspace, here
from newsletter.database import reading, writing
from newsletter.deliver import Ending, Policy, Run, Surroundings
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.issue import Issue, read_issue
from newsletter.report import Transcript, transcript
from newsletter.send_log import Settlement
from newsletter.tables import State
from newsletter.transport import Transport
from newsletter.verdict import is_limit
from subscribers import saved

SOME_NOT_REACHED, NOT_ALLOWED, GO_ON_LATER, INTERRUPTED = 3, 4, 75, 128

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
    dry_run: bool,
    yes: bool,
    no_input: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Send a post to everybody who wants it.

    To everybody on the list, that is, who has said yes and is not suppressed. It says whom and how many, and asks. A
    second `send` of the same POST goes on with the first; nobody is written to twice.
    """
    place = here()
    transport = None if dry_run else place.transport(folder)
    written = place.post(post)
    email = place.compiled(written)
    say_findings(email, post)
    refuse_errors(email, post)
    with reading(place.engine) as connection:
        among = saved.find(connection, segment) if segment else None
        planned = sending.plan(connection, written, email, place.letterhead(), again, among)
        before = transcript(connection, planned.unfinished) if planned.unfinished else None
    asked = not (dry_run or yes)
    say_plan(planned, before, asked)
    if transport is None:
        _build_all(place, planned, as_json)
        return
    if asked:
        confirm(no_input)
    issue = sending.freeze_plan(place.engine, planned)
    how = sending.policy(place.settings, rate, limit or 0, _stays(wait))
    context.exit(_deliver(place, issue, transport, how, as_json))


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--uncertain", type=click.Choice([str(each) for each in Settlement]), default="hold", show_default=True)
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
    rate: float | None,
    limit: int | None,
    wait: bool | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Go on with an issue that is not finished.

    With issue NUMBER, or with the newest. Those who are uncertain (the line dropped before the relay's last answer) are
    held unless you say: resend, and some may get it twice; or assume, and some may not get it.
    """
    place = here()
    transport = place.transport(folder)
    with writing(place.engine) as connection:
        issue = read_issue(connection, number)
        settled = send_log.settle_uncertain(connection, issue.number, Settlement(uncertain))
    if settled:
        say(f"{settled:,} uncertain: {uncertain}.")
    how = sending.policy(place.settings, rate, limit or 0, _stays(wait))
    context.exit(_deliver(place, issue, transport, how, as_json))


COMMANDS = (send, resume)


def _deliver(place: Workspace, issue: Issue, transport: Transport, how: Policy, as_json: bool) -> int:
    with reading(place.engine) as connection:
        before = transcript(connection, issue)
    left = left_to_try(before)
    with progress_of(f"Issue {issue.number}", min(left, how.limit) if how.limit else left) as bar:

        def progress(counts: Counter[State]) -> None:
            bar(min(counts.total(), left), _words(counts))

        around = Surroundings(progress=progress)
        try:
            run, signal_number = sending.deliver_issue(place.engine, place.settings, issue, transport, how, around)
        except (RelayUnreachable, RelayRefused):
            _show_account(place, issue, as_json)
            raise
    account = _show_account(place, issue, as_json)
    _say_ending(run, issue)
    return _exit_code(run, account, signal_number)


def _show_account(place: Workspace, issue: Issue, as_json: bool) -> Transcript:
    with reading(place.engine) as connection:
        account = transcript(connection, issue)
        put_json(account.as_json()) if as_json else show_transcript(account)
        say_names(connection, issue, State.UNCERTAIN)
    return account


def _exit_code(run: Run, account: Transcript, signal_number: int) -> int:
    if signal_number:
        return INTERRUPTED + signal_number
    if run.ending is Ending.STOPPED:
        return GO_ON_LATER if run.stopped_by and is_limit(run.stopped_by) else NOT_ALLOWED
    if run.ending is not Ending.DONE:
        return GO_ON_LATER
    lost = sum(account.states[state] for state in (State.REFUSED, State.EXPIRED, State.UNCERTAIN))
    return SOME_NOT_REACHED if lost else 0


def _build_all(place: Workspace, planned: sending.Plan, as_json: bool) -> None:
    with progress_of("Built", planned.recipients) as progress:
        built = sending.dry_run(place.engine, place.settings, planned, progress)
    excluded = planned.excluded.total()
    if as_json:
        put_json({"candidates": built + excluded, "excluded": excluded, "built": built})
    else:
        put(f"{built:,} messages built; nothing was sent.")


def _say_ending(run: Run, issue: Issue) -> None:
    if run.ending is Ending.STOPPED and run.stopped_by:
        reply = run.stopped_by
        say(
            f"Stopped: the relay answered {reply.code} {reply.text} to {reply.stage.upper()}. Nobody is lost; "
            f"put it right, then: newsletter resume {issue.number}"
        )
    elif run.ending in (Ending.WAITING, Ending.INTERRUPTED):
        due = f", the next is due {_moment(run.next_retry.astimezone())}" if run.next_retry else ""
        say(f"Not finished{due}. Go on with: newsletter resume {issue.number}")


def _moment(due: datetime) -> str:
    today = due.date() == datetime.now(due.tzinfo).date()
    return f"at {due:%H:%M:%S}" if today else f"on {due:%d %B at %H:%M}"


def _words(counts: Counter[State]) -> str:
    return " · ".join(f"{counts[state]:,} {state}" for state in State if counts[state] and state is not State.ACCEPTED)


def _stays(wait: bool | None) -> bool:
    return sys.stderr.isatty() if wait is None else wait
