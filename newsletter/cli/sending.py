"""send · resume · status."""

import sys
from collections import Counter
from pathlib import Path

import click

from newsletter import send as sending
from newsletter import send_log
from newsletter.cli.posts import post_argument, refuse_errors, say_findings
from newsletter.cli.printing import json_option, progress_of, put, put_json, put_table, say
from newsletter.cli.transcripts import say_names, show_transcript
from newsletter.cli.workspace import Workspace, here
from newsletter.database import reading, writing
from newsletter.deliver import Ending, Policy, Run, Surroundings
from newsletter.errors import Refused
from newsletter.issue import Issue, read_issue, read_issues
from newsletter.report import Transcript, transcript
from newsletter.send_log import Settlement
from newsletter.tables import State
from newsletter.transport import Transport
from newsletter.verdict import is_limit

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
@click.option("--dry-run", is_flag=True, help="Build every message, send and freeze nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
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
    dry_run: bool,
    yes: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Send POST to everybody on the list who wants it.

    A second `send` of the same post goes on with the first; nobody is written to twice.
    """
    place = here()
    transport = place.transport(folder)
    written = place.post(post)
    email = place.compiled(written)
    say_findings(email, post)
    refuse_errors(email, post)
    with reading(place.engine) as connection:
        planned = sending.plan(connection, written, email, place.letterhead(), again)
    _say_plan(planned)
    if dry_run:
        with progress_of("Built", planned.recipients) as progress:
            built = sending.dry_run(place.engine, place.settings, planned, progress)
        put(f"{built:,} messages built; nothing was sent.")
        return
    _confirm(planned, yes)
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
    """Go on with issue NUMBER, or the newest.

    Those who are uncertain (the line dropped before the relay's last answer) are held unless you say: resend, and
    some may get it twice; or assume, and some may not get it.
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


@click.command()
@click.argument("number", type=int, required=False)
@json_option
def status(number: int | None, as_json: bool) -> None:
    """Show how the issues stand; or one issue."""
    with reading(here().engine) as connection:
        issues = read_issues(connection) if number is None else [read_issue(connection, number)]
        accounts = [transcript(connection, issue) for issue in issues]
    if as_json:
        for account in accounts:
            put_json(account.as_json())
    elif accounts:
        put_table(["issue", "frozen", *State, "subject"], map(_status_row, accounts))
    else:
        say("Nothing has been sent yet.")


COMMANDS = (send, resume, status)


def _deliver(place: Workspace, issue: Issue, transport: Transport, how: Policy, as_json: bool) -> int:
    with reading(place.engine) as connection:
        before = transcript(connection, issue)
    left = sum(before.states[state] for state in (State.QUEUED, State.DEFERRED, State.SENDING))
    with progress_of(f"Issue {issue.number}", min(left, how.limit) if how.limit else left) as bar:

        def progress(counts: Counter[State]) -> None:
            bar(min(counts.total(), left), _words(counts))

        around = Surroundings(progress=progress)
        run, signal_number = sending.deliver_issue(place.engine, place.settings, issue, transport, how, around)
    with reading(place.engine) as connection:
        account = transcript(connection, issue)
        put_json(account.as_json()) if as_json else show_transcript(account)
        say_names(connection, issue, State.UNCERTAIN)
    _say_ending(run, issue)
    return _exit_code(run, account, signal_number)


def _exit_code(run: Run, account: Transcript, signal_number: int) -> int:
    if signal_number:
        return INTERRUPTED + signal_number
    if run.ending is Ending.STOPPED:
        return GO_ON_LATER if run.stopped_by and is_limit(run.stopped_by) else NOT_ALLOWED
    if run.ending is not Ending.DONE:
        return GO_ON_LATER
    lost = sum(account.states[state] for state in (State.REFUSED, State.EXPIRED, State.UNCERTAIN))
    return SOME_NOT_REACHED if lost else 0


def _say_plan(planned: sending.Plan) -> None:
    if planned.unfinished:
        say(f"This post is issue {planned.unfinished.number} already and not finished: going on with it.")
        return
    say(f"From:     {planned.letterhead.sender}")
    say(f"Subject:  {planned.email.subject}")
    say(f"To:       {planned.recipients:,} people: {', '.join(planned.first)}{' …' if planned.recipients > 3 else ''}")
    if planned.excluded:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(planned.excluded.items()))
        say(f"Left out: {planned.excluded.total():,} ({reasons})")
    if planned.last_time:
        more = planned.recipients - planned.last_time.frozen
        change = "as many as" if not more else f"{abs(more):,} {'more' if more > 0 else 'fewer'} than"
        say(f"That is {change} last time (issue {planned.last_time.number}).")


def _confirm(planned: sending.Plan, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(why="Nobody is at the terminal to confirm this; --yes confirms it.")
    if not click.confirm("Send it?", err=True):
        raise Refused(why="Not sent.")


def _say_ending(run: Run, issue: Issue) -> None:
    if run.ending is Ending.STOPPED and run.stopped_by:
        reply = run.stopped_by
        say(
            f"Stopped: the relay answered {reply.code} {reply.text} to {reply.stage.upper()}. Nobody is lost; "
            f"put it right, then: newsletter resume {issue.number}"
        )
    elif run.ending in (Ending.WAITING, Ending.INTERRUPTED):
        due = f", the next is due at {run.next_retry.astimezone():%H:%M}" if run.next_retry else ""
        say(f"Not finished{due}. Go on with: newsletter resume {issue.number}")


def _words(counts: Counter[State]) -> str:
    return " · ".join(f"{counts[state]:,} {state}" for state in State if counts[state] and state is not State.ACCEPTED)


def _status_row(account: Transcript) -> list[str]:
    numbers = [f"{account.frozen:,}", *(f"{account.states[state]:,}" for state in State)]
    return [str(account.issue), *numbers, account.subject]


def _stays(wait: bool | None) -> bool:
    return sys.stderr.isatty() if wait is None else wait
