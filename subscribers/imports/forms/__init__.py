"""A file of any format in, the lists in it out, each with its header understood. Raises UnreadableList.

    delimited   .csv .tsv .txt      workbook   .xlsx .ods       archive    .zip
    vcard       .vcf                json_text  .json .jsonl     pasted     a To: line, a member list
    decoding    bytes become text   sheet      text becomes records          limits     how much is unpacked

The format is recognised by the content of the file, not by its name.
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from subscribers.errors import UnreadableList
from subscribers.imports.forms import archive, delimited, json_text, vcard
from subscribers.imports.forms.decoding import copied, decoded, name_of
from subscribers.imports.forms.table import Table
from subscribers.imports.organiser_answers import NOTHING_SAID, OrganiserAnswers


@dataclass(frozen=True, slots=True)
class Opened:
    """The lists in a file, and its parts that are no lists: other sheets, other files."""

    tables: tuple[Table, ...]
    others: tuple[str, ...] = ()


@contextmanager
def open_list(file: BinaryIO, said: OrganiserAnswers = NOTHING_SAID) -> Iterator[Opened]:
    """Find the lists in `file`, which is copied first and stays open. Raises UnreadableList."""
    with ExitStack() as stack:
        source = stack.enter_context(copied(file))
        tables, others = _open(stack, source, name_of(file), said, outermost=True)
        yield Opened(tuple(tables), tuple(others))


def _open(
    stack: ExitStack, file: BinaryIO, name: str, said: OrganiserAnswers, outermost: bool = False
) -> tuple[list[Table], list[str]]:
    start = file.tell()
    head = file.read(512)
    file.seek(start)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_zip(stack, file, name, said, outermost)
    _refuse(head, _OTHERS, name, ", not text")
    text = decoded(file)
    begins = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    if begins.startswith(b"BEGIN:VCARD"):
        return [vcard.understood(text, name, said)], []
    if begins.startswith((b"{", b"[")):
        return [json_text.understood(text, name, said)], []
    _refuse(begins, _TEXTS, name)
    return [delimited.understood(text, name, said, PurePath(name).name)], []


def _open_zip(
    stack: ExitStack, file: BinaryIO, name: str, said: OrganiserAnswers, outermost: bool
) -> tuple[list[Table], list[str]]:
    kind = _kind_of_zip(file, name)
    if kind != "archive":
        # Imported only here, because it needs two libraries that most lists do not need.
        from subscribers.imports.forms import workbook

        return stack.enter_context(workbook.opened(file, name, said, kind))
    if not outermost:
        why = "it is an archive in an archive. Unpack the outer one, and import this"
        raise UnreadableList(file=name, why=why)
    return stack.enter_context(archive.opened(file, name, lambda into, one, inner: _open(into, one, inner, said)))


def _refuse(begins: bytes, kinds: Sequence[tuple[tuple[bytes, ...], str, str]], name: str, more: str = "") -> None:
    for signs, what, then in kinds:
        if begins.startswith(signs):
            raise UnreadableList(file=name, why=f"it is {what}{more}. {then}")


def _kind_of_zip(file: BinaryIO, name: str) -> str:
    start = file.tell()
    try:
        with zipfile.ZipFile(file) as packed:
            names = set(packed.namelist())
            mimetype = (
                packed.read("mimetype")[:100]
                if "mimetype" in names and packed.getinfo("mimetype").file_size < 1000
                else b""
            )
    except Exception as error:  # noqa: BLE001  # each compression has its own errors: zlib's, lzma's
        why = f"it is not text, but a damaged .zip or spreadsheet ({error}). Download or save it again"
        raise UnreadableList(file=name, why=why) from None
    file.seek(start)
    if b"opendocument.spreadsheet" in mimetype:
        return "OpenDocument spreadsheet"
    if "xl/workbook.xml" in names or any(each.startswith("xl/worksheets/") for each in names):
        return "Excel workbook"
    for sign, what, then in _ZIPPED:
        if sign in names or sign.encode() in mimetype:
            raise UnreadableList(file=name, why=f"it is {what}, not text. {then}")
    return "archive"


_TABLE = "Open it, copy the table into a spreadsheet, and save that as .xlsx or CSV"
_AS_CSV = "Open it and save it as .xlsx, or as CSV in UTF-8"
_ZIPPED = (
    ("word/document.xml", "a Word document", _TABLE),
    ("opendocument.text", "a text document", _TABLE),
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", _AS_CSV),
    ("Index/Document.iwa", "a Numbers or Pages document", "In Numbers: File → Export To → CSV"),
    ("Index.zip", "a Numbers or Pages document", "In Numbers: File → Export To → CSV"),
    ("ppt/presentation.xml", "a presentation", _TABLE),
)
_OTHERS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"\xd0\xcf\x11\xe0",), "an old Office file (.xls, .doc, .msg)", _AS_CSV),
    ((b"%PDF",), "a PDF", "A PDF cannot be read safely: ask for the list as .xlsx or CSV"),
    (
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM6"),
        "a picture",
        "Type the list into a spreadsheet, or ask for it as CSV",
    ),
    (
        (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ"),
        "an archive of another kind than .zip",
        "Unpack it, and import the list in it",
    ),
    ((b"SQLite format 3",), "a database", "Export the list from its program, as CSV"),
    (
        (b"!BDN",),
        "an Outlook data file (.pst)",
        "In Outlook: File → Open & Export → Import/Export → Export to a file → CSV",
    ),
    ((b"{\\rtf",), "a rich text document", _TABLE),
)
_TEXTS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"<!DOCTYPE", b"<HTML", b"<TABLE", b"<?XML", b"<HEAD", b"<BODY"), "a web page or XML", _TABLE),
    ((b"DN: ", b"DN:: ", b"VERSION: 1\nDN:"), "an LDIF address book", "Export it as CSV or vCard instead"),
    (
        (b"RETURN-PATH:", b"RECEIVED:", b"MIME-VERSION:", b"MESSAGE-ID:"),
        "a mail",
        "Copy its To: line into a text file, and import that",
    ),
    ((b"BEGIN:VCALENDAR",), "a calendar", "Export the contacts, not the calendar"),
)
