"""How somebody stands where a list comes from, by all its columns that say so; pure.

How one such column is read is in `readings`. What is not understood raises BadRow: nobody is written to by mistake.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from subscribers.consent import Consent
from subscribers.suppression import Reason


class BadRow(Exception):
    """One record cannot be taken; the argument says why, and never leaves this package."""


class Standing(IntEnum):
    """How somebody stands where a list comes from. Where two columns disagree, the higher number counts."""

    CONFIRMED = 1
    PENDING = 2
    WITHDRAWN = 3
    ASKED = 4
    BOUNCED = 5
    COMPLAINED = 6

    @property
    def consent(self) -> Consent | None:
        """What they said, where that is what it means."""
        return _CONSENT.get(self)

    @property
    def suppression(self) -> Reason | None:
        """Why their address must not be written to, where it must not."""
        return _SUPPRESSION.get(self)

    @property
    def meaning(self) -> str:
        """Say it in words."""
        return _MEANING[self]


Reading = Callable[[str], Standing | None]
"""Reads a cell; None: it says nothing. Raises BadRow."""


@dataclass(frozen=True, slots=True)
class StandingColumn:
    """A column that says how somebody stands: where it is, what its header is, and how its cells are read."""

    at: int
    header: str
    read: Reading


def membership_reading(key: str, words: Mapping[str, Standing | None]) -> Reading:
    """Read several lists as JSON, each with how somebody stands on it: whoever has left all of them has left."""

    def read(text: str) -> Standing | None:
        try:
            lists = json.loads(text) if text else []
        except (ValueError, RecursionError):
            return None
        each = [one.get(key) for one in lists if isinstance(one, dict)] if isinstance(lists, list) else []
        said = {words.get(str(one).lower()) for one in each}
        return said.pop() if len(said) == 1 else None

    return read


def judged(columns: Sequence[StandingColumn], cells: Sequence[str]) -> tuple[Standing | None, str]:
    """Say how somebody stands by all `columns`, of which `cells` are theirs, and by which. Raises BadRow.

    By which: the header of the one that counts.
    """
    found: tuple[Standing | None, str] = (None, "")
    for column, cell in zip(columns, cells, strict=True):
        try:
            said = column.read(cell)
        except BadRow as error:
            why = f'its "{column.header}" is {error}. If that is about something else: --field "{column.header}"'
            raise BadRow(why) from None
        if said is not None and (found[0] is None or said > found[0]):
            found = (said, column.header)
    return found


_CONSENT = {
    Standing.CONFIRMED: Consent.CONFIRMED,
    Standing.PENDING: Consent.PENDING,
    Standing.WITHDRAWN: Consent.WITHDRAWN,
}
_SUPPRESSION = {
    Standing.ASKED: Reason.ASKED,
    Standing.BOUNCED: Reason.BOUNCED,
    Standing.COMPLAINED: Reason.COMPLAINED,
}
_MEANING = {
    Standing.CONFIRMED: "said yes",
    Standing.PENDING: "has not said yes",
    Standing.WITHDRAWN: "unsubscribed",
    Standing.ASKED: "is never to be written to",
    Standing.BOUNCED: "mail to it bounces",
    Standing.COMPLAINED: "reported mail as spam",
}
