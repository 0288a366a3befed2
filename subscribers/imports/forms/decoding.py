"""The bytes of a list in, its text out: UTF-8 with or without a mark, UTF-16 with one, or else cp1252, or a mixture.

A file is copied first, in pieces, so that its size does not matter: what comes after never waits for a pipe, a network
or a program that is still writing it, also while the database is written to. Where it is UTF-8 only in part, as two
exports pasted together are, each byte that is none is read as cp1252. What is no text at all is refused.
"""

import codecs
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from subscribers.errors import UnreadableList

_PIECE = 1 << 20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LENIENT = "subscribers.imports.cp1252"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text: the name for Python, what to do with bytes that do not fit, the name for a person."""

    codec: str
    errors: str
    shown: str


class Decoded:
    """A file as text, to be read as often as is wanted; the file is left open."""

    def __init__(self, file: BinaryIO, encoding: Encoding) -> None:
        self._file, self._start, self._encoding = file, file.tell(), encoding
        self.shown = encoding.shown

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """Give the text from its beginning, line ends as they are."""
        self._file.seek(self._start)
        text = TextIOWrapper(self._file, self._encoding.codec, errors=self._encoding.errors, newline="")
        try:
            yield text
        finally:
            text.detach()


def decoded(file: BinaryIO) -> Decoded:
    """Find the encoding of a file that can be read again. Raises UnreadableList."""
    return Decoded(file, _encoding(file))


def name_of(file: BinaryIO) -> str:
    """Name a file for a message to the organiser."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else "the list"


@contextmanager
def copied(file: BinaryIO) -> Iterator[BinaryIO]:
    """Copy a file, so that it can be read again, and nothing waits for it any more."""
    with tempfile.TemporaryFile() as copy:  # it has no name, and goes when it is closed
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        yield copy


def _encoding(file: BinaryIO) -> Encoding:
    start = file.tell()
    head = file.read(3)
    file.seek(start)
    codec = next((codec for mark, codec in _MARKS.items() if head.startswith(mark)), "utf-8")
    fits = _fits(file, codec)
    file.seek(start)
    if fits:
        return Encoding(codec, "strict", codec.removesuffix("-sig").upper())
    if codec == "utf-16":
        raise UnreadableList(file=name_of(file), why=f"it says it is {codec}, and is not")
    return Encoding(codec, _LENIENT, "Windows-1252, and UTF-8 where it is that")


def _fits(file: BinaryIO, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # Because cp1252 leaves five bytes without a meaning: one of them must not cost everybody else their row.
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_LENIENT, _as_cp1252)
