"""Zip files from outside, within limits. In: bytes. Out: the parts, each read once, no further than it may go.

What a zip file says of its sizes may be a lie, so nothing is believed but what comes out.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator

from newsletter.errors import SourceError

MOST_UNPACKED = 60_000_000  # bytes, all parts together
MOST_RATIO = 200  # times what it weighs, once it is large
MOST_PARTS = 2_000
MOST_XML = 15_000_000
_LARGE = 10_000_000
_TEXTS = (".xml", ".rels", ".html", ".htm", ".md", ".csv", ".json", ".txt")
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
)  # fmt: skip


class Archive:
    """The parts of a zip file, by name. Raises SourceError for one that is damaged, locked, or far larger than it looks."""

    def __init__(self, content: bytes, source: str) -> None:
        """Look at every part's name and size, and unpack nothing yet."""
        self._source, self._left = source, MOST_UNPACKED
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            self._infos = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        except _DAMAGED:
            raise self._refused("is damaged or locked with a password") from None
        unpacked = sum(info.file_size for info in self._infos.values())
        huge = unpacked > MOST_UNPACKED or (unpacked > _LARGE and unpacked > len(content) * MOST_RATIO)
        if len(self._zip.infolist()) > MOST_PARTS or huge:
            raise self._refused(f"would unpack to {unpacked:,} bytes in {len(self._infos):,} parts; that is no post")

    @property
    def names(self) -> list[str]:
        """Every part, in the order of the file."""
        return list(self._infos)

    def read(self, name: str) -> bytes:
        """Unpack one part. Raises SourceError where it is larger than it may be, and KeyError where it is not there."""
        info = self._infos[name]
        most = min(MOST_XML if name.lower().endswith(_TEXTS) else MOST_UNPACKED, self._left)
        if info.file_size > most:
            raise self._refused(f"holds {info.file_size:,} bytes of text in {name}; that is no post")
        try:
            with self._zip.open(info) as part:
                content = part.read(most)
                if part.read(1):
                    raise self._refused("is larger than it says; that is no post")
        except _DAMAGED:
            raise self._refused("is damaged or locked with a password") from None
        self._left -= len(content)
        return content

    def read_all(self) -> Iterator[tuple[str, bytes]]:
        """Unpack part after part."""
        return ((name, self.read(name)) for name in self.names)

    def _refused(self, why: str) -> SourceError:
        return SourceError(source=self._source, why=why)


def zipped(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """Make a zip file of parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return made.getvalue()
