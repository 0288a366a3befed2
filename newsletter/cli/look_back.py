"""status · log."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from newsletter.app import look_back
from newsletter.cli.completing import ISSUE
from newsletter.cli.here import list_here
from newsletter.cli.machines import put_machines
from newsletter.cli.printing import json_option, put, put_json, put_table, say
from newsletter.cli.rates import rate_in_words, refused_in_words
from newsletter.database.tables import State
from newsletter.reports.account import IssueAccount, LogEntry
from newsletter.reports.labels import LABELS, in_words
from newsletter.reports.progress import Speed
from newsletter.runtime.clock import in_full
from subscribers import pending_mail
from subscribers.formula import guarded

COLUMNS = ("issue", "address", "state", "code", "reply", "attempts", "message_id", "at", "heard", "language")


@click.command()
@click.argument("number", type=ISSUE, required=False)
@json_option
def status(number: int | None, as_json: bool) -> None:
    """Show your issues, and how far each of them is.

    All issues, the newest first, and confirmation emails that wait; or only issue NUMBER. For an issue that is being
    sent, it shows how fast that goes and how long the rest will take. If workers send, it lists them. With --json, each
    issue is a line, and then each worker.
    """
    found = look_back.status(list_here(), number)
    if as_json:
        for each in found.issues:
            reasons = {"refused_by_reason": dict(each.refused.most_common())}
            put_json(each.account.as_json() | reasons | each.speed.as_json())
    elif found.issues:
        _put_status([each.account for each in found.issues])
        for each in found.issues:
            _put_progress(each.account, each.refused, each.speed)
    else:
        say("Nothing has been sent yet.")
    if number is None and as_json:
        for machine in found.machines:
            put_json(machine.as_json())
    elif number is None:
        _put_pending(found.pending)
        put_machines(found.machines)


@click.command()
@click.argument("number", type=ISSUE, required=False)
@click.option("--state", type=click.Choice([str(each) for each in State]), help="Only people in this state.")
@click.option("--address", help="Only this address.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--follow", is_flag=True, help="Show each answer as it comes, while another terminal sends. Ctrl-C ends it."
)
@json_option
def log(number: int | None, state: str | None, address: str | None, as_csv: bool, follow: bool, as_json: bool) -> None:
    """Show what happened to the email to each person.

    Of issue NUMBER, or of the newest: when, how far it is, and the last answer of the mail server.
    """
    if as_csv and (as_json or follow):
        raise click.UsageError("--csv goes with neither --json nor --follow: choose one.")
    place, only = list_here(), State(state) if state else None
    if follow:
        following = look_back.follow(place, number, only)
        say(f"Issue {following.issue.number}: {following.issue.email.subject}")
        for entry in following.entries:
            put_json(_values(entry)) if as_json else put(_line(entry))
        return
    with look_back.log(place, number, only, address) as found:
        if as_json:
            for entry in found.entries:
                put_json(_values(entry))
        elif as_csv:
            _put_csv(found.entries)
        else:
            say(f"Issue {found.issue.number}: {found.issue.email.subject}")
            in_several = bool(found.issue.email.variants)
            for entry in found.entries:
                put(_line(entry, in_several))


COMMANDS = (status, log)


def _put_status(accounts: Sequence[IssueAccount]) -> None:
    """Print a table of issues; only states with at least one delivery get a column, since most are usually empty."""
    shown = [state for state in State if any(account.states[state] for account in accounts)]
    numbers = ["issue", "people", *(LABELS[state] for state in shown)]
    put_table(
        [*numbers, "began", "subject"],
        (
            [
                str(account.issue),
                "" if account.is_scheduled else f"{account.frozen:,}",
                *(f"{account.states[state]:,}" for state in shown),
                "" if account.is_scheduled else f"{account.frozen_at.astimezone():%Y-%m-%d}",
                account.subject,
            ]
            for account in accounts
        ),
        numbers,
    )


def _put_progress(account: IssueAccount, refused: Counter[str], quick: Speed) -> None:
    """Say why an issue waits, or how fast it goes; in lines of their own, because a table cuts off long text."""
    held = account.remark()
    moving = rate_in_words(quick.per_second, quick.seconds_left) if account.is_unfinished and not held else ""
    for words in filter(None, (held, moving, refused_in_words(refused))):
        put(f"Issue {account.issue}: {words}")


def _put_pending(pending: pending_mail.Waiting) -> None:
    """Say how many confirmation emails still wait or were given up; usually there are none, and it says nothing."""
    if pending.waiting:
        behind = (
            f", {pending.behind_a_cap:,} of them because too many people asked from one network"
            if pending.behind_a_cap
            else ""
        )
        since = f" (the oldest since {in_full(pending.since)})" if pending.since else ""
        put(f"Waiting: {pending.waiting:,} confirmation emails{behind}{since}. `newsletter serve` sends them.")
    if pending.given_up:
        put(f"Given up: {pending.given_up:,} confirmation emails in the last 7 days, unsent within a day.")


def _put_csv(found: Iterator[LogEntry]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in found:
        values = _values(entry)
        writer.writerow({**values, "address": guarded(entry.address), "reply": guarded(entry.reply)})


def _values(entry: LogEntry) -> dict[str, object]:
    return {**asdict(entry), "state": str(entry.state), "at": entry.at.isoformat() if entry.at else None}


def _line(entry: LogEntry, shows_language: bool = False) -> str:
    at = f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}" if entry.at else " " * 19
    language = f" · in {in_words(entry.language)}" if shows_language else ""
    heard = f" · came back later: {entry.heard}" if entry.heard else ""
    return (
        f"{at}  {LABELS[entry.state]:<17}  {entry.address}  {entry.code or ''} {entry.reply}".rstrip()
        + language
        + heard
    )
