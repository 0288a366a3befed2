"""Addresses never to write to, whatever a list says: add one, remove one, list them, write them out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.app.person import Changed
from newsletter.database.engine import reading, writing
from newsletter.runtime.clock import now
from subscribers import export as exports
from subscribers import suppression
from subscribers.address import normalise


def add(place: ListFolder, address: str, detail: str = "") -> Changed:
    """Never write to an address again, because its reader asked; `detail` says why, in words. Raises BadAddress."""
    wanted = normalise(address)
    with writing(place.engine) as connection:
        new = suppression.suppress(connection, wanted, suppression.SuppressionReason.ASKED, now(), detail=detail)
        if new:
            deeds.note(connection, place, "suppress", "one address")
    return Changed(wanted, new)


def remove(place: ListFolder, address: str) -> Changed:
    """Allow an address to be written to again. Raises BadAddress."""
    wanted = normalise(address)
    with writing(place.engine) as connection:
        lifted = suppression.lift(connection, wanted, now())
        if lifted:
            deeds.note(connection, place, "lift a suppression", "one address")
    return Changed(wanted, lifted)


@contextmanager
def everything(place: ListFolder) -> Iterator[Iterator[Mapping[str, Any]]]:
    """Yield each suppressed address with reason, detail and time, by address; they are read while the block runs."""
    with reading(place.engine) as connection:
        yield (dict(row) for row in suppression.each(connection))


def export(place: ListFolder, out: TextIO) -> int:
    """Write all suppressed addresses as CSV that `import_stops` reads back; say how many."""
    with reading(place.engine) as connection:
        return exports.export_suppressions(connection, out)
