"""The text of a CSV or TSV in, a table with its header out; records are read later. Raises UnreadableList."""

import re
from collections.abc import Iterator
from functools import partial

from subscribers.errors import UnreadableList
from subscribers.imports.forms import pasted
from subscribers.imports.forms.decoding import Decoded
from subscribers.imports.forms.sheet import DELIMITERS, Block, Sheet, SheetLine, split_header
from subscribers.imports.forms.table import LINES_BEFORE, Table
from subscribers.imports.header import Header, headless, read_header
from subscribers.imports.organiser_answers import OrganiserAnswers

NO_TEXT = "it is not text; save it as CSV, in UTF-8"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_DELIMITER_LINE = re.compile(r'"?sep=(.)"?\s*')
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}


def understood(source: Decoded, name: str, said: OrganiserAnswers, file_name: str) -> Table:
    """Find the header of a text, or find that it is addresses without a header. Raises UnreadableList."""
    with source.text() as text:
        sheet = Sheet(text)
        complaint = ""
        for _ in range(LINES_BEFORE):
            lines = _record(sheet, name, first=not complaint)
            if not lines:
                break
            found = _header(lines, said, file_name)
            if not isinstance(found, str):
                header, cells, delimiter = found
                blocks = partial(_blocks, source, sheet.line, delimiter)
                return Table(name, header, cells, blocks, source.shown, _NAMES[delimiter])
            if not complaint and pasted.is_list(lines[0].text):
                first = lines[0].number - 1
                return Table(
                    name, headless(1), ["email"], partial(_addresses, source, first), source.shown, "line or a comma"
                )
            complaint = complaint or found
            if len([cell for cell in split_header(lines, ",") if cell.strip()]) > 2:
                break  # a title above a header has few cells, so this is no title
        # A picture's first line may look like text; the next record shows that it is not.
        raise UnreadableList(file=name, why=complaint if _are_text(sheet.header()) else NO_TEXT)


def _record(sheet: Sheet, name: str, first: bool) -> list[SheetLine]:
    lines = sheet.header()
    if first and lines and _DELIMITER_LINE.fullmatch(lines[0].text):  # Excel writes "sep=;" before the header
        lines = sheet.header()
    if first and not lines:
        raise UnreadableList(file=name, why="it is empty")
    if not _are_text(lines):
        raise UnreadableList(file=name, why=NO_TEXT)
    return lines


def _header(lines: list[SheetLine], said: OrganiserAnswers, file_name: str) -> tuple[Header, list[str], str] | str:
    """Read a header with the first delimiter that works, most cells first; else say why it cannot be understood."""
    headers = {delimiter: split_header(lines, delimiter) for delimiter in DELIMITERS}
    complaints: list[str] = []
    for delimiter in sorted(DELIMITERS, key=lambda delimiter: len(headers[delimiter]), reverse=True):
        cells = headers[delimiter]
        try:
            return read_header(cells, said, file_name), cells, delimiter
        except ValueError as error:
            complaints.append(str(error))
    return complaints[0]


def _blocks(source: Decoded, lines_before: int, delimiter: str) -> Iterator[Block]:
    with source.text() as text:
        yield from Sheet(text, lines_before).blocks(delimiter)


def _addresses(source: Decoded, lines_before: int) -> Iterator[Block]:
    with source.text() as text:
        for _ in range(lines_before):
            text.readline()
        yield from pasted.blocks(text, lines_before)


def _are_text(lines: list[SheetLine]) -> bool:
    return not any(line.fault or "\ufffd" in line.text or _CONTROLS.search(line.text) for line in lines)
