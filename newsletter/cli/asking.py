"""What an organiser is told before a send, and the question. Without a terminal it does not ask, and sends nothing."""

import sys

import click

from newsletter.app.plan import Plan
from newsletter.app.run import left_to_try
from newsletter.app.send import Proposal
from newsletter.cli.printing import ask_about, say
from newsletter.errors import ActionRefused
from newsletter.reports.account import IssueAccount


def say_plan(proposal: Proposal, asked: bool) -> None:
    """Say what would be sent and to whom, even with --quiet if a question follows (`asked`)."""
    for line in _unfinished(proposal.plan, proposal.before) if proposal.before else _new(proposal.plan):
        ask_about(line) if asked else say(line)


def confirm(no_input: bool) -> None:
    """Ask whether to send. Raises Refused if the answer is no, with `no_input`, or without a terminal to ask on."""
    if no_input or not sys.stdin.isatty():
        raise ActionRefused(why="Not sent, because nobody is at the terminal to confirm it; --yes confirms it.")
    if not click.confirm("Send it?", err=True):
        raise ActionRefused(why="Not sent.")


def _unfinished(planned: Plan, before: IssueAccount) -> list[str]:
    assert planned.unfinished
    return [
        f"This post is issue {before.issue} already and not finished: going on with it, as it was frozen.",
        f"From:     {planned.unfinished.letterhead.sender}",
        f"Subject:  {before.subject}",
        f"To:       {left_to_try(before):,} of {_people(before.frozen)}, who are still to be tried",
    ]


def _new(planned: Plan) -> list[str]:
    lines = [
        f"From:     {planned.letterhead.sender}",
        f"Subject:  {planned.email.subject}",
        f"To:       {_people(planned.recipients)}",
    ]
    if not planned.letterhead.base_url:
        lines.append("Leaving:  by mail, which `newsletter bounces process` must read; NEWSLETTER_BASE_URL is not set")
    if planned.segment:
        lines.append(f"Segment:  {planned.segment}")
    if planned.first:
        rest = ", …" if planned.recipients > len(planned.first) else ""
        lines.append(f"First:    {', '.join(planned.first)}{rest}")
    if planned.excluded:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(planned.excluded.items()))
        lines.append(f"Left out: {planned.excluded.total():,} ({reasons})")
    if planned.last_time:
        more = planned.recipients - planned.last_time.frozen
        change = "as many as" if not more else f"{abs(more):,} {'more' if more > 0 else 'fewer'} than"
        lines.append(f"That is {change} last time (issue {planned.last_time.number}).")
    return lines


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
