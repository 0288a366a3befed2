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
    Reopened,
    RunNews,
    RunOutcome,
    RunWatch,
    UnderWay,
)
from newsletter.cli.endings import ending_in_words
from newsletter.cli.printing import put_json, say
from newsletter.cli.progress import ProgressDisplay, progress_of
from newsletter.cli.rates import headway_in_words, rest_in_words
from newsletter.cli.transcripts import say_names, show_transcript
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


def finish(ended: Ended, as_json: bool) -> int:
    """Show the account of an issue and say how its run ended; return the exit code. Raises the run's failure."""
    if ended.interrupted:  # between the first few and the others: nothing to add to what the organiser has just seen
        return signals.EXIT + (signals.received() or SIGINT)
    put_json(ended.account.as_json()) if as_json else show_transcript(ended.account)
    say_names(ended.uncertain)
    if ended.failure:
        raise ended.failure
    for line in ending_in_words(ended.run, ended.account) if ended.run else ():
        say(line)
    return signals.EXIT + ended.signal if ended.signal else EXIT_CODES[ended.outcome]


@dataclass(frozen=True)
class _Bar:
    bar: ProgressDisplay
    headway: Progress

    def answered(self) -> None:
        self.bar(self.headway.done)

    def rests(self, rest: Standstill) -> None:
        self.bar.note(rest_in_words(rest))


@contextmanager
def _show(run: UnderWay) -> Iterator[_Bar]:
    with progress_of(f"Issue {run.issue}", run.total, lambda: _words(run)) as bar:
        yield _Bar(bar, run.headway)


def _words(run: UnderWay) -> str:
    rest = run.transport.standstill
    return " · ".join(filter(None, (rest_in_words(rest) if rest else "", headway_in_words(run.headway))))


def _tell(news: RunNews) -> None:
    match news:
        case FirstAreWritten(canary):
            minutes = f"{canary.seconds / 60:g}"
            say(f"The first {canary.first:,} are written to. The others in {minutes} minutes, if all is well.")
        case FirstObject(issue, why):
            say(f"Paused: {why}. Look at `newsletter log {issue}`; `newsletter resume {issue}` goes on.")
        case HeldMeanwhile(issue):
            say(f"Issue {issue} was paused, cancelled or resumed meanwhile.")
        case Reopened(uncertain=uncertain, refused=refused, settlement=settlement):
            if uncertain:
                say(f"{uncertain:,} uncertain: {settlement}.")
            for words, number in refused.most_common():
                say(f"{number:,} refused are queued again: {words}")
