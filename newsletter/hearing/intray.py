"""Every mail of a source read, heard and put away: a transaction for each, so that whatever stops it loses nothing."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from newsletter.bounce import Reader
from newsletter.database import translated, writing
from newsletter.hearing.events import Hearing, hear
from newsletter.hearing.incoming import Incoming, Source

Told = Callable[[Incoming, Hearing], None]


def work_through(
    engine: Engine, reader: Reader, source: Source, clock: Callable[[], datetime], told: Told, rehearse: bool = False
) -> Counter[str]:
    """Hear every mail of `source`, and tell of each; count them by kind. `rehearse`: nothing is written or moved."""
    counts: Counter[str] = Counter()
    for mail in source:
        news = reader.read(mail.content)
        with _rehearsing(engine) if rehearse else writing(engine) as connection:
            hearing = hear(connection, news, clock())
        if not rehearse:
            source.settled(mail, hearing.ours)
        counts[hearing.kind] += 1
        told(mail, hearing)
    return counts


@contextmanager
def _rehearsing(engine: Engine) -> Iterator[Connection]:
    with translated(engine), engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
