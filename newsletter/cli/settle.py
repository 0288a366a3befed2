"""settle: find out from the relay's own log what became of uncertain deliveries."""

from pathlib import Path

import click

from newsletter.app.settle import settle_issue as settle_by_logs
from newsletter.cli.accounts import say_names
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put, put_json, say

STILL_UNCERTAIN = 3


@click.command()
@click.argument("number", type=int, required=False)
@click.option(
    "--postfix-log",
    "logs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="The mail log of the Postfix that took the mail; may be compressed (.gz), may be given several times.",
)
@json_option
@click.pass_context
def settle(context: click.Context, number: int | None, logs: tuple[Path, ...], as_json: bool) -> None:
    """Find out from the relay's log what became of the uncertain.

    Of issue NUMBER, or of the newest: those whom the relay had taken are accepted. Those its log does not know of stay
    uncertain, because a log may begin later or end earlier; `resume --uncertain` is for you to decide about them.
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
