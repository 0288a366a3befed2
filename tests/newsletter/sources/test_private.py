"""What a document holds for its authors only never becomes part of a post, and is never repeated; it is counted."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

from newsletter.sources import Draft
from tests.enclosures import docx, zipped

CHANGE = 'w:id="1" w:author="Boss" w:date="2026-03-01T12:00:00Z"'


def run(words: str, look: str = "") -> str:
    return f'<w:r>{f"<w:rPr>{look}</w:rPr>" if look else ""}<w:t xml:space="preserve">{words}</w:t></w:r>'


def with_parts(document: bytes, more: Mapping[str, str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | {name: content.encode() for name, content in more.items()})


def word_of(body: str, *, comments: int = 0) -> bytes:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    said = "".join(
        f'<w:comment w:id="{n}" w:author="Boss"><w:p>{run(f"SECRET {n}")}</w:p></w:comment>' for n in range(comments)
    )
    styles = f'<w:styles {space}><w:style w:type="character" w:styleId="Ghostly"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    parts = {"word/comments.xml": f"<w:comments {space}>{said}</w:comments>", "word/styles.xml": styles}
    return with_parts(docx(body), parts)


WORD = {
    "a comment": (
        f'<w:p>{run("We meet.")}<w:commentRangeStart w:id="0"/>{run(" At noon.")}<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>',
        "We meet. At noon.",
        {"comment": "1 comment"},
    ),
    "a deletion": (
        f"<w:p>{run('We meet')}<w:del {CHANGE}><w:r><w:delText> SECRET</w:delText></w:r></w:del>{run('.')}</w:p>",
        "We meet.",
        {"tracked deletion": "1 tracked deletion"},
    ),
    "a move": (
        f"<w:p><w:moveFrom {CHANGE}>{run('Tell Ada.')}</w:moveFrom></w:p><w:p>{run('Tell Ben. ')}<w:moveTo {CHANGE}>{run('Tell Ada.')}</w:moveTo></w:p>",
        "Tell Ben. Tell Ada.",
        {},
    ),
    "a deleted row": (
        f"<w:tbl><w:tr><w:tc><w:p>{run('kept')}</w:p></w:tc></w:tr><w:tr><w:trPr><w:del {CHANGE}/></w:trPr><w:tc><w:p>{run('SECRET')}</w:p></w:tc></w:tr></w:tbl>",
        "kept",
        {"tracked deletion": "1 tracked deletion"},
    ),
    "hidden words": (
        f"<w:p>{run('We meet.')}{run(' SECRET words', '<w:vanish/>')}{run(' SECRET too', '<w:rStyle w:val=&quot;Ghostly&quot;/>'.replace('&quot;', chr(34)))}{run(' Bring cake.', '<w:vanish w:val=&quot;0&quot;/>'.replace('&quot;', chr(34)))}</w:p>",
        "We meet. Bring cake.",
        {"hidden text": "4 hidden text"},
    ),
    "a hint": (
        f"<w:p>{run('We meet.')}<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('SECRET Click here')}</w:sdtContent></w:sdt><w:sdt><w:sdtPr/><w:sdtContent>{run(' Bring cake.')}</w:sdtContent></w:sdt></w:p>",
        "We meet. Bring cake.",
        {},
    ),
}


@pytest.mark.parametrize("case", WORD)
def test_word_keeps_what_reviewers_wrote_to_itself(case: str, add: Callable[..., Draft]) -> None:
    body, kept, counted = WORD[case]
    draft = add(word_of(body, comments=int("comment" in counted)), "news.docx")
    assert " ".join(draft.body.split()) == kept
    assert {need.what: need.words for need in draft.needs if need.what != "title"} == counted
    assert "SECRET" not in f"{draft.body}{draft.needs}{draft.dropped}"


def test_a_formula_and_a_header_of_a_word_document_are_not_lost_without_a_word(add: Callable[..., Draft]) -> None:
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    fraction = f"<m:oMath {math}><m:f><m:num><m:r><m:t>total</m:t></m:r></m:num><m:den><m:r><m:t>people</m:t></m:r></m:den></m:f></m:oMath>"
    document = docx(f"<w:p>{run('Each pays ')}{fraction}{run('.')}</w:p>")
    header = f'<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p>{run("Draft of May")}</w:p></w:hdr>'
    draft = add(with_parts(document, {"word/header1.xml": header}), "news.docx")
    assert draft.body == "Each pays total/people.\n"
    assert any(need.what == "formula" for need in draft.needs)
    assert [left.words for left in draft.dropped] == ["Draft of May"]


GOOGLE = (
    '<html><head><style type="text/css">.c1{font-weight:700}.c2{font-style:italic}.c7{text-decoration:line-through}'
    '.c9{display:none}.c0{font-weight:400}</style></head><body class="c5 doc-content"><h1 class="c4"><span class="c0">Spring</span></h1>'
    '<p><span class="c0">Frogs are </span><span class="c0 c1">back</span><span class="c2"> and cold</span><span class="c7"> no</span>'
    '<sup><a href="#cmnt1" id="cmnt_ref1">[a]</a></sup><sup><a href="#ftnt1" id="ftnt_ref1">[1]</a></sup><span class="c9">SECRET</span>.</p>'
    '<hr><div><p><a href="#ftnt_ref1" id="ftnt1">[1]</a><span>&nbsp;Survey.</span></p></div>'
    '<div class="c8"><p><a href="#cmnt_ref1" id="cmnt1">[a]</a><span>SECRET one</span></p><p><span>SECRET more of it</span></p></div></body></html>'
)
WORD_PAGE = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><body><div class=WordSection1><p class=MsoNormal>We meet"
    "<a style='mso-comment-reference:B_1;mso-comment-date:20260303T1000'> at noon</a><span class=MsoCommentReference>"
    "<a class=msocomanchor href='#_msocom_1' name='_msoanchor_1'>[B1]</a><span style='mso-special-character:comment'>&nbsp;</span></span>"
    "<del cite='mailto:Boss' datetime='2026-03-03T10:00'> SECRET</del><ins cite='mailto:Boss' datetime='2026-03-03T10:00'> sharp</ins>."
    "<span style='display:none;mso-hide:all'>SECRET</span></p></div><div style='mso-element:comment-list'><hr class=msocomoff>"
    "<div style='mso-element:comment'><div id='_com_1' class=msocomtxt><p class=MsoCommentText>SECRET note</p></div></div></div></body></html>"
)


def test_google_docs_keeps_its_comments_and_its_styles_are_read(add: Callable[..., Draft]) -> None:
    draft = add(GOOGLE, "news.html")
    assert draft.title == "Spring"
    assert draft.body == "Frogs are **back** *and cold* ~~no~~[^1].\n\n---\n\n[^1]: Survey.\n"
    assert {need.what: need.words for need in draft.needs} == {"comment": "1 comment", "hidden text": "1 hidden text"}
    assert "SECRET" not in f"{draft.needs}{draft.dropped}"


def test_a_page_that_word_wrote_keeps_comments_and_deletions_to_itself(add: Callable[..., Draft]) -> None:
    draft = add(WORD_PAGE, "news.html")
    assert draft.body == "We meet at noon sharp.\n"
    assert {need.what for need in draft.needs} == {"title", "comment", "tracked deletion", "hidden text"}
    assert "SECRET" not in f"{draft.needs}{draft.dropped}"


def test_what_a_page_shows_as_struck_out_stays(add: Callable[..., Draft]) -> None:
    page = (
        "<!DOCTYPE html><html><body><article><h1>T</h1><p>"
        + "Words of a story. " * 10
        + "<del datetime='2026-03-03'>old</del></p></article></body></html>"
    )
    assert "~~old~~" in add(page, "page.html").body


def test_comments_below_a_text_go_with_their_marks(add: Callable[..., Draft]) -> None:
    for one, two in (("a", "b"), ("BL1", "BL2")):
        text = f"Spring\n\nFrogs are back[{one}] and clean, they say.[{two}]\n\nWe meet [soon] in May.\n\n[{one}]SECRET\n[{two}]SECRET too\n"
        draft = add(text, "news.txt")
        assert draft.body == "Frogs are back and clean, they say.\n\nWe meet \\[soon\\] in May.\n"
        assert [need.words for need in draft.needs] == ["2 comments"]


def test_lines_in_brackets_that_no_mark_asks_for_stay(add: Callable[..., Draft]) -> None:
    assert "\\[a\\] first" in add("Spring\n\nFrogs are back.\n\n[a] first\n[b] second\n", "news.txt").body


def test_marks_of_reviewing_in_markdown_are_read_as_if_accepted(add: Callable[..., Draft]) -> None:
    draft = add("# T\n\nWe {--SECRET--}{++love++} {~~SECRET~>old~~} frogs{>>SECRET<<} {==a lot==}.\n", "a.md")
    assert draft.body == "We love old frogs a lot.\n"
    assert {need.what: need.words for need in draft.needs} == {
        "comment": "1 comment",
        "tracked deletion": "2 tracked deletions",
    }


def test_each_comment_and_each_deletion_is_counted_once(add: Callable[..., Draft]) -> None:
    page = (
        "<html><body><p>It cost <del cite='mailto:Ben' datetime='2026-03-03'>9 <del cite='mailto:Ben'>or 8</del></del>7.</p>"
        "<div style='mso-element:comment-list'><div style='mso-element:comment'><p class=MsoCommentText>No.</p></div></div>"
        "</body></html>"
    )
    draft = add(page, "page.html")
    assert [need.words for need in draft.needs if need.what != "title"] == ["1 comment", "1 tracked deletion"]
    assert draft.body == "It cost 7.\n"
