"""Files with people's addresses: readable by their owner only, and written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from newsletter.runtime.whole_file import written_whole


@contextmanager
def written_privately(path: Path) -> Iterator[TextIO]:
    """Open `path` for writing. The file appears or changes when the block ends; if that raises, it stays as it was."""
    with written_whole(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.detach()  # writes what is left, and leaves `file` open
