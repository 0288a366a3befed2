"""The cells of one record in, what they say about one person out; pure.

A header names the columns, in any case and with spaces, hyphens or underscores. Known ones have a meaning, every other
becomes a field. An empty cell says nothing. Raises BadRow for a person that cannot be put on a list.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from subscribers.address import normalise
from subscribers.consent import Consent
from subscribers.formula import without_guard

MOST_COLUMNS = 200
MOST_VALUE = 4096
MOST_NAME = 200
MOST_TAGS = 100

# The first of them that is there holds the address; an `address` beside an `email` is where somebody lives.
_ADDRESS_NAMES = ("email", "e_mail", "email_address", "e_mail_address", "address")
_KNOWN = ("first_name", "last_name", "language", "tags", "consent", "joined_at")
_CONSENTS = {
    **{state.value: state for state in Consent},
    "subscribed": Consent.CONFIRMED,
    "yes": Consent.CONFIRMED,
    "unconfirmed": Consent.PENDING,
    "unsubscribed": Consent.WITHDRAWN,
    "no": Consent.WITHDRAWN,
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class BadRow(Exception):
    """One record cannot be taken; the argument says why, and never leaves this package."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one record says. An empty value: it says nothing."""

    address: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    consent: Consent | None = None
    joined_at: datetime | None = None


class Columns:
    """The columns of a list. Raises ValueError, with what is wrong, for a header that cannot be understood."""

    def __init__(self, header: Sequence[str]) -> None:
        if len(header) > MOST_COLUMNS:
            raise ValueError(f"it has {len(header):,} columns; {MOST_COLUMNS} is the most")
        self._width = len(header)
        self._at: dict[str, int] = {}
        for place, text in enumerate(header):
            name = column_name(text)
            if name and name in self._at:
                raise ValueError(f'two of its columns are both "{name}"')
            if name:  # a column without a name holds the commas that a spreadsheet leaves behind
                self._at[name] = place
        wanted = next((name for name in _ADDRESS_NAMES if name in self._at), None)
        if wanted is None:
            raise ValueError(f"it has no column called email; its columns are: {_listed(header)}")
        self._address = self._at.pop(wanted)
        self._known = {name: self._at.pop(name, self._width) for name in _KNOWN}

    def entry(self, cells: Sequence[str]) -> Entry:
        """Read one record. Raises BadRow, and BadAddress."""
        if len(cells) > self._width and any(cells[self._width :]):
            raise BadRow(
                f"it has {len(cells)} cells and the header {self._width}; is a comma missing its quotation marks?"
            )
        if max(map(len, cells)) > MOST_VALUE:
            raise BadRow(f"one of its cells is longer than {MOST_VALUE:,} characters")
        values = [_clean(cell) for cell in cells]
        # One more than there are columns, because that is where columns stand which this list has not.
        values += [""] * (self._width + 1 - len(values))
        known = {name: values[at] for name, at in self._known.items()}
        return Entry(
            address=normalise(values[self._address]),
            first_name=_name(known, "first_name"),
            last_name=_name(known, "last_name"),
            language=_language(known["language"]),
            tags=_tags(known["tags"]),
            fields={name: values[at] for name, at in self._at.items() if values[at]},
            consent=_consent(known["consent"]),
            joined_at=_moment(known["joined_at"]),
        )

    def address(self, cells: Sequence[str]) -> str:
        """Show the address of a record as it was written, also of one that cannot be taken."""
        return cells[self._address].strip()[:MOST_NAME] if self._address < len(cells) else ""


def column_name(text: str) -> str:
    """Spell a column's name as a merge tag can: lower case, ASCII, underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:64]
    return f"_{name}"[:64] if name[:1].isdigit() else name


def _listed(header: Sequence[str]) -> str:
    names = [_clean(text)[:40] for text in header[:10] if text.strip()]
    return ", ".join(names) + (", …" if len(header) > len(names) else "")


def _clean(text: str) -> str:
    text = text.strip()
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    if not text.isascii():
        # Because a Welsh ŵ that was typed as two characters is the same letter.
        text = unicodedata.normalize("NFC", text)
    return without_guard(text).strip() if text[:1] == "'" else text


def _name(known: Mapping[str, str], column: str) -> str:
    if len(known[column]) > MOST_NAME:
        raise BadRow(f"its {column} is longer than {MOST_NAME} characters")
    return known[column]


@lru_cache(maxsize=1024)
def _language(text: str) -> str:
    # Because one odd language is no reason to leave a person out.
    return text if _LANGUAGE.fullmatch(text) else ""


@lru_cache(maxsize=1024)
def _tags(text: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag for part in text.split(";") if (tag := part.strip())))
    if len(tags) > MOST_TAGS:
        raise BadRow(f"it has more than {MOST_TAGS} tags")
    return tags


def _consent(text: str) -> Consent | None:
    if not text:
        return None
    if text.lower() not in _CONSENTS:
        raise BadRow(f'its consent is "{text[:40]}"; it can be {", ".join(Consent)}')
    return _CONSENTS[text.lower()]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else moment and moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
