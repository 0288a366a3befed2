"""The bytes of a list in; its header understood, and its records still to be read, out. Raises UnreadableList."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from subscribers.errors import BadAddress, UnreadableList
from subscribers.imports.cell import written
from subscribers.imports.decoding import decoded, name_of
from subscribers.imports.header import Header, headless, read_header
from subscribers.imports.sheet import DELIMITERS, Block, Line, Sheet, split_header

_NO_TEXT = "it is not text; save it as CSV, in UTF-8"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_DELIMITER_LINE = re.compile(r'"?sep=(.)"?\s*')


@dataclass(frozen=True, slots=True)
class Opened:
    """A list whose header is understood."""

    header: Header
    blocks: Iterator[Block]
    read_as: str
    delimiter: str
    columns: dict[str, Any] = field(default_factory=dict)


@contextmanager
def opened(file: BinaryIO, as_fields: Collection[str] = ()) -> Iterator[Opened]:
    """Open a list; `file` is left open. Raises UnreadableList."""
    with decoded(file) as (text, read_as):
        sheet = Sheet(text)
        lines = _header_lines(sheet, name_of(file))
        header, cells, delimiter = _understood(sheet, lines, name_of(file), as_fields)
        if header.headless:
            sheet.give_back(lines)
        yield Opened(header, sheet.blocks(delimiter), read_as, _NAMES[delimiter], header.as_json(cells))


def _header_lines(sheet: Sheet, name: str) -> list[Line]:
    lines = sheet.header()
    if lines and _DELIMITER_LINE.fullmatch(lines[0].text):  # Excel writes "sep=;" before the header
        lines = sheet.header()
    if not lines:
        raise UnreadableList(file=name, why="it is empty")
    if not _are_text(lines):
        raise UnreadableList(file=name, why=_NO_TEXT)
    return lines


def _understood(
    sheet: Sheet, lines: list[Line], name: str, as_fields: Collection[str]
) -> tuple[Header, list[str], str]:
    headers = {delimiter: split_header(lines, delimiter) for delimiter in DELIMITERS}
    complaints: list[str] = []
    for delimiter in sorted(DELIMITERS, key=lambda delimiter: len(headers[delimiter]), reverse=True):
        cells = headers[delimiter]
        try:
            return read_header(cells, as_fields), cells, delimiter
        except ValueError as error:
            complaints.append(str(error))
        if [cell for cell in cells if cell.strip()] == cells[:1] and _is_address(cells[0]):
            return headless(len(cells)), cells, delimiter
    # A picture's first line may pass for a header; what follows does not.
    raise UnreadableList(file=name, why=complaints[0] if _are_text(sheet.header()) else _NO_TEXT)


def _is_address(text: str) -> bool:
    try:
        return not written(text).others
    except BadAddress:
        return False


def _are_text(lines: list[Line]) -> bool:
    return not any(line.fault or "\ufffd" in line.text or _CONTROLS.search(line.text) for line in lines)


_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
