"""The organiser's own answers about the columns of a list: they count before what the list says."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrganiserAnswers:
    """What the organiser says about columns."""

    fields: Collection[str] = ()
    """Columns that are only fields, whatever their names suggest."""
    consent: Collection[str] = ()
    """Columns that say who wants mail."""
    yes_words: Collection[str] = ()
    """The only words in the `consent` columns that mean yes; empty: the usual ones."""
    dates: str = ""
    """The order of day and month in dates: day-first or month-first."""


NOTHING_SAID = OrganiserAnswers()
