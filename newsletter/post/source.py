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
    return normalise(_decode(_read(path), path))


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PostError(path=path, why="is a folder. Name the file of one post")
        if path.stat().st_size > MOST_BYTES:
            raise PostError(path=path, why=f"is larger than {MOST_BYTES // 1_000_000} MB; that is not a post")
        return path.read_bytes()
    except FileNotFoundError:
        raise PostError(path=path, why="there is no such file") from None
    except OSError as error:
        raise PostError(path=path, why=f"cannot be read: {error.strerror}") from None


_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _decode(data: bytes, path: Path) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _as_text(data[len(mark) :], [encoding], path)
    declared = _DECLARED.search(data[:1024])
    return _as_text(data, ["utf-8", *([declared[1].decode()] if declared else []), "cp1252"], path)


def _as_text(data: bytes, encodings: list[str], path: Path) -> str:
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if isinstance(text, str) and "\0" not in text:
            return text
        break
    raise PostError(path=path, why="is not text. A post is a Markdown (.md) or HTML (.html) file saved as UTF-8")


_SPACES = re.compile("[\u00a0\u202f\u2007]")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def normalise(text: str) -> str:
    """Make `text` NFC, with plain spaces and LF, without controls and without what could be read as a gap."""
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    return seal(unicodedata.normalize("NFC", _SPACES.sub(" ", text)))
