"""The text of a CSV in, its records out, in blocks and with line numbers; memory stays small for any input.

The standard library's csv reads the records; this file decides where a record may end. So a quotation mark that is
never closed costs one line, not all lines after it, and an endless line is skipped without being held in memory.
"""

import csv
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TextIO

MOST_RECORD = 65_536
"""The longest record, in characters."""

DELIMITERS = (",", ";", "\t")

PLAIN_RECORD = 4096
"""A record of at most this length cannot have a cell that is too long."""

_LINES, _CHARACTERS, _STRIDE = 2000, 1 << 20, 64


@dataclass(frozen=True, slots=True)
class Block:
    """Some records in a row: for each record its line number in `lines` and its cells, as in the file, in `cells`.

    `is_plain`: no cell is long, has control characters, a formula guard or a letter that is not composed (NFC).
    `faults`: lines that are no records, and why.
    """

    lines: list[int]
    cells: list[list[str]]
    is_plain: Callable[[], bool] = bool  # bool() is False: not known to be plain
    faults: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line as in the file, or what is wrong with it."""

    number: int
    text: str
    fault: str = ""


class Sheet:
    """A text as a sheet of records: `header` takes the first, `blocks` gives those that are left."""

    def __init__(self, text: TextIO, skip: int = 0) -> None:
        """Read a text from its beginning, without the first `skip` lines, which were read before."""
        self._text = text
        self._number = 0
        self._returned: deque[SheetLine] = deque()
        while self._number < skip and self._line():
            pass

    @property
    def line(self) -> int:
        """How many lines have been taken."""
        return self._number - len(self._returned)

    def header(self) -> list[SheetLine]:
        """Take the next record that is not empty, as its lines; an empty list: there is none."""
        while group := self._group(DELIMITERS[0]):
            if group[0].fault or any(line.text.strip(" ,;\t\r\n") for line in group):
                return group
        return []

    def blocks(self, delimiter: str) -> Iterator[Block]:
        """Yield the records that are left, without empty ones."""
        while self._returned or (texts := self._texts()):
            block = None if self._returned else _at_once(texts, self._number + 1, delimiter)
            if block:
                self._number += len(texts)
            elif not self._returned:
                self._returned.extend(self._numbered(texts))
            yield block or self._one_by_one(delimiter)

    def _texts(self) -> list[str]:
        """Take lines, or pieces of a long line: enough to be fast, and few enough to keep memory small."""
        texts: list[str] = []
        readline = iter(partial(self._text.readline, MOST_RECORD + 1), "")
        size = 0
        while len(texts) < _LINES and size < _CHARACTERS and (some := list(islice(readline, _STRIDE))):
            texts += some
            size += sum(map(len, some))
        return texts

    def _numbered(self, texts: list[str]) -> Iterator[SheetLine]:
        pieces = iter(texts)
        for text in pieces:
            self._number += 1
            if len(text) > MOST_RECORD:
                rest = text
                while rest and not rest.endswith(("\n", "\r")):
                    rest = next(pieces, None) or self._text.readline(MOST_RECORD)
                yield SheetLine(
                    self._number, "", f"it is longer than {MOST_RECORD:,} characters: is a line end missing?"
                )
            elif "\0" in text:
                yield SheetLine(self._number, "", "it holds a NUL, which no text does: was the file damaged?")
            else:
                yield SheetLine(self._number, text)

    def _one_by_one(self, delimiter: str) -> Block:
        lines: list[int] = []
        cells: list[list[str]] = []
        faults: dict[int, str] = {}
        while self._returned and len(lines) + len(faults) < _LINES:
            group = self._group(delimiter)
            if group[0].fault:
                faults[group[0].number] = group[0].fault
                continue
            for number, record in _parse(group, delimiter):
                lines.append(number)
                cells.append(record)
        return Block(lines, cells, faults=faults)

    def _group(self, delimiter: str) -> list[SheetLine]:
        """Take lines until every quotation mark is closed, because only there a record may end."""
        lines: list[SheetLine] = []
        size = quotes = 0
        while line := self._line():
            lines.append(line)
            size += len(line.text)
            quotes += line.text.count('"')
            if quotes % 2 == 0:
                return lines
            if size > MOST_RECORD or line.fault:
                break
        # A quotation mark is never closed: treat the first line alone, and put the other lines back.
        self._returned.extendleft(reversed(lines[1:]))
        return [_alone(line, delimiter) for line in lines[:1]]

    def _line(self) -> SheetLine | None:
        if not self._returned:
            text = self._text.readline(MOST_RECORD + 1)
            self._returned.extend(self._numbered([text] if text else []))
        return self._returned.popleft() if self._returned else None


def split_header(lines: list[SheetLine], delimiter: str) -> list[str]:
    """Split a header at `delimiter`."""
    return next(csv.reader((line.text for line in lines), delimiter=delimiter))


def _at_once(texts: list[str], first: int, delimiter: str) -> Block | None:
    """Read many lines at once if each line is one record without faults; None: read them one by one."""
    text, longest = "".join(texts), max(map(len, texts))
    if "\0" in text or longest > MOST_RECORD:
        return None
    if '"' in text and any(line.count('"') % 2 for line in texts):
        return None
    try:
        cells = list(csv.reader(texts, delimiter=delimiter))
    except csv.Error:  # a quotation mark that opens and opens
        return None
    # If a quotation mark keeps a record open over a line end, there are fewer records than lines.
    if len(cells) != len(texts):
        return None
    lines = list(range(first, first + len(cells)))
    if not all(map(any, cells)):
        lines = [line for line, record in zip(lines, cells, strict=True) if any(record)]
        cells = [record for record in cells if any(record)]
    # Called only by readers of every cell, because it takes as long as splitting the text into cells.
    return Block(lines, cells, partial(_is_plain, text, longest, delimiter))


def _is_plain(text: str, longest: int, delimiter: str) -> bool:
    joined = text.replace("\r", "").replace("\n", "").replace(delimiter, "")
    quoted_tab = delimiter == "\t" and '"' in text
    return (
        not quoted_tab
        and not text.startswith("'")
        and not _GUARDED.search(text)
        and longest <= PLAIN_RECORD
        and joined.isprintable()
        and unicodedata.is_normalized("NFC", text)
    )


_GUARDED = re.compile(r"""'(?<=[,;\t\r\n" ]')""")
"""Matches an apostrophe that a cell may begin with. It comes first in the pattern, so that the search is fast."""


def _parse(group: list[SheetLine], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader((line.text for line in group), delimiter=delimiter)
    first = 0
    for cells in reader:
        if any(cells):
            yield group[first].number, cells
        first = min(reader.line_num, len(group) - 1)


def _alone(line: SheetLine, delimiter: str) -> SheetLine:
    try:
        list(csv.reader([line.text], delimiter=delimiter, strict=True))
    except csv.Error:
        return SheetLine(line.number, "", "it opens a quotation mark and never closes it")
    return line
