"""What stands beside a post gets an address, and a mail says what it leads to."""

from pathlib import Path
from typing import Any

import pytest
from lxml.html import document_fromstring

from newsletter.compiler import CompiledEmail, Severity
from newsletter.publish import shelf
from tests.enclosures import PDF, WORD
from tests.newsletter.publish.conftest import ADDRESS, Compile, Draw


def link(email: CompiledEmail, words: str) -> Any:
    found: list[Any] = list(document_fromstring(email.html).iter("a"))
    return next(each for each in found if words in each.text_content())


def images(email: CompiledEmail) -> list[Any]:
    return list(document_fromstring(email.html).iter("img"))


def errors(email: CompiledEmail) -> list[str]:
    return [f"{each.line}: {each.message}" for each in email.findings if each.severity is Severity.ERROR]


def test_a_link_to_a_document_says_what_it_is_in_both_parts(compiled: Compile) -> None:
    email = compiled("Read [our letter of 4 June](letter.pdf) to them.", {"letter.pdf": PDF})
    (file,) = email.published
    assert file.address == f"{ADDRESS}/{file.name}"
    assert shelf.NAME.fullmatch(file.name)
    assert file.name.startswith("letter-")
    assert link(email, "our letter").text_content() == "our letter of 4 June (PDF, 209 KB)"
    assert link(email, "our letter").get("href") == file.address
    assert f"our letter of 4 June (PDF, 209 KB) <{file.address}>" in " ".join(email.text.split())
    assert not email.findings


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("the letter (PDF)", "the letter (PDF) (209 KB)"),
        ("the letter (PDF, 209 KB)", "the letter (PDF, 209 KB)"),
        ("the **letter**", "the letter (PDF, 209 KB)"),
        ("**the letter** ", "the letter (PDF, 209 KB)"),
    ],
)
def test_what_the_author_says_of_a_document_is_not_said_twice(compiled: Compile, words: str, said: str) -> None:
    email = compiled(f"Read [{words}](letter.pdf) now.", {"letter.pdf": PDF})
    assert link(email, "letter").text_content() == said


def test_a_button_to_a_document_says_it_too(compiled: Compile) -> None:
    email = compiled("**[Read our letter](letter.pdf)**", {"letter.pdf": PDF})
    assert link(email, "letter").text_content() == "Read our letter (PDF, 209 KB)"
    assert "button" in email.html


def test_three_appendices_beside_a_post_are_three_links(compiled: Compile) -> None:
    body = "- [Appendix 1](a1.pdf)\n- [Appendix 2](letters/a2.docx)\n- [Appendix 3](<letters/Llythyr Siân.pdf>)\n"
    files = {"a1.pdf": PDF, "letters/a2.docx": WORD, "letters/Llythyr Siân.pdf": PDF + b"x"}
    email = compiled(body, files, "language: cy\n")
    assert [file.label.partition(",")[0] for file in email.published] == ["PDF", "Word", "PDF"]
    assert [file.name.rpartition("-")[0] for file in email.published] == ["a1", "a2", "llythyr-sian"]
    assert not errors(email)
    notes = [each for each in email.findings if each.severity is Severity.NOTE]
    assert [(each.line, "Word file" in each.message) for each in notes] == [(6, True)]


def test_a_name_spelt_with_loose_accents_is_found(compiled: Compile) -> None:
    assert compiled("[Llythyr](<Llythyr Siân.pdf>)", {"Llythyr Sia\N{COMBINING CIRCUMFLEX ACCENT}n.pdf": PDF}).published


def test_a_fragment_goes_along_and_a_query_does_not(compiled: Compile) -> None:
    email = compiled("[Page 3](letter.pdf?v=2#page=3)", {"letter.pdf": PDF})
    assert link(email, "Page 3").get("href") == f"{email.published[0].address}"
    assert email.published[0].address.endswith(".pdf#page=3")


def test_a_picture_is_published_small_with_its_real_width(compiled: Compile, draw: Draw) -> None:
    files = {
        "large.jpg": draw(2000, 1500),
        "icon.png": draw(120, 90, "PNG"),
        "from-the-web.webp": draw(800, 600, "WEBP"),
    }
    body = (
        "![All of us](large.jpg)\n\n![A leaf](icon.png)\n\n![The hall](from-the-web.webp)\n\n"
        '<img src="large.jpg" alt="Us again" width="300">'
    )
    email = compiled(body, files)
    assert [image.get("width") for image in images(email)] == ["552", "120", "552", "300"]
    assert all(image.get("src").startswith(f"{ADDRESS}/") for image in images(email))
    assert {file.name.rpartition(".")[2] for file in email.published} <= {"jpg", "png"}
    assert len(email.published) == 3
    assert max(len(file.content) for file in email.published) <= 200_000
    assert "data:" not in email.html + email.text
    assert not email.findings


