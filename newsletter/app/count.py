"""How many a segment has today, and what looks mistyped in it: for a page where it is chosen. Only reads."""

from newsletter.app import segments
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading
from newsletter.issue import audience_in
from newsletter.runtime.clock import now


def count_recipients(place: ListFolder, segment: str | None) -> tuple[int, tuple[str, ...]]:
    """Count who of a segment (None: of the whole list) may be written to today; also return doubts about its words.

    Raises UnknownSegment and BadSegment.
    """
    doubts: list[str] = []
    with reading(place.engine) as connection:
        tree = None if segment is None else segments.found(connection, segment, doubts.append)
        return audience_in(connection, tree, now()).count(connection), tuple(doubts)
