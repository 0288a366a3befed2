"""How a run ended, in words: what happened, that no recipient has been missed, and what to do next."""

from collections.abc import Iterator
from datetime import timedelta

from newsletter.database.tables import State
from newsletter.delivery import Ending, RunResult
from newsletter.policy.answers import Meaning
from newsletter.policy.reply import Stage
from newsletter.policy.verdict import Stop
from newsletter.reports.account import IssueAccount
from newsletter.runtime.clock import local_time, now


def ending_in_words(run: RunResult, account: IssueAccount) -> Iterator[str]:
    """Say how `run` ended, a line each."""
    go_on = f"newsletter resume {account.issue}"
    yield from _names(account)
    match run.ending:
        case Ending.STOPPED if run.stopped_by and run.stopped_by.for_now:
            yield from _stopped_for_now(run.stopped_by, go_on)
        case Ending.STOPPED if run.stopped_by:
            yield from _stopped(run.stopped_by, go_on)
        case Ending.WAITING | Ending.INTERRUPTED:
            if run.next_retry:
                yield "Not finished: some mail servers asked us to try later."
                yield f"Next try: {local_time(run.next_retry)}. To carry on: {go_on}"
            else:
                yield f"Not finished. To carry on: {go_on}"
        case Ending.PAUSED:
            yield f"Paused. To carry on: {go_on}"
        case Ending.CANCELLED:
            yield "Cancelled. People who had not been emailed yet will not get it."


def _names(account: IssueAccount) -> Iterator[str]:
    """Say which command lists the recipients who were not reached."""
    for state, what in ((State.REFUSED, "people who were not reached"), (State.EXPIRED, "people we gave up on")):
        if account.states[state]:
            yield f"To list {what}: newsletter log {account.issue} --state {state}"


def _stopped_for_now(stop: Stop, go_on: str) -> Iterator[str]:
    until = local_time(now() + timedelta(seconds=stop.judged.seconds))
    yield f"Stopped for now. Your mail server said: {_quoted(stop.words)}"
    yield "Nobody has been missed, and nobody will get it twice."
    yield f"`newsletter due`, run by a timer, carries on after {until}. To carry on by hand: {go_on}"


def _quoted(words: str) -> str:
    """Quote the relay's words at the end of a sentence, with one full stop: theirs if they have one, else ours."""
    return f"“{words}”" if words.endswith((".", "!", "?")) else f"“{words}”."


def _stopped(stop: Stop, go_on: str) -> Iterator[str]:
    if stop.reply.stage is Stage.EHLO:
        yield f"Stopped. This email is larger than your mail server takes: it offers “{stop.reply.text}” (bytes)."
    else:
        yield f"Stopped, because your mail server said: “{stop.words}” (to {stop.reply.stage.upper()})."
    if stop.judged.again:
        yield "It said so to several people in a row, so it is not about them. They are queued again."
    yield "Nobody has been missed, and nobody will get it twice."
    yield f"{_NEXT.get(stop.judged.meaning, _ASK)} When it is fixed, run: {go_on}"


_ASK = "If these words do not say what is wrong, ask your mail provider."
_NEXT = {
    Meaning.LOGIN: "Check NEWSLETTER_SMTP_USERNAME and NEWSLETTER_SMTP_PASSWORD in .env.",
    Meaning.SENDER: "Log in at your mail provider. Check that your account, its domain and the address in "
    "NEWSLETTER_FROM are allowed to send.",
    Meaning.POLICY: "Run `newsletter doctor`: it checks what mail servers judge a sender by.",
    Meaning.CONTENT: "Run `newsletter check` on the post: something in the email is refused.",
    Meaning.TOO_LARGE: "Make the pictures of the post smaller, or link to them.",
}
