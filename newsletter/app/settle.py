"""Uncertain deliveries settled by the relay's own log: it knows whether it had taken a mail whose answer was lost."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.app.look_back import FirstRecipients, names_of
from newsletter.bounces.relay_log import fates
from newsletter.bounces.settling import Learnt, settle_by_log, uncertain_mails
from newsletter.database.engine import reading, writing
from newsletter.database.sqlite_files import refuse_in_use
from newsletter.database.tables import State
from newsletter.errors import UnreadableMail
from newsletter.issue import read_issue
from newsletter.runtime.clock import now

MOST_LINE = 65_536
"""The most characters that are read as one line: a damaged log may have no line ends."""


@dataclass(frozen=True)
class Settled:
    """What the relay's log said about the uncertain deliveries of an issue, and the first that are still uncertain."""

    issue: int
    learnt: Learnt
    uncertain: FirstRecipients


def settle_issue(folder: ListFolder, number: int | None, postfix_logs: Sequence[Path]) -> Settled:
    """Learn from the logs of a Postfix what became of the uncertain of issue `number`, or of the newest.

    Those whom the relay had taken are accepted. Those the logs do not name stay uncertain, because a log may begin
    later or end earlier. Commits. Raises UnknownIssue, or UnreadableMail for a log (it may be compressed, .gz).
    """
    with reading(folder.engine) as connection:
        issue = read_issue(connection, number)
        mails = uncertain_mails(connection, issue)
    told = fates(chain.from_iterable(map(_lines, postfix_logs)), mails.keys())
    with writing(folder.engine) as connection:
        learnt = settle_by_log(connection, mails, told, now())
        deeds.note(connection, folder, "settle", f"issue {issue.number}")
    with reading(folder.engine) as connection:
        return Settled(issue.number, learnt, names_of(connection, issue.number, State.UNCERTAIN))


def _lines(log: Path) -> Iterator[str]:
    refuse_in_use(log)
    opened = gzip.open if log.suffix == ".gz" else open
    try:
        with opened(log, "rt", encoding="utf-8", errors="replace") as lines:
            yield from iter(partial(lines.readline, MOST_LINE), "")
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnreadableMail(place=log, why=why.lower()) from None
