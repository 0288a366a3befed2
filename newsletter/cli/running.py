"""A run of an issue on the terminal: the progress bar, then the account, how the run ended, and its exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from signal import SIGINT

from newsletter.app.run import (
    Ended,
    FirstAreWritten,
    FirstObject,
    HeldMeanwhile,
    MachinesAreGone,
    MachinesGoOn,
    Reopened,
    RunNews,
    RunOutcome,
    RunWatch,
    UnderWay,
)
from newsletter.bounces.settling import Settlement
from newsletter.cli.accounts import say_names, show_account
from newsletter.cli.endings import ending_in_words
from newsletter.cli.printing import put_json, say
from newsletter.cli.progress import ProgressDisplay, progress_of
from newsletter.cli.rates import progress_in_words, rest_in_words
from newsletter.reports.progress import Progress
from newsletter.runtime import signals
from newsletter.transport import Standstill

EXIT_CODES = {
    RunOutcome.DONE: 0,
    RunOutcome.SOME_NOT_REACHED: 3,
    RunOutcome.CANCELLED: 3,
    RunOutcome.NOT_ALLOWED: 4,
    RunOutcome.LATER: 75,
}
"""What a run that a signal ended returns instead is `signals.EXIT` plus the number of the signal."""


def on_terminal() -> RunWatch:
    """Follow a run with a progress bar and in words, on stderr; Ctrl-C and the like end it in good order."""
    return RunWatch(_show, _tell, signals=signals.handled_by)


def finish_run(ended: Ended, as_json: bool) -> int:
    """Show the account of an issue and say how its run ended; return the exit code. Raises the run's failure."""
    if ended.interrupted:  # between the first few and the others: nothing to add to what the organiser has just seen
        return signals.EXIT + (signals.received() or SIGINT)
    put_json(ended.account.as_json()) if as_json else show_account(ended.account)
    say_names(ended.uncertain)
    if ended.failure:
        raise ended.failure
    for line in ending_in_words(ended.run, ended.account) if ended.run else ():
        say(line)
    return signals.EXIT + ended.signal if ended.signal else EXIT_CODES[ended.outcome]


@dataclass(frozen=True)
class _Bar:
    bar: ProgressDisplay
    progress: Progress

    def answered(self) -> None:
        self.bar(self.progress.done)

    def rests(self, rest: Standstill) -> None:
        self.bar.note(rest_in_words(rest))


@contextmanager
def _show(run: UnderWay) -> Iterator[_Bar]:
    with progress_of(f"Issue {run.issue}", run.total, lambda: _words(run)) as bar:
        yield _Bar(bar, run.progress)


def _words(run: UnderWay) -> str:
    rest = run.transport.standstill if run.transport else None
    return " · ".join(filter(None, (rest_in_words(rest) if rest else "", progress_in_words(run.progress))))


def _tell(news: RunNews) -> None:
    match news:
        case FirstAreWritten(canary):
            minutes = f"{canary.seconds / 60:g}"
            say(f"The first {canary.first:,} people have been emailed.")
            say(f"The rest follow in {minutes} minutes, unless too many emails bounce or are reported as spam.")
        case FirstObject(issue, why):
            say(f"Paused: {why}. To see what happened: newsletter log {issue}. To carry on: newsletter resume {issue}")
        case MachinesGoOn() | MachinesAreGone():
            say(_MACHINES[type(news)].format(issue=news.issue))
        case HeldMeanwhile(issue):
            say(f"Issue {issue} was paused, cancelled or resumed in the meantime, so this run stopped.")
        case Reopened():
            _tell_of_reopened(news)


def _tell_of_reopened(news: Reopened) -> None:
    if news.uncertain:
        say(f"{news.uncertain:,} in doubt: {_SETTLED[news.settlement]}.")
    for words, number in news.refused.most_common():
        say(f"{number:,} will be tried again: {words}")


_MACHINES = {
    MachinesGoOn: "The workers carry on with issue {issue}. To see how far it is: newsletter status. "
    "To stop it for now: newsletter pause {issue}",
    MachinesAreGone: "No worker is left, so nothing sends issue {issue} now. Start one, or run: newsletter resume "
    "{issue}",
}

_SETTLED = {
    Settlement.HOLD: "nothing is sent to them for now",
    Settlement.RESEND: "they are emailed again",
    Settlement.ASSUME: "they count as sent",
}
