"""The cells of one record in, what they say about one person out; pure.

An empty cell says nothing. A record that cannot be imported becomes a `RefusedRecord` with the reason.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from json.encoder import encode_basestring_ascii as json_text
from typing import NamedTuple

from subscribers.address import normalise
from subscribers.errors import BadAddress
from subscribers.formula import without_guard
from subscribers.imports import cell
from subscribers.imports.dates import moment
from subscribers.imports.forms.sheet import Block
from subscribers.imports.header import Header
from subscribers.imports.preferences import ImportedPreferences, read_preferences
from subscribers.imports.status import BadRow, ImportedStatus, judged
from subscribers.suppression import SuppressionReason
from subscribers.unreadable import why_unreadable

MOST_VALUE = 4096
MOST_NAME = 200

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


NO_FIELDS = "{}"
ALSO = "also in it"
"""The beginning of a note about addresses that were ignored."""


class Evidence(NamedTuple):
    """What a record says about a person's yes or no: when, from which network address, to which wording."""

    at: datetime | None
    network_address: str
    wording: str


class Suppressed(NamedTuple):
    """A suppression, as our own export gives it for an address."""

    reason: SuppressionReason
    at: datetime | None
    detail: str


class ImportRecord(NamedTuple):
    """What one record says. An empty value: it says nothing about that."""

    line: int
    given: str
    """The address as the list has it."""
    address: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    fields: str = NO_FIELDS
    """The text of a JSON object, as the database stores it."""
    status: ImportedStatus | None = None
    said_by: str = ""
    """The column that `status` comes from."""
    joined_at: datetime | None = None
    note: str = ""
    """What was ignored: further addresses, or a date that cannot be read."""
    preferences: ImportedPreferences | None = None
    evidence: Evidence | None = None
    suppressed: Suppressed | None = None


class RefusedRecord(NamedTuple):
    """A record that cannot be imported, and why."""

    line: int
    given: str
    why: str


