"""The text of a CSV in, its records out, each with the number of its first line; memory stays small whatever comes.

The standard library's csv reads the records; here is decided where one may end. So a quotation mark that is never
closed costs one line, not everybody after it, and a line without end is passed over without being held.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

MOST_RECORD = 65_536
"""The longest record, in characters."""

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record as they stand in the file, or what is wrong with it."""

    line: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands in the file, or what is wrong with it."""

    number: int
    text: str
    fault: str = ""


class Sheet:
    """A text as a sheet of records: `header` looks at the first, `records` are those not yet looked at."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._number = 0
        self._returned: deque[Line] = deque()

    def header(self) -> list[Line]:
        """Take the first record that is not empty; no lines: there is none."""
        while group := self._group(DELIMITERS[0]):
            if group[0].fault or any(line.text.strip(" ,;\t\r\n") for line in group):
                return group
        return []

    def records(self, delimiter: str) -> Iterator[Record]:
        """Read the records that are left, without the empty ones."""
        while group := self._group(delimiter):
            if group[0].fault:
                yield Record(group[0].number, [], group[0].fault)
            else:
                yield from _parse(group, delimiter)

    def _group(self, delimiter: str) -> list[Line]:
        """Take as many lines as close every quotation mark they open, which is where a record may end."""
        lines: list[Line] = []
        size = quotes = 0
        while line := self._line():
            lines.append(line)
            size += len(line.text)
            quotes += line.text.count('"')
            if quotes % 2 == 0:
                return lines
            if size > MOST_RECORD or line.fault:
                break
        # What opened is not closed: its first line stands alone, and the others get a chance of their own.
        self._returned.extendleft(reversed(lines[1:]))
        return [_alone(line, delimiter) for line in lines[:1]]

    def _line(self) -> Line | None:
        if self._returned:
            return self._returned.popleft()
        text = self._text.readline(MOST_RECORD + 1)
        if not text:
            return None
        self._number += 1
        if len(text) > MOST_RECORD:
            self._skip_rest(text)
            return Line(self._number, "", f"it is longer than {MOST_RECORD:,} characters")
        if "\0" in text:
            return Line(self._number, "", "it holds a NUL, which no text does")
        return Line(self._number, text)

    def _skip_rest(self, text: str) -> None:
        while text and not text.endswith(("\n", "\r")):
            text = self._text.readline(MOST_RECORD)


def split_header(lines: list[Line], delimiter: str) -> list[str]:
    """Split a header at `delimiter`."""
    return next(csv.reader((line.text for line in lines), delimiter=delimiter))


def _parse(group: list[Line], delimiter: str) -> Iterator[Record]:
    reader = csv.reader((line.text for line in group), delimiter=delimiter)
    first = 0
    for cells in reader:
        if any(cells):
            yield Record(group[first].number, cells)
        first = min(reader.line_num, len(group) - 1)


def _alone(line: Line, delimiter: str) -> Line:
    try:
        list(csv.reader([line.text], delimiter=delimiter, strict=True))
    except csv.Error:
        return Line(line.number, "", "it opens a quotation mark and never closes it")
    return line
