"""A block of ordinary rows in, records out, read column by column; pure.

This is several times as fast as record by record, because the work is done in C. If one record of the block needs a
closer look, `RecordReader` reads the block: it gives the same records, and can read rows that are not plain.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import repeat
from json.encoder import encode_basestring_ascii as json_text

from subscribers.address import normalise_plain
from subscribers.imports import cell
from subscribers.imports.dates import moment
from subscribers.imports.forms.sheet import Block
from subscribers.imports.header import Header
from subscribers.imports.preferences import COLUMNS, ImportedPreferences, read_preferences
from subscribers.imports.record import MOST_NAME, NO_FIELDS, ImportRecord
from subscribers.imports.status import BadRow, ImportedStatus, judged


class ColumnReader:
    """Reads plain records by their header; every person also gets `tags`."""

    def __init__(self, header: Header, tags: Sequence[str] = ()) -> None:
        self._header, self._tags = header, tuple(tags)
        self._everybodys = tuple(dict.fromkeys(tags))
        self._separator = header.program.tags if header.program else ""
        special = header.documents or header.said_at or header.said_from or header.asked or header.left_at
        self._simple = not (special or header.needs is not None or header.everybody[0] is not None)

    def read(self, block: Block) -> list[ImportRecord] | None:
        """Read a block of records; None: at least one needs a closer look."""
        if not self._simple or block.faults or not block.is_plain():
            return None
        try:
            columns = [*zip(*block.cells, strict=True)]
            return self._records(block.lines, columns) if len(columns) == self._header.width else None
        except (ValueError, BadRow):  # records differ in length, or one is bad: `RecordReader` says which
            return None

    def _records(self, lines: list[int], columns: list[tuple[str, ...]]) -> list[ImportRecord] | None:
        header = self._header
        given = stripped(columns[header.address])
        addresses = normalise_plain(given)
        names = [self._known(columns, name) for name in ("first_name", "last_name")]
        if addresses is None or any(max(map(len, each)) > MOST_NAME for each in names):
            return None
        if header.suppressed and any(stripped(columns[header.suppressed[0]])):
            return None
        joined = self._known(columns, "joined_at")
        moments = [moment(text, header.dates) for text in joined] if any(joined) else repeat(None)
        if any(joined) and not all(read or not text for read, text in zip(moments, joined, strict=True)):
            return None
        statuses = _statuses(header, columns)
        return [
            *map(
                _record,
                zip(
                    lines,
                    given,
                    addresses,
                    *names,
                    map(cell.language, self._known(columns, "language")) if self._has("language") else repeat(""),
                    self._tagged(columns),
                    _fields(header, columns),
                    (status for status, _ in statuses) if statuses else repeat(None),
                    (said_by for _, said_by in statuses) if statuses else repeat(""),
                    moments,
                    repeat("", len(lines)),
                    self._preferences(columns),
                    repeat(None),
                    repeat(None),
                    strict=False,
                ),
            )
        ]

    def _known(self, columns: Sequence[Sequence[str]], name: str) -> list[str]:
        return stripped(columns[self._header.known[name]]) if self._has(name) else [""] * len(columns[0])

    def _has(self, name: str) -> bool:
        return self._header.known[name] < self._header.width

    def _preferences(self, columns: Sequence[Sequence[str]]) -> Iterable[ImportedPreferences | None]:
        if not self._header.preferences:
            return repeat(None)
        return map(read_preferences, *(self._known(columns, name) for name in COLUMNS))

    def _tagged(self, columns: Sequence[Sequence[str]]) -> Iterable[tuple[str, ...]]:
        if not self._has("tags"):
            return repeat(self._everybodys)
        own = map(cell.tags, self._known(columns, "tags"), repeat(self._separator))
        return (tuple(dict.fromkeys(tags + self._tags)) for tags in own) if self._tags else own


def stripped(column: Iterable[str]) -> list[str]:
    """Strip the space around each cell."""
    return [*map(str.strip, column)]


_record = partial(tuple.__new__, ImportRecord)
"""Makes an Entry. Entry._make, which is not written in C, takes three times as long."""


def _statuses(header: Header, columns: Sequence[Sequence[str]]) -> list[tuple[ImportedStatus | None, str]]:
    if not header.status:
        return []
    said = [*zip(*(stripped(columns[each.at]) for each in header.status), strict=True)]
    # Judge each combination once: such columns have few different words.
    known = {cells: judged(header.status, cells) for cells in {*said}}
    return [known[cells] for cells in said]


def _fields(header: Header, columns: Sequence[Sequence[str]]) -> Iterable[str]:
    if len(header.fields) == 1:
        (name, at), *_ = header.fields
        key = json_text(name)
        return [f"{{{key}: {json_text(said)}}}" if said else NO_FIELDS for said in map(str.strip, columns[at])]
    said = [_members(name, columns[at]) for name, at in header.fields]
    return [f"{{{', '.join(filter(None, members))}}}" for members in zip(*said, strict=True)] or repeat(NO_FIELDS)


def _members(name: str, column: Iterable[str]) -> list[str]:
    key = json_text(name)
    return [f"{key}: {json_text(said)}" if said else "" for said in map(str.strip, column)]
