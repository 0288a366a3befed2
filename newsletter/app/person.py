"""One person: what an organiser writes about them by hand, all that is held about them, unsubscribe, erase.

Every function takes an address as people write it, and raises BadAddress if it is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading, writing
from newsletter.people import erasure, person
from newsletter.runtime.clock import now
from subscribers import consent, listed
from subscribers.address import normalise
from subscribers.enrolment import amend, enrol, named
from subscribers.erasure import Memory
from subscribers.errors import NotToBeAdded
from subscribers.imports import ConsentEvidence, Outcome
from subscribers.imports.entry import Entry, object_text
from subscribers.tagging import tag_name


@dataclass(frozen=True, slots=True)
class Details:
    """What an organiser says of a person. None leaves a value as it is; an empty field is taken away."""

    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    """A language tag, as cy or en-GB."""
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The address, normalised, and whether the call changed anything."""

    address: str
    changed: bool


def add(
    place: ListFolder, address: str, wording: str, details: Details = Details(), tags: Sequence[str] = ()
) -> tuple[str, Outcome]:
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
        return wanted, enrol(connection, memory, Entry(0, address, wanted, *names, *known), evidence)


def change(place: ListFolder, address: str, details: Details) -> str:
    """Set what is held of a person; return the normalised address. Raises UnknownSubscriber and BadField."""
    given = {name: getattr(details, name) for name in ("first_name", "last_name", "language")}
    names = {name: value for name, value in given.items() if value is not None}
    with writing(place.engine) as connection:
        amend(connection, address, names, named(details.fields or {}))
    return normalise(address)


def unsubscribe(place: ListFolder, address: str) -> Changed:
    """Unsubscribe a person who asked the organiser to. Raises UnknownSubscriber."""
    wanted = normalise(address)
    with writing(place.engine) as connection:
        number = listed.number_of(connection, wanted)
        return Changed(wanted, consent.withdraw(connection, number, now(), "organiser"))


def everything(place: ListFolder, address: str) -> dict[str, Any]:
    """Return all that is held about an address, ready for JSON; see `newsletter.people.person`. Raises ForgottenKey."""
    with reading(place.engine) as connection:
        return person.everything(connection, normalise(address), Memory(place.settings.secret_keys))


def look_at_erasure(place: ListFolder, address: str) -> erasure.Erasable:
    """Say what `erase` would erase. Changes nothing."""
    with reading(place.engine) as connection:
        return erasure.look(connection, normalise(address))


def erase(place: ListFolder, address: str) -> erasure.Erasure:
    """Erase a person from the list and from every issue, for good; safe to repeat. Raises ForgottenKey.

    Check `residue` of the result: if it is not empty, traces may be left in the database's files.
    """
    return erasure.erase(place.engine, normalise(address), Memory(place.settings.secret_keys), now())
