"""What an organiser writes about one person by hand: add them, or change what is held of them.

Every function takes an address as people write it, and raises BadAddress if it is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import writing
from newsletter.runtime.clock import now
from subscribers import listed
from subscribers.address import normalise
from subscribers.enrolment import amend, enrol, named
from subscribers.erasure import Memory
from subscribers.errors import NotToBeAdded
from subscribers.imports import ConsentEvidence, RowOutcome
from subscribers.imports.record import ImportRecord, object_text
from subscribers.tagging import tag_name


@dataclass(frozen=True, slots=True)
class Details:
    """What an organiser says of a person. None leaves a value as it is; an empty field is taken away."""

    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    """A language tag, as cy or en-GB."""
    fields: Mapping[str, str] | None = None


def add(
    place: ListFolder, address: str, wording: str, details: Details = Details(), tags: Sequence[str] = ()
) -> tuple[str, RowOutcome]:
    """Add a person who said yes to `wording`, or bring them up to date; return the normalised address and the outcome.

    Raises NotToBeAdded for a person who unsubscribed, is suppressed or was erased, or if the wording is empty; and
    BadTag, BadField and ForgottenKey.
    """
    wanted = normalise(address)
    if not wording.strip():
        raise NotToBeAdded(address=wanted, why="it must be said what they agreed to")
    known = tuple(map(tag_name, tags)), object_text(named(details.fields or {}))
    names = (details.first_name or "", details.last_name or "", details.language or "")
    with writing(place.engine) as connection:
        memory = Memory(place.settings.secret_keys)
        evidence = ConsentEvidence(wording, "organiser", now())
        outcome = enrol(connection, memory, ImportRecord(0, address, wanted, *names, *known), evidence)
        deeds.note(connection, place, "add", f"subscriber {listed.number_of(connection, wanted)}")
    return wanted, outcome


def change(place: ListFolder, address: str, details: Details) -> str:
    """Set what is held of a person; return the normalised address. Raises UnknownSubscriber and BadField."""
    given = {name: getattr(details, name) for name in ("first_name", "last_name", "language")}
    names = {name: value for name, value in given.items() if value is not None}
    with writing(place.engine) as connection:
        amend(connection, address, names, named(details.fields or {}))
        deeds.note(connection, place, "change", f"subscriber {listed.number_of(connection, normalise(address))}")
    return normalise(address)
