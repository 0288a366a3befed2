"""A transcript as an organiser reads it, on stdout."""

from sqlalchemy import Connection

from newsletter.cli.printing import put, say
from newsletter.issue import Issue
from newsletter.report import Transcript, entries
from newsletter.tables import State

MOST_NAMES = 10


def show_transcript(account: Transcript) -> None:
    """Print the account of an issue, with its sums."""
    put(f"Issue {account.issue}: {account.subject}")
    put(f"  {account.candidates:>9,} on the list when it was frozen, {account.frozen_at:%d %B %Y %H:%M} UTC")
    for reason, number in sorted(account.excluded.items()):
        put(f"  {-number:>9,} {reason}")
    put(f"  {account.frozen:>9,} to write to, of whom")
    for state in State:
        if account.states[state]:
            put(f"  {account.states[state]:>9,}   {state}")
    for answer in account.answers:
        put(f"            {answer.number:,} × {answer.state}: {answer.code or ''} {answer.reply}".rstrip())
    put(f"  The sums hold. {account.seconds:.1f} seconds.")


def say_names(connection: Connection, issue: Issue, state: State) -> None:
    """Say who is in `state`, by name: the first ten."""
    for number, entry in enumerate(entries(connection, issue, state, None)):
        if number == MOST_NAMES:
            say(f"  … newsletter log {issue.number} --state {state} lists them all")
            break
        say(f"  {state}: {entry.address} ({entry.message_id})")
