"""A link to a document says what it is, and only what is what it says is given out."""

import pytest

from newsletter.publish import kinds
from newsletter.publish.label import label
from tests.enclosures import PDF, WORD, zipped

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512


@pytest.mark.parametrize(
    ("content", "suffix", "name"),
    [
        (PDF, ".pdf", "PDF"),
        (WORD, ".docx", "Word"),
        (zipped({"xl/workbook.xml": b"<x/>"}), ".xlsx", "Excel"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), ".odt", "ODT"),
        (OLD, ".doc", "Word"),
        (rb"{\rtf1 words}", ".rtf", "RTF"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", ".ics", "ICS"),
        (b"Annwyl bawb,\n", ".txt", "TXT"),
    ],
)
def test_a_document_is_known_by_what_it_holds(content: bytes, suffix: str, name: str) -> None:
    kind = kinds.recognise(content, suffix)
    assert isinstance(kind, kinds.DocumentKind), kind
    assert (kind.name, kind.suffix) == (name, suffix)
    assert kinds.GIVEN_OUT[suffix] is kind


@pytest.mark.parametrize(
    ("content", "suffix", "why"),
    [
        (b"<html><script>alert(1)</script>", ".pdf", "is not a PDF file"),
        (b"PK\x03\x04 and then nothing", ".docx", "is not a Word file"),
        (PDF, ".docx", "is really a PDF file. Rename it to end in .pdf"),
        (PDF, ".txt", "is really a PDF file. Rename it to end in .pdf"),
        (WORD, ".pdf", "is really a Word file. Rename it to end in .docx"),
        (zipped({"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"}), ".docx", "has macros in it"),
        (WORD, ".docm", "has macros in it"),
        (zipped({"a.txt": b"x"}), ".zip", "a kind of file that is not published"),
        (b"MZ\x90\0", ".exe", "a kind of file that is not published"),
        (b"#!/bin/sh\n", ".sh", "a kind of file that is not published"),
        (b"<script>", ".js", "a kind of file that is not published"),
        (b"\0\1\2", ".txt", "is not a TXT file"),
        (OLD, ".xyz", "a kind of file that is not published"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(content: bytes, suffix: str, why: str) -> None:
    assert why in str(kinds.recognise(content, suffix))


@pytest.mark.parametrize(
    ("size", "language", "said"),
    [
        (1, "en", "PDF, 1 KB"),
        (209_600, "en", "PDF, 210 KB"),
        (209_600, "cy", "PDF, 210 KB"),
        (999_700, "en", "PDF, 1 MB"),
        (1_240_000, "en", "PDF, 1.2 MB"),
        (1_240_000, "de-AT", "PDF, 1,2 MB"),
        (1_240_000, "fr", "PDF, 1,2\N{NO-BREAK SPACE}Mo"),
        (1_240_000, "tlh-Latn", "PDF, 1.2 MB"),
        (1_240_000, "tlh-at-all", "PDF, 1.2 MB"),
    ],
)
def test_a_size_is_written_as_the_language_writes_it(size: int, language: str, said: str) -> None:
    assert label("PDF", size, language).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}") == said