def test_a_picture_behind_a_link_is_larger_and_as_clean(compiled: Compile, draw: Draw) -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
    email = compiled("[![The poster](poster.jpg)](poster.jpg)", {"poster.jpg": draw(3000, 2000, exif=exif)})
    assert max(file.width for file in email.published) > 1200
    assert len({file.name for file in email.published}) == 2
    assert not any(b"Exif" in file.content for file in email.published)


def test_the_picture_at_the_top_may_stand_beside_the_post_too(compiled: Compile, draw: Draw) -> None:
    email = compiled("Words.", {"top.jpg": draw(1300, 700)}, "image: top.jpg\n")
    assert [(image.get("src"), image.get("width")) for image in images(email)] == [(email.published[0].address, "552")]


def test_a_small_picture_at_the_top_is_not_blown_up(compiled: Compile, draw: Draw) -> None:
    email = compiled("Words.", {"top.png": draw(240, 100, "PNG")}, "image: top.png\n")
    assert [image.get("width") for image in images(email)] == ["240"]


@pytest.mark.parametrize(
    ("body", "line", "why"),
    [
        ("Words.\n\n[the letter](gone.pdf)", 6, "there is no file “gone.pdf” beside the post. Put it there"),
        ("Words.\n\n![us](photo.jpg)", 6, "there is no file “photo.jpg” beside the post. Put it there"),
        ("Words.\n\n![us](<my photo.jpg>)", 6, "there is no file “my photo.jpg”"),
        ("[the letter](LETTER.PDF)", 4, "but there is “Letter.pdf”"),
        ("[the letter](notes.pdf)", 4, "“notes.pdf” is not a PDF file, although its name says so"),
        ("[the letter](letter.html)", 4, "“letter.html” is really a PDF file. Rename it to end in .pdf"),
        ("[the folder](folder.pdf)", 4, "is a folder"),
        ("[the letter](empty.pdf)", 4, "is empty"),
        ("![us](drawing.svg)", 4, "“drawing.svg” is a drawing (SVG), which mail programs do not show. Save it as PNG"),
        ("[all](all.zip)", 4, "is a kind of file that is not published"),
    ],
)
def test_what_cannot_be_published_is_an_error_on_its_line(compiled: Compile, body: str, line: int, why: str) -> None:
    files = {
        "Letter.pdf": PDF,
        "letter.html": PDF,
        "notes.pdf": b"notes",
        "empty.pdf": b"",
        "folder.pdf/x": b"x",
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "all.zip": b"PK\x03\x04",
    }
    email = compiled(body, files)
    (error,) = errors(email)
    assert error.startswith(f"{line}: ")
    assert why in error
    assert not email.published


def test_with_a_base_url_a_file_beside_the_post_wins_and_the_rest_is_on_the_web(compiled: Compile) -> None:
    email = compiled(
        "[ours](letter.pdf) [theirs](other.pdf) [up](../up.pdf) [page](page.html)",
        {"letter.pdf": PDF, "page.html": b"<p>Words"},
        "base_url: https://example.org/blog/2026/\n",
    )
    assert link(email, "ours").get("href") == email.published[0].address
    assert link(email, "theirs").get("href") == "https://example.org/blog/2026/other.pdf"
    assert link(email, "up").get("href") == "https://example.org/blog/up.pdf"
    assert link(email, "page").get("href") == "https://example.org/blog/2026/page.html"
    assert not email.findings


def test_what_is_on_the_shelf_is_not_made_again(compiled: Compile, draw: Draw, tmp_path: Path) -> None:
    first = compiled("![us](us.jpg)", {"us.jpg": draw(2000, 1500)})
    (path,) = shelf.put(tmp_path / "published", [(file.name, file.content) for file in first.published])
    before = path.stat()
    second = compiled("![us](us.jpg)")
    assert second == first
    shelf.put(tmp_path / "published", [(file.name, file.content) for file in second.published])
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_another_content_under_the_same_name_is_another_file(compiled: Compile) -> None:
    first = compiled("[the letter](letter.pdf)", {"letter.pdf": PDF})
    second = compiled("[the letter](letter.pdf)", {"letter.pdf": PDF + b"and more"})
    assert first.published[0].name != second.published[0].name
    assert compiled("[the letter](letter.pdf)", {"letter.pdf": PDF}).published == first.published
