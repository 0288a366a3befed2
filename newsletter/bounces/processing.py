"""Reads, records and puts away every mail of a source: one transaction each, so an interruption loses nothing.

A mail that cannot be read is set aside by its source, which says where; the mails behind it are still read.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine

from newsletter.bounces.consequences import UNREADABLE, FeedbackResult, record_feedback
from newsletter.bounces.mailboxes import Incoming, Source
from newsletter.bounces.parse.reader import FeedbackReader
from newsletter.database.engine import translated, writing
from newsletter.errors import DatabaseError
from newsletter.runtime.logs import event
from subscribers.unreadable import Unreadable, attempted

_log = logging.getLogger(__name__)

OnFeedback = Callable[[Incoming, FeedbackResult], object]
"""Called with each mail of a source, and with what followed from it."""


def work_through(
    engine: Engine,
    reader: FeedbackReader,
    source: Source,
    clock: Callable[[], datetime],
    told: OnFeedback,
    rehearse: bool = False,
) -> Counter[str]:
    """Record every mail of `source`, and call `told` for each; return their number by kind.

    `rehearse`: nothing is written or moved. Raises DatabaseError, and what the source raises if it has to stop.
    """
    counts: Counter[str] = Counter()

    def recorded(mail: Incoming) -> FeedbackResult:
        news = reader.read(mail.content)
        with _rehearsing(engine) if rehearse else writing(engine) as connection:
            return record_feedback(connection, news, clock())

    for mail in source:
        found = Unreadable(mail.trouble) if mail.trouble else attempted(partial(recorded, mail), DatabaseError)
        if isinstance(found, Unreadable):
            result = FeedbackResult(UNREADABLE, reason=found.why, set_aside="" if rehearse else source.set_aside(mail))
        else:
            result = found
            if not rehearse:
                source.settled(mail, result.ours)
        counts[result.kind] += 1
        event(_log, "mail read", kind=result.kind, reason=result.reason, suppressed=result.suppressed or None)
        told(mail, result)
    return counts


@contextmanager
def _rehearsing(engine: Engine) -> Iterator[Connection]:
    with translated(engine), engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
