"""A run of an issue: the progress bar, then the account, how the run ended, and the exit code for it."""

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from signal import SIGINT

from newsletter import send as sending
from newsletter import send_log, signals, standing
from newsletter.app.workspace import Workspace
from newsletter.canary import Canary, objection
from newsletter.cli.asking import left_to_try
from newsletter.cli.endings import ending_in_words
from newsletter.cli.printing import put_json, say
from newsletter.cli.progress import headway_in_words, progress_of, rest_in_words
from newsletter.cli.transcripts import say_names, show_transcript
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.deliver import Ending, Policy, Run, Surroundings
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.headway import Headway
from newsletter.hearing import heard
from newsletter.issue import Issue, read_issue
from newsletter.report import Transcript, transcript
from newsletter.tables import Heard, Standing, State
from newsletter.transport import Transport
from newsletter.transport.reply import Reply

SOME_NOT_REACHED, NOT_ALLOWED, GO_ON_LATER, INTERRUPTED = 3, 4, 75, signals.EXIT


def run_issue(place: Workspace, issue: Issue, transport: Transport, how: Policy, as_json: bool) -> int:
    """Send `issue` as far as the policy allows, say how it went, and return the exit code."""
    run, signalled = _run(place, issue, transport, how, as_json)
    account = _show_account(place, issue, as_json)
    _say_ending(run, account)
    return _exit_code(run, account, signalled)


def run_after_canary(
    place: Workspace, issue: Issue, transport: Transport, how: Policy, canary: Canary, as_json: bool
) -> int:
    """Send to the first few, wait, then send to the others; if their bounces or refusals speak against it, pause."""
    _leave_alone(place, issue, canary.seconds)
    run, signalled = _run(place, issue, transport, replace(how, limit=canary.first, wait=False), as_json)
    if signalled or run.ending is not Ending.WAITING:
        account = _show_account(place, issue, as_json)
        _say_ending(run, account)
        return _exit_code(run, account, signalled)
    say(f"The first {canary.first:,} are written to. The others in {canary.seconds / 60:g} minutes, if all is well.")
    try:
        goes_on = _is_well(place, issue) and _waits(place, issue, canary.seconds) and _is_well(place, issue)
    except KeyboardInterrupt:
        _pause(place, issue, "interrupted")
        return INTERRUPTED + (signals.received() or SIGINT)
    if goes_on:
        return run_issue(place, issue, transport, how, as_json)
    _show_account(place, issue, as_json)
    return GO_ON_LATER


def _run(place: Workspace, issue: Issue, transport: Transport, how: Policy, as_json: bool) -> tuple[Run, int]:
    with reading(place.engine) as connection:
        before = transcript(connection, issue)
    left = left_to_try(before) or None  # a scheduled issue has no recipients before its time
    total = min(left, how.limit) if left and how.limit else left
    headway = Headway(waiting=before.states[State.DEFERRED])
    with progress_of(f"Issue {issue.number}", total, lambda: _words(headway, transport)) as bar:

        def progress(state: State, reply: Reply, tries: int) -> None:
            headway.answered(state, reply, tries)
            bar(headway.done)

        around = Surroundings(progress=progress, rests=lambda rest: bar.note(rest_in_words(rest)))
        try:
            return sending.deliver_issue(place.engine, place.settings, issue, transport, how, around)
        except (RelayUnreachable, RelayRefused):
            _show_account(place, issue, as_json)
            raise


def _words(headway: Headway, transport: Transport) -> str:
    rest = transport.standstill
    return " · ".join(filter(None, (rest_in_words(rest) if rest else "", headway_in_words(headway))))


def _leave_alone(place: Workspace, issue: Issue, seconds: float) -> None:
    """Postpone the issue, so that a timer does not send to the others before the first few have been judged."""
    with writing(place.engine) as connection:
        standing.postpone(connection, issue.number, now() + timedelta(seconds=seconds))


def _waits(place: Workspace, issue: Issue, seconds: float) -> bool:
    """Wait `seconds`; return False as soon as the issue was paused or cancelled meanwhile."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 1.0))
        with reading(place.engine) as connection:
            if standing.standing(connection, issue.number) is not Standing.OPEN:
                say(f"Issue {issue.number} was paused or cancelled meanwhile.")
                return False
    return True


def _is_well(place: Workspace, issue: Issue) -> bool:
    with reading(place.engine) as connection:
        news = Counter[Heard]()
        for kind, _, number in heard.tally(connection, issue.number):
            news[Heard(kind)] += number
        against = objection(send_log.tally(connection, issue.number), news)
    if against:
        _pause(place, issue, against)
        say(f"Paused: {against}. Look at `newsletter log {issue.number}`; `newsletter resume {issue.number}` goes on.")
    return not against


def _pause(place: Workspace, issue: Issue, why: str) -> None:
    with writing(place.engine) as connection:
        standing.pause(connection, issue.number, why)


def _show_account(place: Workspace, issue: Issue, as_json: bool) -> Transcript:
    with reading(place.engine) as connection:
        account = transcript(connection, read_issue(connection, issue.number))  # a scheduled one has begun
        put_json(account.as_json()) if as_json else show_transcript(account)
        say_names(connection, issue, State.UNCERTAIN)
    return account


def _exit_code(run: Run, account: Transcript, signal_number: int) -> int:
    if signal_number:
        return INTERRUPTED + signal_number
    if run.ending is Ending.STOPPED:
        return GO_ON_LATER if run.stopped_by and run.stopped_by.for_now else NOT_ALLOWED
    if run.ending is Ending.CANCELLED:
        return SOME_NOT_REACHED
    if run.ending is not Ending.DONE:
        return GO_ON_LATER
    lost = sum(account.states[state] for state in (State.REFUSED, State.EXPIRED, State.UNCERTAIN))
    return SOME_NOT_REACHED if lost else 0


def _say_ending(run: Run, account: Transcript) -> None:
    for line in ending_in_words(run, account):
        say(line)
