"""A file's bytes become text. In: a path. Out: its text, normalised.

Encodings are tried in this order: a byte order mark, UTF-8, the charset the file declares, Windows-1252. It refuses
what is not text.
"""

import codecs
import re
import unicodedata
from pathlib import Path

from newsletter.errors import PostError
from newsletter.merge import seal

MOST_BYTES = 5_000_000


def read_source(path: Path) -> str:
    """Read the normalised text of the file at `path`. Raises PostError."""
    return normalise_text(_decode(_read(path), path))


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PostError(path=path, why="is a folder. Name the file of one post")
        if path.stat().st_size > MOST_BYTES:
            raise PostError(path=path, why=f"is larger than {MOST_BYTES // 1_000_000} MB. A post is a text file")
        return path.read_bytes()
    except FileNotFoundError:
        raise PostError(path=path, why="there is no such file") from None
    except OSError as error:
        raise PostError(path=path, why=f"cannot be read: {error.strerror}") from None


_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


_LATIN = frozenset(["iso-8859-1", "iso8859-1", "latin-1", "latin1", "l1", "us-ascii", "ascii"])


def decode(data: bytes, charset: str = "") -> str | None:
    """Decode `data`; `charset` is what the protocol declared. None where it is not text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _first_that_reads(data[len(mark) :], [encoding])
    declared = _DECLARED.search(data[:1024])
    told = [name for name in (charset, declared[1].decode() if declared else "") if name]
    # A file that declares Latin-1 is really Windows-1252; browsers read it so, too.
    return _first_that_reads(data, ["utf-8", *(name for name in told if name.lower() not in _LATIN), "cp1252"])


def _decode(data: bytes, path: Path) -> str:
    text = decode(data)
    if text is None:
        raise PostError(path=path, why="is not text. A post is a Markdown (.md) or HTML (.html) file saved as UTF-8")
    return text


def _first_that_reads(data: bytes, encodings: list[str]) -> str | None:
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        return text if isinstance(text, str) and "\0" not in text else None
    return None


_SPACES = re.compile("[\u00a0\u202f\u2007]")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def normalise_text(text: str) -> str:
    """Make `text` NFC, with plain spaces and LF, without controls and without what could be read as a gap."""
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    return seal(unicodedata.normalize("NFC", _SPACES.sub(" ", text)))
