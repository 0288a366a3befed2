"""What the organiser says about the columns of a list, beside what the list says itself."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """What the organiser says about columns."""

    fields: Collection[str] = ()
    """These are mere fields, whatever their names say."""
    consent: Collection[str] = ()
    """These say who wants mail."""
    yes_words: Collection[str] = ()
    """These words of theirs mean yes, and no others do."""
    dates: str = ""
    """Which way round dates are: day-first or month-first."""


NOTHING_SAID = Said()
