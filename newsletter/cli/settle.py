"""settle: find out from the relay's own log what became of uncertain deliveries."""

from pathlib import Path

import click

from newsletter.app.settle import settle_issue as settle_by_logs
from newsletter.cli.accounts import say_names
from newsletter.cli.completing import ISSUE
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say

STILL_UNCERTAIN = 3


@click.command()
@click.argument("number", type=ISSUE, required=False)
@click.option(
    "--postfix-log",
    "logs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="A log of the Postfix that took the emails. It may be compressed (.gz). You can give several.",
)
@json_option
@click.pass_context
def settle(context: click.Context, number: int | None, logs: tuple[Path, ...], as_json: bool) -> None:
    """Use your mail server's log to find out who got an email after all.

    Of issue NUMBER, or of the newest: if the log says that your mail server took the email to a person, it counts as
    sent. The others stay in doubt, because a log may begin too late or end too early. You decide about them with
    `newsletter resume --uncertain`.
    """
    settled = settle_by_logs(list_here(), number, logs)
    learnt, many = settled.learnt, settled.learnt.settled.total()
    if as_json:
        put_json({"issue": settled.issue, "settled": many, **learnt.settled, "unknown": learnt.unknown})
    else:
        put(f"Issue {settled.issue}: {many:,} settled as accepted, {learnt.unknown:,} still uncertain.")
    for fate, number_ in sorted(learnt.settled.items()):
        say(f"  {number_:,} {fate}")
    if learnt.unknown:
        say_names(settled.uncertain)
        context.exit(STILL_UNCERTAIN)


COMMANDS = (settle,)
