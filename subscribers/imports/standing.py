"""A person's status in the program that a list comes from, by all columns that give one; pure.

`readings` says how to read one such column. What is not understood raises BadRow, so that no mail is sent by mistake.
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
    """A person's status in the program that the list comes from. If two columns disagree, the higher number counts."""

    CONFIRMED = 1
    PENDING = 2
    WITHDRAWN = 3
    ASKED = 4
    BOUNCED = 5
    COMPLAINED = 6

    @property
    def consent(self) -> Consent | None:
        """The consent that it means; None: it is a suppression."""
        return _CONSENT.get(self)

    @property
    def suppression(self) -> Reason | None:
        """The reason for a suppression; None: it is a consent."""
        return _SUPPRESSION.get(self)

    @property
    def meaning(self) -> str:
        """The status in words."""
        return _MEANING[self]


Reading = Callable[[str], Standing | None]
"""Reads the status in a cell; None: it says nothing. Raises BadRow."""


@dataclass(frozen=True, slots=True)
class StandingColumn:
    """A column with a person's status: its place, its header, and how to read its cells."""

    at: int
    header: str
    read: Reading


def membership_reading(key: str, words: Mapping[str, Standing | None]) -> Reading:
    """Make a reading for JSON with several lists, each with a status: it counts only if all of them have the same."""

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
    """Return a person's status by all `columns`, whose values are `cells`, and the header of the column that counts.

    Raises BadRow.
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
