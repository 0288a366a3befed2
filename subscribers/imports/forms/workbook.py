"""A spreadsheet (.xlsx, .ods) in, a table for each sheet that is a list out. The only file that uses python-calamine.

Before calamine reads it, the unpacked size and the rectangle of cells of each sheet are measured: a single cell in the
last corner would make calamine create seventeen thousand million cells. Raises UnreadableList.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import python_calamine
from lxml import etree

from subscribers.errors import UnreadableList
from subscribers.imports.forms.limits import MOST_CELLS, MOST_OF_A_WORKBOOK, Unpacking, require_plain_xml
from subscribers.imports.forms.sheet import Block
from subscribers.imports.forms.table import LINES_BEFORE, Table, find_header
from subscribers.imports.organiser_answers import OrganiserAnswers

_AT_ONCE = 2000
_NEXT = "Save the sheet as CSV (in UTF-8), and import that"


@contextmanager
def opened(file: BinaryIO, name: str, said: OrganiserAnswers, kind: str) -> Iterator[tuple[list[Table], list[str]]]:
    """Open a workbook; yield its lists, and the names of sheets that are no lists."""
    _measure(file, name)
    file.seek(0)
    try:
        workbook = python_calamine.load_workbook(file)
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        why = (
            "it is locked with a password"
            if isinstance(error, python_calamine.PasswordError)
            else f"it is damaged ({error})"
        )
        raise UnreadableList(file=name, why=f"{why}. {_NEXT}") from None
    with workbook:
        tables: list[Table] = []
        others: list[str] = []
        complaint = "it is empty"
        for sheet in workbook.sheet_names:
            table = _Sheet(workbook, sheet, name, kind)
            try:
                found = table.understood(said, name if len(workbook.sheet_names) == 1 else sheet)
            except ValueError as error:
                others.append(sheet)
                complaint = str(error) if str(error) != "it is empty" else complaint
            else:
                tables.append(found)
        if not tables:
            raise UnreadableList(file=name, why=complaint)
        yield tables, others


class _Sheet:
    def __init__(self, workbook: python_calamine.CalamineWorkbook, sheet: str, file: str, kind: str) -> None:
        self._workbook, self._sheet, self._file, self._kind = workbook, sheet, file, kind

    def understood(self, said: OrganiserAnswers, name: str) -> Table:
        """Find the header and make a table of the sheet. Raises ValueError."""
        head: list[tuple[int, list[str]]] = []
        for numbered in self._rows():
            head.append(numbered)
            if len(head) == LINES_BEFORE:
                break
        place, header = find_header([cells for _, cells in head], said, name)
        first = head[place][0]
        shown = self._file if len(self._workbook.sheet_names) == 1 else f"{self._file}, sheet {self._sheet}"
        return Table(shown, header, head[place][1], lambda: self._blocks(first), self._kind)

    def _blocks(self, header_line: int) -> Iterator[Block]:
        block = Block([], [])
        for line, cells in self._rows():
            if line <= header_line or not any(cells):
                continue
            block.lines.append(line)
            block.cells.append(cells)
            if len(block.lines) == _AT_ONCE:
                yield block
                block = Block([], [])
        if block.lines:
            yield block

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        try:
            sheet = self._workbook.get_sheet_by_name(self._sheet)
            above = 0 if sheet.start is None else sheet.start[0]
            for number, row in enumerate(
                sheet.iter_rows(), start=above + 1 if sheet.height <= sheet.total_height - above else 1
            ):
                yield number, [*map(_text, row)]
        except python_calamine.CalamineError as error:
            raise UnreadableList(
                file=self._file, why=f"its sheet {self._sheet} is damaged ({error}). {_NEXT}"
            ) from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if value is not None and not isinstance(value, timedelta) else ""


def _measure(file: BinaryIO, name: str) -> None:
    """Measure a workbook before it is read. Raises UnreadableList if it is too large or damaged."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnreadableList(file=name, why=f"it is damaged ({error}). {_NEXT}") from None
    with archive:
        unpacking = Unpacking(archive, name, MOST_OF_A_WORKBOOK)
        for entry in archive.infolist():
            with unpacking.take(entry) as part:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    require_plain_xml(part, name)
                if _SHEET.fullmatch(entry.filename) or entry.filename == "content.xml":
                    _require_room(_rectangle(part, name), name)


def _require_room(cells: int, name: str) -> None:
    if cells > MOST_CELLS:
        why = (
            f"one of its sheets has {cells:,} cells; {MOST_CELLS:,} is the most. Is there something in its far corner?"
        )
        raise UnreadableList(file=name, why=f"{why} {_NEXT}")


class _Rectangle:
    """Gets the elements of a sheet from the parser, and counts the cells of the rectangle around all filled ones."""

    def __init__(self) -> None:
        self.cells = 0
        self._row = self._column = self._most_column = self._most_row = 0
        self._rows, self._columns, self._open = 1, 1, False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        given = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if name in ("row", "table-row"):
            self._row += self._rows
            self._rows = _count(given.get("number-rows-repeated"))
            self._row = _count(given["r"]) if name == "row" and "r" in given else self._row
            self._column = 0
        elif name == "c":
            at = _CELL.fullmatch(given.get("r", ""))
            self._column = _number(at[1]) if at else self._column + 1
            self._hold(int(at[2]) if at else self._row, self._column)
        elif name in ("table-cell", "covered-table-cell"):
            self._columns, self._open = _count(given.get("number-columns-repeated")), True
            self._column += self._columns
            if any(key in given for key in ("value-type", "value", "string-value", "formula")):
                self._hold(self._row + self._rows - 1, self._column)
        elif name == "table":
            self.end_of_sheet()
        elif self._open and name == "p":
            self._hold(self._row + self._rows - 1, self._column)

    def end(self, tag: str) -> None:
        if tag.endswith("table-cell"):
            self._open = False

    def data(self, text: str) -> None:
        """Ignore the text of the cells."""

    def close(self) -> int:
        self.end_of_sheet()
        return self.cells

    def end_of_sheet(self) -> None:
        self.cells = max(self.cells, self._most_row * self._most_column)
        self._row = self._column = self._most_column = self._most_row = 0
        self._rows = 1

    def _hold(self, row: int, column: int) -> None:
        self._most_row, self._most_column = max(self._most_row, row), max(self._most_column, column)


def _rectangle(part: BinaryIO, name: str) -> int:
    """Count the cells of the rectangle around all filled cells of a sheet; of several sheets, the largest."""
    told: Any = _Rectangle()
    parser = etree.XMLParser(target=told, resolve_entities=False, no_network=True)
    part.seek(0)
    try:
        while piece := part.read(1 << 18):
            parser.feed(piece)
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableList(file=name, why=f"it is damaged ({error}). {_NEXT}") from None
    return int(told.cells)


def _count(text: str | None) -> int:
    return min(int(text), 1 << 31) if text and text.isdigit() and len(text) < 12 else 1


def _number(column: str) -> int:
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number


_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(r"([A-Z]{1,4})(\d{1,8})")
