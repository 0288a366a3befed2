"""Which documents a link may lead to. In: a file's content, and the suffix of its name. Out: its Kind, or why not.

The content decides, never the name alone: a web page or a program that is named like a document must not be published
under our address.
"""

import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass

_MOST_PARTS = 5000


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document: the name that readers know, its suffix, its media type."""

    name: str
    suffix: str
    media_type: str
    shown: bool = False
    """Whether a browser shows it; other kinds are downloaded."""
    note: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ON_PHONES = "is a {} file, which many phones cannot show. Save it as PDF, which can be read everywhere"
_OLD = "is in an old Office format, which can carry viruses. Save it as PDF"

PDF = DocumentKind("PDF", ".pdf", "application/pdf", shown=True)
_BY_SUFFIX = {
    kind.suffix: kind
    for kind in (
        PDF,
        DocumentKind("Word", ".docx", f"{_OFFICE}wordprocessingml.document", note=_ON_PHONES.format("Word")),
        DocumentKind("Excel", ".xlsx", f"{_OFFICE}spreadsheetml.sheet"),
        DocumentKind(
            "PowerPoint", ".pptx", f"{_OFFICE}presentationml.presentation", note=_ON_PHONES.format("PowerPoint")
        ),
        DocumentKind("ODT", ".odt", f"{_OPEN}text", note=_ON_PHONES.format("OpenDocument")),
        DocumentKind("ODS", ".ods", f"{_OPEN}spreadsheet"),
        DocumentKind("ODP", ".odp", f"{_OPEN}presentation", note=_ON_PHONES.format("OpenDocument")),
        DocumentKind("Word", ".doc", "application/msword", note=_OLD),
        DocumentKind("Excel", ".xls", "application/vnd.ms-excel", note=_OLD),
        DocumentKind("PowerPoint", ".ppt", "application/vnd.ms-powerpoint", note=_OLD),
        DocumentKind("RTF", ".rtf", "application/rtf", note=_ON_PHONES.format("RTF")),
        DocumentKind("TXT", ".txt", "text/plain; charset=utf-8", shown=True),
        DocumentKind("CSV", ".csv", "text/csv; charset=utf-8"),
        DocumentKind("ICS", ".ics", "text/calendar; charset=utf-8"),
    )
}
SUFFIXES = frozenset(_BY_SUFFIX)
_PARTS = {"word/document.xml": ".docx", "xl/workbook.xml": ".xlsx", "ppt/presentation.xml": ".pptx"}
_OLD_ONES = (".doc", ".xls", ".ppt")
_PICTURES = {
    ".jpg": DocumentKind("", ".jpg", "image/jpeg", shown=True),
    ".png": DocumentKind("", ".png", "image/png", shown=True),
    ".gif": DocumentKind("", ".gif", "image/gif", shown=True),
}
GIVEN_OUT = _BY_SUFFIX | _PICTURES
"""By suffix, every kind of file that is ever published."""


def recognise(content: bytes, suffix: str) -> DocumentKind | str:
    """Return the kind of a document; or, as words that follow its name, why it is not published."""
    if suffix == ".docm" or (content.startswith(b"PK") and _has_macros(content)):
        return "has macros in it, which can carry viruses. Save it without them, or as PDF"
    found = by_content(content) or _old_or_text(content, suffix)
    if found is not None and found.suffix == suffix:
        return found
    if found is not None:
        return f"is really a {found.name} file. Rename it to end in {found.suffix}"
    if suffix in _BY_SUFFIX:
        return f"is not a {_BY_SUFFIX[suffix].name} file, although its name says so. Save it again"
    return "is a kind of file that is not published. Save it as PDF, or link to it on the web"


def by_content(content: bytes) -> DocumentKind | None:
    """Recognise a kind that the content alone reveals; None for others."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(rb"{\rtf"):
        return _BY_SUFFIX[".rtf"]
    if content.startswith(b"BEGIN:VCALENDAR"):
        return _BY_SUFFIX[".ics"]
    return _zipped(content) if content.startswith(b"PK\x03\x04") else None


def _old_or_text(content: bytes, suffix: str) -> DocumentKind | None:
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _BY_SUFFIX[suffix] if suffix in _OLD_ONES else None
    if suffix in (".txt", ".csv") and b"\0" not in content:
        return _BY_SUFFIX[suffix]
    return None


def _zipped(content: bytes) -> DocumentKind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > _MOST_PARTS:
                return None
            for part, suffix in _PARTS.items():
                if part in names:
                    return _BY_SUFFIX[suffix]
            if "mimetype" in names:
                with archive.open("mimetype") as said:
                    return _open_document(said.read(100))
    except _UNREADABLE:
        return None
    return None


def _open_document(media_type: bytes) -> DocumentKind | None:
    said = media_type.decode("ascii", "replace").strip()
    return next((kind for kind in _BY_SUFFIX.values() if kind.media_type == said), None)


def _has_macros(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.lower().endswith("vbaproject.bin") for name in archive.namelist()[:_MOST_PARTS])
    except _UNREADABLE:
        return False


_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, RuntimeError, NotImplementedError, ValueError, EOFError,
)  # fmt: skip
