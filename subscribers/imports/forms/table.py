"""What every form of file becomes: tables, each with a header that is understood and records to be read again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from subscribers.imports.forms.sheet import Block
from subscribers.imports.header import Header, read_header
from subscribers.imports.said import Said


@dataclass(frozen=True, slots=True)
class Table:
    """A list whose header is understood: a file, a sheet of a workbook, a file in an archive."""

    name: str
    header: Header
    cells: Sequence[str]
    """The header as it is written."""
    blocks: Callable[[], Iterator[Block]]
    """Reads the records from the first to the last; as often as it is called."""
    read_as: str
    """The form, or the encoding, in words."""
    delimiter: str = ""


LINES_BEFORE = 10
"""So many lines may stand above a header: a title, a date."""


def find_header(rows: Sequence[Sequence[str]], said: Said, name: str) -> tuple[int, Header]:
    """Find the header among the first rows of a sheet: its place and what it says. Raises ValueError, for the first."""
    complaint: ValueError | None = None
    for place, cells in enumerate(rows[:LINES_BEFORE]):
        filled = [cell for cell in cells if cell.strip()]
        if not filled:
            continue
        try:
            return place, read_header(cells, said, name)
        except ValueError as error:
            complaint = complaint or error
            if len(filled) > 2:  # a title has few words: this was a header, or a person
                break
    raise complaint or ValueError("it is empty")
