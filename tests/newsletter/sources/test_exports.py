"""Exports and other bundles: each is read, or refused with what it is and what to do; none goes past its limits."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Choice, Draft, read_source
from newsletter.sources.acquire import acquire
from tests.enclosures import zipped
from tests.newsletter.sources.test_mails import PNG

ID = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


def bundle(**parts: object) -> bytes:
    return zipped({name: part if isinstance(part, bytes) else str(part).encode() for name, part in parts.items()})


NOTION = bundle(
    **{
        f"Spring {ID}.md": f"# Spring\n\nCreated: March 3, 2026\nTags: news\n\nFrogs are **back**.\n\n<aside>\n💡 Bring boots.\n\n</aside>\n\n- [ ] paint\n- [x] dry\n\n![The pond](Spring%20{ID}/pond.png)\n",
        f"Spring {ID}/pond.png": PNG,
        f"People {ID}.csv": "Name,Email\nAda,ada@example.org\n",
    }
)


def test_a_notion_export_is_read_through_the_zip_in_it(add: Callable[..., Draft]) -> None:
    draft = add(bundle(**{"Export-Part-1.zip": NOTION}), "notion.zip")
    [picture] = draft.enclosures
    assert (draft.kind, draft.title) == ("Notion export", "Spring")
    assert (
        draft.body
        == f"Frogs are **back**.\n\n> [!TIP]\n> Bring boots.\n\n- [ ] paint\n- [x] dry\n\n![The pond]({picture.name})\n"
    )
    assert [each.what for each in draft.dropped] == ["properties"]


def test_a_google_docs_zip_takes_its_pictures_along(add: Callable[..., Draft]) -> None:
    page = '<html><head></head><body class="doc-content"><h1>T</h1><p>Words.</p><p><img alt="A" src="images/image1.png"></p></body></html>'
    draft = add(bundle(**{"Spring.html": page, "images/image1.png": PNG}), "gdocs.zip")
    assert len(draft.enclosures) == 1
    assert f"![A]({draft.enclosures[0].name})" in draft.body
    assert draft.needs == ()


SUBSTACK = bundle(
    **{
        "posts.csv": "post_id,post_date,is_published,audience,title,subtitle\n12.pond,2026-03-03T10:00:00Z,true,everyone,Pond news,About frogs\n13.later,2026-04-03T10:00:00Z,false,everyone,Later,\n11.old,2026-01-03T10:00:00Z,true,only_paid,Old news,\n",
        "posts/12.pond.html": "<p>Words of the newest.</p>",
        "posts/13.later.html": "<p>Not yet.</p>",
        "posts/11.old.html": '<p>Words for all.</p><div class="paywall-jump" data-component-name="PaywallToDOM"></div><p>Words for some.</p>',
        "email_list.csv": "email\nSECRET@example.org\n",
    }
)


def test_a_substack_export_gives_its_newest_published_post(add: Callable[..., Draft]) -> None:
    draft = add(SUBSTACK, "substack.zip")
    assert (draft.title, draft.preheader, str(draft.date), draft.body) == (
        "Pond news",
        "About frogs",
        "2026-03-03",
        "Words of the newest.\n",
    )
    old = add(SUBSTACK, "substack.zip", Choice(title="old"))
    assert [need.what for need in old.needs] == ["paywall", "paywall"]


def test_a_ghost_export_gives_its_newest_published_post(add: Callable[..., Draft]) -> None:
    posts = [
        {
            "id": "1",
            "title": "Pond",
            "status": "published",
            "visibility": "public",
            "published_at": "2026-03-03T10:00:00.000Z",
            "lexical": "{}",
            "html": "<p>Frogs.</p><!--members-only--><p>More.</p>",
        },
        {"id": "2", "title": "Draft", "status": "draft", "lexical": "{}", "html": "<p>no</p>"},
    ]
    data = {
        "posts": posts,
        "posts_authors": [{"post_id": "1", "author_id": "7"}],
        "users": [{"id": "7", "name": "Ann", "email": "SECRET"}],
    }
    for content in (json.dumps({"db": [{"data": data}]}), json.dumps({"data": data})):
        draft = add(content, "ghost.json")
        assert (draft.kind, draft.title, draft.author, draft.body) == (
            "Ghost export",
            "Pond",
            "Ann",
            "Frogs.\n\nMore.\n",
        )
        assert [need.what for need in draft.needs] == ["paywall"]


def test_a_medium_export_gives_its_newest_post(add: Callable[..., Draft]) -> None:
    story = "The pond was cleaned on Saturday by forty people with rakes, and there was cake for all who came to help."
    page = f'<!DOCTYPE html><html><head><title>Pond</title></head><body><article class="h-entry"><header><h1 class="p-name">Pond</h1></header><section data-field="body" class="e-content"><h3 class="graf--title">Pond</h3><p>{story}</p></section><footer><p>Exported from Medium.</p></footer></article></body></html>'
    parts = {
        "README.html": "<html></html>",
        "posts/2026-03-03_Pond-0a1b2c3d4e5f.html": page,
        "posts/draft_X-aaaaaaaaaaaa.html": "<p>x</p>",
    }
    draft = add(bundle(**parts), "medium.zip")
    assert (draft.kind, draft.title, str(draft.date), draft.body) == (
        "Medium export",
        "Pond",
        "2026-03-03",
        f"{story}\n",
    )


def test_several_documents_ask_which_is_meant(add: Callable[..., Draft]) -> None:
    two = bundle(**{"a.md": "# A\n\nwords of a", "b.md": "# B\n\nwords of b"})
    with pytest.raises(SourceError, match=r"2 documents.*--title: 1\. a; 2\. b"):
        add(two, "two.zip")
    assert add(two, "two.zip", Choice(title="b")).title == "B"


REFUSED = {
    "a spreadsheet": (bundle(**{"xl/workbook.xml": "x"}), "is a spreadsheet"),
    "slides": (bundle(**{"ppt/presentation.xml": "x"}), "is a presentation"),
    "a book": (bundle(**{"mimetype": "application/epub+zip", "META-INF/container.xml": "x"}), "is an e-book"),
    "Pages": (bundle(**{"Index/Document.iwa": "x"}), "Export it as Word"),
    "pictures": (bundle(**{"a.png": PNG}), r"without a document \(png\)"),
    "data": (b'{"people": [1, 2]}', "is data"),
    "Outlook's mail": (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "__substg1.0_0037001F".encode("utf-16-le"), r"\.msg"),
    "a packed file": (b"\x1f\x8b\x08rest", "Unpack it"),
    "zips in zips": (
        bundle(**{"a.zip": bundle(**{"b.zip": bundle(**{"c.zip": bundle(**{"d.md": "x"})})})}),
        "deep in each other",
    ),
    "a bomb in a zip": (bundle(**{"a.zip": bundle(**{"a.md": b"\0" * 70_000_000})}), "that is no post"),
    "too many files": (
        bundle(
            **{
                "a.zip": bundle(**{f"{n}.md": "" for n in range(1500)}),
                "b.zip": bundle(**{f"b{n}.md": "" for n in range(1500)}),
            }
        ),
        "that is no post",
    ),
}


def test_what_is_no_post_is_refused_with_what_it_is(add: Callable[..., Draft]) -> None:
    for name, (content, why) in REFUSED.items():
        with pytest.raises(SourceError, match=why):
            add(content, f"{name}.bin")


def test_zips_share_one_limit(add: Callable[..., Draft], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.sources.archive.MOST_UNPACKED", 5_000)
    noise = [hashlib.shake_256(str(n).encode()).digest(2_000) for n in range(2)]  # which cannot be packed any smaller
    one = bundle(**{"noise.bin": noise[0], "a.md": "# A\n\nwords"})
    assert add(bundle(**{"a.zip": one}), "one.zip").title == "A"
    two = bundle(**{"noise.bin": noise[1], "b.txt": "words " * 100})
    with pytest.raises(SourceError, match="that is no post"):
        add(bundle(**{"a.zip": one, "b.zip": two, "c.zip": two}), "two.zip")


def test_a_saved_page_takes_along_what_lies_beside_it_and_nothing_else(tmp_path: Path) -> None:
    room = tmp_path / "room"
    (room / "Pond_files").mkdir(parents=True)
    (room / "Pond_files" / "pond.png").write_bytes(PNG)
    (room / "notes.txt").write_text("SECRET")
    (tmp_path / "outside.png").write_bytes(PNG + b"SECRET")
    (room / "link.png").symlink_to(tmp_path / "outside.png")
    story = "The pond was cleaned on Saturday by forty people with rakes, and there was cake for all who came to help."
    images = "".join(
        f'<p><img src="{src}" alt="x"></p>'
        for src in ("./Pond_files/pond.png", "notes.txt", "../outside.png", "link.png", str(tmp_path / "outside.png"))
    )
    page = f'<!DOCTYPE html><html><head><title>Pond</title><link rel="canonical" href="https://example.org/pond"></head><body><article><h1>Pond</h1><p>{story}</p>{images}</article></body></html>'
    (room / "Pond.html").write_text(page)
    draft = read_source(acquire(str(room / "Pond.html")))
    assert [each.content for each in draft.enclosures] == [PNG]
    assert f"![x]({draft.enclosures[0].name})" in draft.body


def test_a_page_saved_in_one_file_brings_its_pictures(add: Callable[..., Draft]) -> None:
    story = "The pond was cleaned on Saturday by forty people with rakes, and there was cake for all who came to help."
    page = f'<!DOCTYPE html><html><head><title>Pond</title></head><body><article class="entry-content"><h1>Pond</h1><p>{story}</p><img src="https://example.org/a.png" alt="A"></article></body></html>'
    mhtml = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/pond\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n"
        f"--x\nContent-Type: text/html\nContent-Location: https://example.org/pond\n\n{page}\n--x\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n"
        f"Content-Location: https://example.org/a.png\n\n{base64.b64encode(PNG).decode()}\n--x--\n"
    )
    draft = add(mhtml, "page.mhtml")
    assert (draft.kind, draft.title, draft.base_url) == ("saved page", "Pond", "https://example.org/pond")
    assert [each.content for each in draft.enclosures] == [PNG]
