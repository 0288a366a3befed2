"""Archives in which one part is damaged: the rest is read, and what is missing is said."""

import io
import zipfile
from collections.abc import Callable

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Draft
from newsletter.sources.archive import Damaged, ZipArchive
from tests.enclosures import docx, photograph

PNG = photograph(300, 200, "PNG")
PAGE = "<!doctype html><title>Spring</title><article><p>We planted trees.</p><img src='a.png' alt='Trees'></article>"


def packed(parts: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def damaged(content: bytes, name: str) -> bytes:
    """Return the zip file with rubbish where the packed bytes of the part `name` begin."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo(name)
    begin = info.header_offset + 30 + len(info.filename)
    size = min(12, info.compress_size)
    return content[:begin] + b"\xff" * size + content[begin + size :]


def test_whatever_is_wrong_with_a_part_is_said_in_our_words() -> None:
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        archive = ZipArchive(damaged(packed({"a.txt": b"word " * 500, "b.txt": b"well"}, kind), "a.txt"), "x.zip")
        with pytest.raises(Damaged, match="damaged"):
            archive.read("a.txt")
        assert archive.read_if_whole("a.txt") is None
        assert archive.read("b.txt") == b"well"


def test_a_bundle_with_a_damaged_picture_or_a_damaged_zip_in_it_is_read_all_the_same(
    add: Callable[..., Draft],
) -> None:
    picture = damaged(packed({"post.html": PAGE.encode(), "a.png": PNG}), "a.png")
    assert "We planted trees." in add(picture, "bundle.zip").body
    inner = packed({"more.pdf": b"x" * 500})
    for broken in (b"no zip at all", inner[: len(inner) // 2]):
        draft = add(packed({"post.html": PAGE.encode(), "a.png": PNG, "extra.zip": broken}), "bundle.zip")
        assert "We planted trees." in draft.body
        assert "extra.zip (damaged)" in [each.words for each in draft.dropped]
    draft = add(damaged(packed({"post.html": PAGE.encode(), "extra.zip": inner * 3}), "extra.zip"), "bundle.zip")
    assert "extra.zip (damaged)" in [each.words for each in draft.dropped]
    with pytest.raises(SourceError, match="damaged"):  # the post itself
        add(damaged(packed({"post.html": PAGE.encode() * 9}), "post.html"), "bundle.zip")


def test_a_word_document_with_a_damaged_picture_keeps_its_words(add: Callable[..., Draft]) -> None:
    words = "<w:p><w:r><w:t>We planted trees.</w:t></w:r></w:p>"
    with zipfile.ZipFile(io.BytesIO(docx(words))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    whole = packed(parts | {"word/media/image1.png": PNG * 20})
    draft = add(damaged(whole, "word/media/image1.png"), "news.docx")
    assert draft.body == "We planted trees.\n"
    assert [each.words for each in draft.needs if each.what == "image"] == ["word/media/image1.png"]
