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
            due = f" Next try: {local_time(run.next_retry)}." if run.next_retry else ""
            yield f"Not finished.{due} To carry on: {go_on}"
        case Ending.PAUSED:
            yield f"Paused. To carry on: {go_on}"
        case Ending.CANCELLED:
            yield "Cancelled: whoever was not written to is skipped."


def _names(account: IssueAccount) -> Iterator[str]:
    """Say which command lists the recipients who were not reached."""
    for state, what in ((State.REFUSED, "refused"), (State.EXPIRED, "given up")):
        if account.states[state]:
            yield f"To list those {what}: newsletter log {account.issue} --state {state}"


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
    yield f"{_NEXT.get(stop.judged.meaning, _ASK)} When that is put right: {go_on}"


_ASK = "Ask your mail provider what these words mean, if they do not say it."
_NEXT = {
    Meaning.LOGIN: "Check NEWSLETTER_SMTP_USERNAME and NEWSLETTER_SMTP_PASSWORD in .env.",
    Meaning.SENDER: "Look into your account at the mail provider: the account, its domain and the address in "
    "NEWSLETTER_FROM must be allowed to send.",
    Meaning.POLICY: "Run `newsletter doctor`: it checks what mail servers judge a sender by.",
    Meaning.CONTENT: "Run `newsletter check` on the post: something in the email is refused.",
    Meaning.TOO_LARGE: "Make the pictures of the post smaller, or link to them.",
}
