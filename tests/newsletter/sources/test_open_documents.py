"""OpenDocument texts: what they say by style, and what they hold for their authors only."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from collections.abc import Callable

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Draft
from tests.enclosures import zipped
from tests.newsletter.sources.test_mails import PNG

SPACES = " ".join(
    f'xmlns:{short}="{space}"'
    for short, space in {
        **{name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "text", "style", "table")},
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)
STYLES = (
    '<office:automatic-styles><style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="B2" style:family="text" style:parent-style-name="B"><style:text-properties fo:font-style="italic"/></style:style>'
    '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1"/><text:list-level-style-bullet text:level="2"/></text:list-style></office:automatic-styles>'
)
TEXT = (
    '<text:tracked-changes><text:changed-region text:id="c"><text:deletion><text:p>SECRET</text:p></text:deletion></text:changed-region></text:tracked-changes>'
    '<text:h text:outline-level="1">Pond news</text:h>'
    '<text:p>Frogs are <text:span text:style-name="B">back</text:span> and <text:span text:style-name="B2">cold</text:span><office:annotation><dc:creator>Boss</dc:creator><text:p>SECRET</text:p></office:annotation>'
    ' <text:change text:change-id="c"/>here<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Survey.</text:p></text:note-body></text:note>.'
    ' <text:span text:style-name="H">SECRET</text:span><text:a xlink:href="https://www.google.com/url?q=https://example.org/s">Sign</text:a></text:p>'
    '<text:list text:style-name="L"><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>a</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>'
    '<text:p><draw:frame><draw:image xlink:href="Pictures/1.png"/><svg:desc>The pond</svg:desc></draw:frame></text:p>'
)
MIME = "application/vnd.oasis.opendocument.text"


def odt(text: str, more: dict[str, bytes] | None = None) -> bytes:
    content = f"<office:document-content {SPACES}>{STYLES}<office:body><office:text>{text}</office:text></office:body></office:document-content>"
    return zipped(
        {
            "mimetype": MIME.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": b"<m/>",
            "Pictures/1.png": PNG,
        }
        | (more or {})
    )


def test_a_text_keeps_its_styles_lists_notes_and_pictures_and_no_secret(add: Callable[..., Draft]) -> None:
    draft = add(odt(TEXT), "pond.odt")
    [picture] = draft.enclosures
    assert (draft.kind, draft.title) == ("OpenDocument text", "Pond news")
    assert draft.body == (
        "Frogs are **back** and ***cold*** here[^1]. [Sign](https://example.org/s)\n\n1. one\n   - a\n2. two\n\n"
        f"![The pond]({picture.name})\n\n[^1]: Survey.\n"
    )
    assert {need.what for need in draft.needs} == {"comment", "tracked deletion", "hidden text"}
    assert "SECRET" not in f"{draft.needs}{draft.dropped}"


def test_a_flat_text_is_read_too(add: Callable[..., Draft]) -> None:
    flat = f'<?xml version="1.0"?><office:document {SPACES} office:mimetype="{MIME}"><office:body><office:text><text:p>Words.</text:p></office:text></office:body></office:document>'
    assert add(flat, "pond.fodt").body == "Words.\n"


def test_what_is_no_text_or_locked_or_declares_entities_is_refused(add: Callable[..., Draft]) -> None:
    sheet = zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {SPACES}/>".encode(),
            "META-INF/manifest.xml": b"<m/>",
        }
    )
    locked = odt("<text:p>x</text:p>", {"META-INF/manifest.xml": b"<m><encryption-data/></m>"})
    evil = odt("x", {"content.xml": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>'})
    for content, why in ((sheet, "no text"), (locked, "locked"), (evil, "entities"), (odt(""), "no words")):
        with pytest.raises(SourceError, match=why):
            add(content, "x.odt")


def test_elements_without_end_are_refused(add: Callable[..., Draft]) -> None:
    with pytest.raises(SourceError, match=r"deep|cannot be read"):
        add(odt("<text:section>" * 300 + "<text:p>x</text:p>" + "</text:section>" * 300), "x.odt")
