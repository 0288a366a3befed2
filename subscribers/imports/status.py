"""A person's status in the program that a list comes from, by all columns that give one; pure.

`readings` says how to read one such column. What is not understood raises BadRow, so that no mail is sent by mistake.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from subscribers.consent import Consent
from subscribers.suppression import SuppressionReason


class BadRow(Exception):
    """One record cannot be taken; the argument says why, and never leaves this package."""


class ImportedStatus(IntEnum):
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
    def suppression(self) -> SuppressionReason | None:
        """The reason for a suppression; None: it is a consent."""
        return _SUPPRESSION.get(self)

    @property
    def meaning(self) -> str:
        """The status in words."""
        return _MEANING[self]


StatusReading = Callable[[str], ImportedStatus | None]
"""Reads the status in a cell; None: it says nothing. Raises BadRow."""


@dataclass(frozen=True, slots=True)
class StatusColumn:
    """A column with a person's status: its place, its header, and how to read its cells."""

    at: int
    header: str
    read: StatusReading


def membership_reading(key: str, words: Mapping[str, ImportedStatus | None]) -> StatusReading:
    """Make a reading for JSON with several lists, each with a status: it counts only if all of them have the same."""

    def read(text: str) -> ImportedStatus | None:
        try:
            lists = json.loads(text) if text else []
        except (ValueError, RecursionError):
            return None
        each = [one.get(key) for one in lists if isinstance(one, dict)] if isinstance(lists, list) else []
        said = {words.get(str(one).lower()) for one in each}
        return said.pop() if len(said) == 1 else None

    return read


def judged(columns: Sequence[StatusColumn], cells: Sequence[str]) -> tuple[ImportedStatus | None, str]:
    """Return a person's status by all `columns`, whose values are `cells`, and the header of the column that counts.

    Raises BadRow.
    """
    found: tuple[ImportedStatus | None, str] = (None, "")
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
    ImportedStatus.CONFIRMED: Consent.CONFIRMED,
    ImportedStatus.PENDING: Consent.PENDING,
    ImportedStatus.WITHDRAWN: Consent.WITHDRAWN,
}
_SUPPRESSION = {
    ImportedStatus.ASKED: SuppressionReason.ASKED,
    ImportedStatus.BOUNCED: SuppressionReason.BOUNCED,
    ImportedStatus.COMPLAINED: SuppressionReason.COMPLAINED,
}
_MEANING = {
    ImportedStatus.CONFIRMED: "said yes",
    ImportedStatus.PENDING: "not confirmed yet",
    ImportedStatus.WITHDRAWN: "unsubscribed",
    ImportedStatus.ASKED: "on a do-not-email list",
    ImportedStatus.BOUNCED: "bounced",
    ImportedStatus.COMPLAINED: "complained",
}
