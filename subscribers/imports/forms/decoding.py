"""The bytes of a list in, its text out: UTF-8 with or without a byte order mark, UTF-16 with one, or cp1252, or a mix.

A file is copied first, in pieces, so that its size does not matter. So later steps never wait for a pipe, a network or
a program that is still writing the file, also not while a transaction is open. If a file is only partly UTF-8, as two
exports pasted together, each byte that is not UTF-8 is read as cp1252. UTF-16 that does not decode is refused.
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
    """How bytes become text: Python's name of the codec, its error handler, and a name for people."""

    codec: str
    errors: str
    shown: str


class Decoded:
    """A file as text, which can be read again and again; the file stays open."""

    def __init__(self, file: BinaryIO, encoding: Encoding) -> None:
        self._file, self._start, self._encoding = file, file.tell(), encoding
        self.shown = encoding.shown

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """Open the text at its beginning, with line ends unchanged."""
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
    """Return the name of a file for messages to the organiser."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else "the list"


@contextmanager
def copied(file: BinaryIO) -> Iterator[BinaryIO]:
    """Copy a file, so that it can be read again and no later step waits for it."""
    with tempfile.TemporaryFile() as copy:  # it has no name, and is deleted when it is closed
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
    # cp1252 does not define five bytes: replace them, so that one of them does not make the whole list unreadable.
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_LENIENT, _as_cp1252)
