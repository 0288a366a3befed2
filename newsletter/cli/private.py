"""Files with people's addresses: readable by their owner only, and written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def written_privately(path: Path) -> Iterator[TextIO]:
    """Open `path` for writing. The file appears or changes when the block ends; if that raises, it stays as it was."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
        ) as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
