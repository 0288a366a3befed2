"""settle: find out from the relay's own log what became of uncertain deliveries."""

import gzip
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import click

from newsletter.cli.here import here
from newsletter.cli.printing import json_option, put, put_json, say
from newsletter.cli.transcripts import say_names
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.errors import UnreadableMail
from newsletter.hearing.relay_log import fates
from newsletter.hearing.settling import settle_by_log, uncertain_mails
from newsletter.issue import read_issue
from newsletter.sqlite_files import refuse_in_use
from newsletter.tables import State

STILL_UNCERTAIN = 3
MOST_LINE = 65_536
"""The most characters that are read as one line: a damaged log may have no line ends."""


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
    engine = here().engine
    with reading(engine) as connection:
        issue = read_issue(connection, number)
        mails = uncertain_mails(connection, issue)
    told = fates(chain.from_iterable(map(_lines, logs)), mails.keys())
    with writing(engine) as connection:
        learnt = settle_by_log(connection, mails, told, now())
    settled = learnt.settled.total()
    if as_json:
        put_json({"issue": issue.number, "settled": settled, **learnt.settled, "unknown": learnt.unknown})
    else:
        put(f"Issue {issue.number}: {settled:,} settled as accepted, {learnt.unknown:,} still uncertain.")
    for fate, many in sorted(learnt.settled.items()):
        say(f"  {many:,} {fate}")
    if learnt.unknown:
        with reading(engine) as connection:
            say_names(connection, issue, State.UNCERTAIN)
        context.exit(STILL_UNCERTAIN)


COMMANDS = (settle,)


def _lines(log: Path) -> Iterator[str]:
    refuse_in_use(log)
    opened = gzip.open if log.suffix == ".gz" else open
    try:
        with opened(log, "rt", encoding="utf-8", errors="replace") as lines:
            yield from iter(partial(lines.readline, MOST_LINE), "")
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnreadableMail(place=log, why=why.lower()) from None
