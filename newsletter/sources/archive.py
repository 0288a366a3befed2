"""Zip files from outside, within limits. In: bytes. Out: the parts, each read once, no further than it may go.

The sizes that a zip file states may be false, so only what is unpacked is counted.
"""

import io
import lzma
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from newsletter.errors import SourceError

MOST_UNPACKED = 60_000_000  # bytes, all parts together
MOST_RATIO = 200  # times its packed size, once it is large
MOST_PARTS = 2_000
MOST_XML = 15_000_000
_MOST_SECONDS = 30
_LARGE = 10_000_000
_TEXTS = (".xml", ".rels", ".html", ".htm", ".md", ".csv", ".json", ".txt")
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip


class Damaged(SourceError):
    """{source} cannot become a post: {why}"""


@dataclass
class _Left:
    """What may still be unpacked, and until when."""

    bytes: int = field(default_factory=lambda: MOST_UNPACKED)
    end: float = field(default_factory=lambda: time.monotonic() + _MOST_SECONDS)


class ZipArchive:
    """The parts of a zip file, by name. Raises SourceError for what is damaged, locked, or far larger than it looks."""

    def __init__(self, content: bytes, source: str, shared: "_Left | None" = None) -> None:
        """Look at every part's name and size, and unpack nothing; `shared` is one limit for all nested zip files."""
        self._source, self._left = source, shared or _Left()
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            self._infos = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        except _DAMAGED:
            raise Damaged(source=self._source, why="is damaged or locked with a password") from None
        unpacked = sum(info.file_size for info in self._infos.values())
        huge = unpacked > MOST_UNPACKED or (unpacked > _LARGE and unpacked > len(content) * MOST_RATIO)
        if len(self._zip.infolist()) > MOST_PARTS or huge:
            raise self._refused(f"would unpack to {unpacked:,} bytes in {len(self._infos):,} parts; that is no post")

    @property
    def names(self) -> list[str]:
        """Every part, in the order of the file."""
        return list(self._infos)

    def read(self, name: str) -> bytes:
        """Unpack one part. Raises Damaged; SourceError if it is larger than it may be; KeyError if it is not there."""
        info = self._infos[name]
        most = min(MOST_XML if name.lower().endswith(_TEXTS) else MOST_UNPACKED, self._left.bytes)
        if info.file_size > most:
            raise self._refused(f"holds {info.file_size:,} bytes of text in {name}; that is no post")
        try:
            with self._zip.open(info) as part:
                content = part.read(most)
                if part.read(1):
                    raise self._refused("is larger than it says; that is no post")
        except _DAMAGED:
            raise Damaged(source=self._source, why="is damaged or locked with a password") from None
        self._left.bytes -= len(content)
        if time.monotonic() > self._left.end:
            raise self._refused(f"takes longer than {_MOST_SECONDS} s to unpack; that is no post")
        return content

    def read_if_whole(self, name: str) -> bytes | None:
        """Unpack one part; return None if it is not there, or damaged."""
        try:
            return self.read(name) if name in self._infos else None
        except Damaged:
            return None

    def nested(self, name: str) -> "ZipArchive":
        """Open a zip file in this one, within the same limits. Raises Damaged, and SourceError for one too large."""
        return ZipArchive(self.read(name), self._source, self._left)

    def _refused(self, why: str) -> SourceError:
        return SourceError(source=self._source, why=why)


def zipped(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """Make a zip file of parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return made.getvalue()
