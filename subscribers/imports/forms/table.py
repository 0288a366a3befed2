"""What a file of any format becomes: tables, each with its header understood and records that can be read again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from subscribers.imports.forms.sheet import Block
from subscribers.imports.header import Header, read_header
from subscribers.imports.organiser_answers import OrganiserAnswers


@dataclass(frozen=True, slots=True)
class Table:
    """A list with its header understood: a file, a sheet of a workbook, or a file in an archive."""

    name: str
    header: Header
    cells: Sequence[str]
    """The header as written."""
    blocks: Callable[[], Iterator[Block]]
    """Reads all records; each call begins again with the first."""
    read_as: str
    """The format, or the encoding, in words."""
    delimiter: str = ""


LINES_BEFORE = 10
"""The header must be among this many first lines: a title or a date may come before it."""


def find_header(rows: Sequence[Sequence[str]], said: OrganiserAnswers, name: str) -> tuple[int, Header]:
    """Find the header among the first rows of a sheet, and its place. Raises ValueError, about the first row tried."""
    complaint: ValueError | None = None
    for place, cells in enumerate(rows[:LINES_BEFORE]):
        filled = [cell for cell in cells if cell.strip()]
        if not filled:
            continue
        try:
            return place, read_header(cells, said, name)
        except ValueError as error:
            complaint = complaint or error
            if len(filled) > 2:  # a title has few cells: this was a header, or a person
                break
    raise complaint or ValueError("it is empty")
