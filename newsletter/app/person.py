"""One person: all that is held about them, unsubscribe, erase.

Every function takes an address as people write it, and raises BadAddress if it is none.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from newsletter.app import deeds
from newsletter.app.list_folder import ListFolder
from newsletter.database.engine import reading, writing
from newsletter.people import erasure, person
from newsletter.people import trace as tracing
from newsletter.runtime.clock import now
from subscribers import consent, listed
from subscribers.address import normalise
from subscribers.erasure import Memory


@dataclass(frozen=True, slots=True)
class Changed:
    """The address, normalised, and whether the call changed anything."""

    address: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """The address, normalised, and the events of each delivery to it, the oldest issue first."""

    address: str
    deliveries: tuple[tracing.DeliveryTrace, ...]


def unsubscribe(place: ListFolder, address: str) -> Changed:
    """Unsubscribe a person who asked the organiser to. Raises UnknownSubscriber."""
    wanted = normalise(address)
    with writing(place.engine) as connection:
        number = listed.number_of(connection, wanted)
        changed = consent.withdraw(connection, number, now(), "organiser")
        if changed:
            deeds.note(connection, place, "unsubscribe", f"subscriber {number}")
    return Changed(wanted, changed)


def everything(place: ListFolder, address: str) -> dict[str, Any]:
    """Return all that is held about an address, ready for JSON; see `newsletter.people.person`. Raises ForgottenKey."""
    with reading(place.engine) as connection:
        return person.everything(connection, normalise(address), Memory(place.settings.secret_keys))


def trace(place: ListFolder, address: str) -> Traced:
    """Say what happened to each mail to an address, for operators.

    Raises UnknownSubscriber for an address that is not on the list and was never written to.
    """
    wanted = normalise(address)
    with reading(place.engine) as connection:
        found = tracing.trace(connection, wanted)
        if not found:
            listed.number_of(connection, wanted)
    return Traced(wanted, tuple(found))


def look_at_erasure(place: ListFolder, address: str) -> erasure.Erasable:
    """Say what `erase` would erase. Changes nothing."""
    with reading(place.engine) as connection:
        return erasure.look(connection, normalise(address))


def erase(place: ListFolder, address: str) -> erasure.Erasure:
    """Erase a person from the list and from every issue, for good; safe to repeat. Raises ForgottenKey.

    Check `residue` of the result: if it is not empty, traces may be left in the database's files.
    """

    def noted(connection: Connection, erased: int) -> None:
        if erased:  # not by number: nothing may lead to them any more
            deeds.note(connection, place, "erase", "one person")

    return erasure.erase(place.engine, normalise(address), Memory(place.settings.secret_keys), now(), noted)
