"""What an organiser is told before a send, and the question. Without a terminal it does not ask, and sends nothing."""

import sys

import click

from newsletter.app.plan import Plan
from newsletter.app.run import left_to_try
from newsletter.app.send import Proposal
from newsletter.cli.printing import ask_about, say
from newsletter.errors import ActionRefused
from newsletter.reports.account import IssueAccount
from newsletter.reports.labels import LEFT_OUT, in_words


def say_plan(proposal: Proposal, asked: bool) -> None:
    """Say what would be sent and to whom, even with --quiet if a question follows (`asked`)."""
    for line in _unfinished(proposal.plan, proposal.before) if proposal.before else _new(proposal.plan):
        ask_about(line) if asked else say(line)


def confirm(no_input: bool, yes: bool = False) -> None:
    """Ask whether to send, unless `yes`. Raises ActionRefused if the answer is no, with `no_input`, or no terminal."""
    if yes:
        return
    if no_input or not sys.stdin.isatty():
        raise ActionRefused(why="Not sent, because nobody can answer the question here. To send without it, add --yes.")
    if not click.confirm("Send it?", err=True):
        raise ActionRefused(why="Not sent.")


def _unfinished(planned: Plan, before: IssueAccount) -> list[str]:
    assert planned.unfinished
    return [
        f"You started sending this post before (issue {before.issue}).",
        "This carries on where it stopped, with the same words to the same people.",
        f"From:     {planned.unfinished.letterhead.sender}",
        f"Subject:  {before.subject}",
        f"To:       {left_to_try(before):,} of {_people(before.frozen)}, who do not have it yet",
    ]


def _new(planned: Plan) -> list[str]:
    lines = [
        f"From:     {planned.letterhead.sender}",
        f"Subject:  {planned.email.subject}",
        f"To:       {_people(planned.recipients)}",
    ]
    if len(planned.email.languages) > 1 or planned.email.variants:
        each = (
            "each reader's language, both where it is neither"
            if planned.email.variants
            else "Welsh and English, in one"
        )
        lines.append(f"Language: {each}")
    if planned.post.only_because:
        lines.append(f"Language: only {in_words(planned.email.language)}, because: {planned.post.only_because}")
    if not planned.letterhead.base_url:
        lines.append(
            "Unsubscribe: only by email, because NEWSLETTER_BASE_URL is not set (see `newsletter bounces process`)"
        )
    if planned.segment:
        lines.append(f"Segment:  {planned.segment}")
    if planned.first:
        rest = ", …" if planned.recipients > len(planned.first) else ""
        lines.append(f"First:    {', '.join(planned.first)}{rest}")
    if planned.excluded:
        counts = sorted(planned.excluded.items())
        reasons = " · ".join(f"{number:,} {LEFT_OUT.get(reason, reason)}" for reason, number in counts)
        lines.append(f"Left out: {planned.excluded.total():,} ({reasons})")
    if planned.last_time:
        more = planned.recipients - planned.last_time.frozen
        change = "as many as" if not more else f"{abs(more):,} {'more' if more > 0 else 'fewer'} than"
        lines.append(f"That is {change} last time (issue {planned.last_time.number}).")
    return lines


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
