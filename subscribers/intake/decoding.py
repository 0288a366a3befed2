"""The bytes of a list in, its text out: UTF-8 with or without a mark, UTF-16 with one, or else cp1252.

A file is read through once to tell, in pieces, so that its size does not matter. What is no text at all is refused.
"""

import codecs
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from subscribers.errors import UnreadableList

_PIECE = 1 << 20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@contextmanager
def decoded(file: BinaryIO) -> Iterator[TextIO]:
    """Give the text of `file`, line ends as they are; `file` is left open. Raises UnreadableList."""
    with _seekable(file) as source:
        encoding = _encoding(source)
        # Because cp1252 leaves five bytes without a meaning: one of them must not cost everybody else their row.
        text = TextIOWrapper(source, encoding, errors="replace" if encoding == "cp1252" else "strict", newline="")
        try:
            yield text
        finally:
            text.detach()


def name_of(file: BinaryIO) -> str:
    """Name a file for a message to the organiser."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else "the list"


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    if file.seekable():
        yield file
        return
    with tempfile.TemporaryFile() as copy:  # a pipe; the file has no name, and goes when it is closed
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        yield copy


def _encoding(file: BinaryIO) -> str:
    start = file.tell()
    head = file.read(3)
    file.seek(start)
    marked = next((encoding for mark, encoding in _MARKS.items() if head.startswith(mark)), None)
    fits = _fits(file, marked or "utf-8")
    file.seek(start)
    if marked and not fits:
        raise UnreadableList(file=name_of(file), why=f"it says it is {marked.removesuffix('-sig')}, and is not")
    return marked or ("utf-8" if fits else "cp1252")


def _fits(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
