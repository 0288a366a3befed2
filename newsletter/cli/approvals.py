"""ask · approve: other people look before an email is sent."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.here import here
from newsletter.cli.printing import json_option, post_argument, put, put_json, put_table, say
from newsletter.cli.times import MOMENT
from newsletter.runtime.clock import in_full

if TYPE_CHECKING:
    from newsletter.app.approvals import WaitingRequest

as_option = click.option("--as", "who", default="", metavar="NAME", help="Which approver you are, by name or address.")


@click.command()
@post_argument
@click.option("--segment", help="Ask about sending it only to this segment.")
@click.option("--at", type=MOMENT, help="Ask about sending it at this time.")
@click.option("--again", is_flag=True, help="Ask about sending it also to people who have it.")
@click.option("--newcomers", is_flag=True, help="Ask about sending it to people who joined since.")
@as_option
@json_option
def ask(
    post: Path, segment: str | None, at: datetime | None, again: bool, newcomers: bool, who: str, as_json: bool
) -> None:
    """Ask other people to approve POST before you send it.

    The approvers (NEWSLETTER_APPROVERS) get the email itself, and a page to answer on. What they approve is exactly
    this: if one letter, picture, segment or minute changes, `newsletter send` refuses and says what changed.
    """
    from newsletter.app import approvals
    from newsletter.cli.findings import say_findings

    asked = approvals.ask(here(), post, segment, at, again, newcomers, who, partial(say_findings, post))
    request = asked.request
    if as_json:
        facts = {"request": request.number, "hash": request.hash, "recipients": request.people}
        put_json(facts | {"asked_by": request.asked_by, "mailed": list(asked.mailed), "head": asdict(asked.head)})
        return
    say(f"Request {request.number} is about sending “{request.subject}” to {request.people:,} people.")
    if asked.mailed:
        say(f"Emailed: {', '.join(asked.mailed)}.")
    say(f"People can also answer with `newsletter approve {request.number}`, from an account other than yours.")
    if not asked.required:
        say("Note: NEWSLETTER_APPROVALS is 0, so it can be sent without an answer.")


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--refuse", metavar="TEXT", help="Refuse, and say what should change.")
@as_option
@json_option
def approve(number: int | None, refuse: str | None, who: str, as_json: bool) -> None:
    """Approve request NUMBER, or refuse it. Without NUMBER: list what waits.

    The person who asked cannot approve. Every approver is told of your answer.
    """
    from newsletter.app import approvals

    place = here()
    if number is None:
        _show(approvals.waiting(place), as_json)
        return
    done = approvals.answer_at_terminal(place, number, refuse is None, refuse or "", who)
    if as_json:
        put_json(_facts(done))
    else:
        put(f"Request {number}: {_state(done)}.")


COMMANDS = (ask, approve)


def _show(waiting: "list[WaitingRequest]", as_json: bool) -> None:
    if as_json:
        for each in waiting:
            put_json(_facts(each))
        return
    cells = [
        [str(each.request.number), in_full(each.request.at), each.request.asked_by, each.request.subject, _state(each)]
        for each in waiting
    ]
    put_table(["request", "when", "asked by", "subject", "answers"], cells, {"request"})


def _state(each: "WaitingRequest") -> str:
    if each.counted.no:
        said = each.counted.no[-1]
        return f"refused by {said.name}" + (f": “{said.words}”" if said.words else "")
    names = f" ({', '.join(each.counted.yes)})" if each.counted.yes else ""
    return f"{len(each.counted.yes)} of {each.required} approvals{names}"


def _facts(each: "WaitingRequest") -> dict[str, object]:
    return {
        "request": each.request.number,
        "post": each.request.post,
        "subject": each.request.subject,
        "hash": each.request.hash,
        "recipients": each.request.people,
        "asked_by": each.request.asked_by,
        "required": each.required,
        "approved_by": list(each.counted.yes),
        "refused_by": [{"name": no.name, "words": no.words} for no in each.counted.no],
        "approved": each.counted.is_enough(each.required),
    }