class RecordReader:
    """Reads records by their header; every person also gets `tags`."""

    def __init__(self, header: Header, tags: Sequence[str] = ()) -> None:
        self._header, self._tags = header, tuple(tags)
        known = header.known
        self._first, self._last = known["first_name"], known["last_name"]
        self._language, self._tagged, self._joined = known["language"], known["tags"], known["joined_at"]
        self._separator = header.program.tags if header.program else ""
        self._preferences, self._suppressed = header.preferences, header.suppressed
        self._has_evidence = bool(header.said_at or header.said_from or header.asked or header.left_at)

    def read(self, block: Block) -> tuple[list[ImportRecord], list[RefusedRecord]]:
        """Read a block of records; return the entries, and the records that cannot be imported."""
        records: list[ImportRecord] = []
        refused = [RefusedRecord(line, "", fault) for line, fault in block.faults.items()]
        clean: Callable[[str], str] = str.strip if block.is_plain() else clean_cell
        for line, cells in zip(block.lines, block.cells, strict=True):
            try:
                record = self._record(line, cells, clean)
            except BadAddress as error:
                refused.append(RefusedRecord(line, self._given(cells), str(error.particulars["why"])))
            except BadRow as error:
                refused.append(RefusedRecord(line, self._given(cells), str(error)))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  # an unexpected error in one row must not end the import
                refused.append(RefusedRecord(line, self._given(cells), f"it cannot be read ({why_unreadable(error)})"))
            else:
                if record:
                    records.append(record)
        return records, refused

    def _record(self, line: int, cells: list[str], clean: Callable[[str], str]) -> ImportRecord | None:
        header = self._header
        width = header.width
        values = [*map(clean, cells)]
        if len(values) > width and any(values[width:]):
            raise BadRow(f"it has {len(cells)} cells and the header {width}; is a comma missing its quotation marks?")
        if clean is clean_cell and max(map(len, cells)) > MOST_VALUE:
            raise BadRow(f"one of its cells is longer than {MOST_VALUE:,} characters")
        # One cell more than columns: a column that this list does not have is at `width`, where the cell is empty.
        values += [""] * (width + 1 - len(values))
        given = values[header.address]
        if header.needs is not None and not values[header.needs]:
            return None
        try:
            address, name, note = normalise(given), "", ""
        except BadAddress:
            if not any(values):
                return None
            given, address, name, note = self._second_look(values)
        first, last = values[self._first], values[self._last]
        _require_short(first, last)
        fields = self._fields(values, "" if first or last else name)
        tags = cell.tags(values[self._tagged], self._separator)
        status, said_by = self._status(values)
        evidence = self._evidence(values, status) if self._has_evidence else None
        joined_at = moment(values[self._joined], header.dates)
        return ImportRecord(
            line,
            given,
            address,
            first,
            last,
            cell.language(values[self._language]),
            tuple(dict.fromkeys(tags + self._tags)) if self._tags else tags,
            object_text(fields) if fields else NO_FIELDS,
            status,
            said_by,
            joined_at or (evidence.at if evidence and status in (None, ImportedStatus.CONFIRMED) else None),
            note or self._lost_dates(values),
            read_preferences(values[self._preferences[0]], values[self._preferences[1]]) if self._preferences else None,
            evidence,
            self._suppression(values, status) if self._suppressed else None,
        )

    def _fields(self, values: Sequence[str], name: str) -> dict[str, str]:
        fields = {field: values[at] for field, at in self._header.fields if values[at]}
        for at in self._header.documents:
            fields |= {key: value for key, value in cell.document(values[at]).items() if key not in fields}
        if name:
            fields.setdefault("name", name)
        return fields

    def _status(self, values: Sequence[str]) -> tuple[ImportedStatus | None, str]:
        header = self._header
        status, said_by = self._judged(values) if header.status else (None, "")
        everybody, word = header.everybody
        if everybody is not None and (status is None or everybody > status):
            return everybody, word
        return status, said_by

    def _judged(self, values: Sequence[str]) -> tuple[ImportedStatus | None, str]:
        return judged(self._header.status, [values[column.at] for column in self._header.status])

    def _evidence(self, values: Sequence[str], status: ImportedStatus | None) -> Evidence | None:
        header = self._header
        left = status is not None and status > ImportedStatus.PENDING
        at = next((at for at in (header.left_at if left else header.said_at) if values[at].strip(" 0-:.TZ/")), None)
        when = moment(values[at], header.dates) if at is not None else None
        where = next((values[at] for at in header.said_from if values[at]), "") if not left else ""
        answers = [f"{question}: {values[at]}" for question, at in header.asked if values[at]]
        wording = "; ".join(answers)[:MOST_VALUE]
        return Evidence(when, where[:MOST_NAME], wording) if when or where or wording else None

    def _suppression(self, values: Sequence[str], status: ImportedStatus | None) -> Suppressed | None:
        why, at, detail = (values[place] for place in self._suppressed or ())
        if not why:
            return None
        try:
            return Suppressed(SuppressionReason(why), moment(at), detail)
        except ValueError:
            raise BadRow(f'its "suppressed" is "{why[:40]}", and none of {", ".join(SuppressionReason)}') from None

    def _lost_dates(self, values: Sequence[str]) -> str:
        """Return a note about a time that cannot be read: otherwise the person would silently count as new today."""
        header = self._header
        for at in (self._joined, *header.said_at):
            text = values[at]
            if text.strip(" 0-:.TZ/") and moment(text, header.dates) is None:
                return f'"{text[:40]}" is no date that can be read: it is left out'
        return ""

    def _second_look(self, values: Sequence[str]) -> tuple[str, str, str, str]:
        """Find the address in a cell that is not simply an address, or in another column. Raises BadAddress, BadRow."""
        header = self._header
        places = [header.address, *header.others]
        given = next((values[at] for at in places if values[at]), "")
        if not given:
            raise BadRow("there is no address in it")
        found = cell.read_address(given)
        rest = f"{ALSO}, and passed over: {', '.join(found.others)}" if found.others else ""
        return given[:MOST_VALUE], found.address, found.name, rest

    def _given(self, cells: Sequence[str]) -> str:
        at = self._header.address
        return cells[at].strip()[:MOST_NAME] if at < len(cells) else ""


def _require_short(first: str, last: str) -> None:
    for name, text in (("first_name", first), ("last_name", last)):
        if len(text) > MOST_NAME:
            raise BadRow(f"its {name} is longer than {MOST_NAME} characters")


def object_text(fields: Mapping[str, str]) -> str:
    """Return the same text as json.dumps, in a fifth of its time."""
    return "{" + ", ".join([f"{json_text(name)}: {json_text(value)}" for name, value in fields.items()]) + "}"


def clean_cell(text: str) -> str:
    """Strip a cell, replace its control characters, compose its letters (NFC), and take off the formula guard."""
    text = text.strip()
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    if not text.isascii():
        # A Welsh ŵ may be typed as one character or as two, and is the same letter.
        text = unicodedata.normalize("NFC", text)
    return without_guard(text).strip() if text[:1] == "'" else text
