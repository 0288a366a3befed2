"""Web pages and clipboards: the article is found, what surrounds it is left behind."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import base64
from collections.abc import Callable
from datetime import date

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Draft

PROSE = "<p>The garden opened on Monday, and more than forty people came with spades, seeds and cake for everyone.</p>"
PAGE = f"""<!DOCTYPE html><html lang="cy"><head><title>The garden opens | A blog</title>
<link rel="canonical" href="https://blog.example.org/2026/06/garden/">
<meta property="article:published_time" content="2026-06-03T10:00:00Z"><meta name="author" content="Gwen">
<meta name="description" content="Forty people and a cake."></head>
<body><nav><a href="/">Home</a></nav><h1>A blog</h1>
<article><h1>The garden opens</h1><div class="entry-content">{PROSE}
<h2>What next</h2><ol><li>Dig</li><li>Plant</li></ol><p>See <a href="/map">the map</a>, <em>please</em>.</p>
<table><tr><th>Day</th><th>Who</th></tr><tr><td>Monday</td><td>Ada</td></tr></table>
<figure><img data-src="/cake.jpg" alt="A cake"><figcaption>Cake</figcaption></figure>
<iframe src="https://www.youtube.com/embed/abcdef12345" title="Film"></iframe>
<div class="sharedaddy"><h3>Share this:</h3><a href="#">Twitter</a></div></div>
<footer>Posted by Gwen</footer></article>
<div id="comments"><h2>2 thoughts</h2><p>{"What brilliant news this is for all of us. " * 3}</p><form><input name="a"></form></div>
<img src="https://t.example/p.gif" width="1" height="1"><script>alert(1)</script></body></html>"""


def test_a_page_gives_its_article_and_its_facts(add: Callable[..., Draft]) -> None:
    draft = add(PAGE, "page.html")
    assert (draft.kind, draft.title, draft.author) == ("web page", "The garden opens", "Gwen")
    assert (draft.date, draft.language) == (date(2026, 6, 3), "cy")
    assert draft.preheader == "Forty people and a cake."
    assert draft.body.startswith("The garden opened on Monday")
    for kept in (
        "## What next",
        "1. Dig\n2. Plant",
        "[the map](https://blog.example.org/map)",
        "*please*",
        "| Monday | Ada |",
        "![A cake](https://blog.example.org/cake.jpg)",
        "https://www.youtube.com/watch?v=abcdef12345",
    ):
        assert kept in draft.body


def test_navigation_shares_comments_and_pixels_are_left_behind_and_quoted(add: Callable[..., Draft]) -> None:
    draft = add(PAGE, "page.html")
    for gone in ("Home", "Share this", "Posted by", "thoughts", "brilliant", "t.example", "alert", "A blog"):
        assert gone not in draft.body
    assert any("2 thoughts" in left.words for left in draft.dropped)
    assert any("Share this" in left.words for left in draft.dropped)


def test_a_page_that_names_no_part_of_itself_is_scored(add: Callable[..., Draft]) -> None:
    page = f"<html><body><div><a href='/a'>One</a> <a href='/b'>Two</a></div><div>{PROSE * 8}</div></body></html>"
    draft = add(page, "page.html")
    assert draft.body.count("The garden opened") == 8
    assert "[One]" not in draft.body


def test_a_right_to_left_page_stays_so(add: Callable[..., Draft]) -> None:
    body = add(f'<html dir="rtl"><body><article>{PROSE * 2}</article></body></html>', "page.html").body
    assert body.startswith('<div dir="rtl">\n\n')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("<html><meta charset=iso-8859-1><p>caf\xe9 \x80 5".encode("latin-1"), "café € 5"),
        ('<html><meta charset="iso-8859-2"><p>Łódź'.encode("iso-8859-2"), "Łódź"),
        ("\ufeff<html><p>ŵ".encode("utf-16-le"), "ŵ"),
        ("<html><p>w\u0302 a\u00a0b".encode(), "ŵ a b"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_was_written_in(add: Callable[..., Draft], data: bytes, words: str) -> None:
    assert words in add(data, "page.html").body


def test_double_breaks_are_paragraphs(add: Callable[..., Draft]) -> None:
    body = add("<div>one<br>two<br><br><b>three</b> four<br> <br><br>five</div>", "x.html").body
    assert body == "one\\\ntwo\n\n**three** four\n\nfive\n"


def test_what_google_docs_copies_has_no_false_bold_and_its_headings(add: Callable[..., Draft]) -> None:
    clip = (
        '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><h1 dir="ltr"><span '
        'style="font-weight:400">A title</span></h1><p><span style="font-weight:400">plain </span><span '
        'style="font-weight:700">bold</span><span style="font-style:italic"> leaning</span></p><br />'
        '<ul><li><p role="presentation"><span>one</span></p></li></ul></b>'
    )
    draft = add(clip)
    assert (draft.kind, draft.title) == ("clipboard HTML", "A title")
    assert draft.body == "plain **bold** *leaning*\n\n- one\n"


def test_what_word_copies_gets_its_lists_and_headings_back(add: Callable[..., Draft]) -> None:
    clip = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><!--StartFragment-->'
        "<p class=MsoNormal><b>What we did</b><o:p></o:p></p><p class=MsoNormal>We dug.</p>"
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·&nbsp;</span>one</p>"
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·&nbsp;</span>two</p>"
        '<p role="heading" aria-level="3">Thanks</p><!--EndFragment--></body></html>'
    )
    draft = add(clip)
    assert draft.body == "**What we did**\n\nWe dug.\n\n- one\n- two\n\n### Thanks\n"


def test_bold_lines_become_headings_where_there_are_none(add: Callable[..., Draft]) -> None:
    clip = "<p>First words.</p><p><b>What we did</b></p><p>We dug.</p><p><b>Next</b></p><p>We plant <b>trees</b>.</p>"
    assert add(clip).body == "First words.\n\n## What we did\n\nWe dug.\n\n## Next\n\nWe plant **trees**.\n"


def test_a_picture_inside_the_source_becomes_a_file(add: Callable[..., Draft]) -> None:
    data = base64.b64encode(b"\x89PNG not really").decode()
    draft = add(f'<p>Words</p><img alt="a" src="data:image/png;base64,{data}">')
    assert draft.enclosures[0].content == b"\x89PNG not really"
    assert f"![a]({draft.enclosures[0].name})" in draft.body
    assert "data:" not in draft.body


def test_links_that_lead_nowhere_and_pictures_without_words_are_for_a_human(add: Callable[..., Draft]) -> None:
    draft = add(
        "<p>See <a>the letter</a>, <a href='javascript:void(0)'>this</a>, <a href='map'>map</a>.</p><img src=a.png>"
    )
    assert {(need.what, need.words.split()[0]) for need in draft.needs} >= {
        ("link", "the"),
        ("link", "this"),
        ("link", "map"),
        ("image", "a.png"),
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0old", "old kind"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"", "empty"),
        (b"<html><body></body></html>", "no words"),
        (b"\x00\x01\x02", "not text"),
    ],
)
def test_what_cannot_become_a_post_is_refused_with_the_way_out(
    add: Callable[..., Draft], data: bytes, words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        add(data)


def test_what_scoring_loses_between_two_pieces_of_the_story_is_kept(add: Callable[..., Draft]) -> None:
    words = "Words of a story that goes on for quite a while, so that it is one, with commas, and more of it. " * 3
    links = "".join(f"<li><a href='https://e.example/{n}'>Another page of ours {n}</a></li>" for n in range(6))
    page = (
        f"<html><title>T</title><body><div id=x><b>Bold</b> loose words<p>{words}</p>"
        f"<ul><i>You did not try <a href='https://e.example/'>this</a>!</i></ul><p>{words}</p><ul>{links}</ul><p>{words}</p></div></body></html>"
    )
    draft = add(page, "p.html")
    assert "You did not try [this](https://e.example/)!" in draft.body
    assert "loose" not in draft.body
    assert "Another page" not in draft.body


def test_an_address_loses_marks_that_nobody_sees(add: Callable[..., Draft]) -> None:
    page = "<p>Do <a href='\u200b\u200bhttps://e.example/a\u200b'>this</a> and <a href='%E2%80%8Bhttps://e.example/b'>that</a></p>"
    assert add(page).body == "Do [this](https://e.example/a) and [that](https://e.example/b)\n"


def test_a_button_among_words_stays_a_link(add: Callable[..., Draft]) -> None:
    assert (
        add("<p>Do <a class=btn href='https://e.example/'>sign</a> it</p>").body == "Do [sign](https://e.example/) it\n"
    )
    assert add("<p>Do.</p><p><a class=btn href='https://e.example/'>Sign</a></p>").body.endswith(
        "[**Sign**](https://e.example/)\n"
    )


def test_a_heading_called_related_with_a_story_behind_it_is_the_authors(add: Callable[..., Draft]) -> None:
    prose = "<p>We wrote to the council about the ferry, and it answered us at some length.</p>"
    page = f"<html><title>T</title><body><article>{prose * 3}<h2>Related</h2>{prose * 3}</article></body></html>"
    assert "## Related" in add(page, "p.html").body


def test_a_heading_that_only_sounds_like_a_byline_is_kept(add: Callable[..., Draft]) -> None:
    page = f"<html><title>T</title><body><article><h2>By the sea</h2><p>By Ann Rees</p><p>{'We met. ' * 20}</p></article></body></html>"
    assert add(page, "p.html").body.startswith("## By the sea\n\nWe met.")


def test_an_author_who_says_share_in_a_sentence_is_heard(add: Callable[..., Draft]) -> None:
    page = f"<html><title>T</title><body><article><p>{'We met. ' * 20}</p><p>Share this page with a friend, please.</p></article></body></html>"
    assert "Share this page with a friend, please." in add(page, "p.html").body


def test_a_page_without_a_body_is_read_whatever_opens_it(add: Callable[..., Draft]) -> None:
    for opening in ("article", "main", "section", "pond-page", "header"):
        for head in ("<title>Pond</title>", "<html><head><title>Pond</title>", "<head><meta charset=utf-8>"):
            page = f"<!doctype html>{head}<{opening}><p>Frogs are back.</p></{opening}>and toads<p>Bring a rake.</p>"
            draft = add(page, "page.html")
            seen = draft.body + " ".join(left.words for left in draft.dropped)
            for words in ("Frogs are back.", "and toads", "Bring a rake."):
                assert seen.count(words) == 1, (opening, head, words)


@pytest.mark.parametrize(
    ("base", "url", "whole"),
    [
        ("", "https://news.example.org/2026/pond", "https://news.example.org/2026/map"),
        ("/files/", "https://news.example.org/2026/pond", "https://news.example.org/files/map"),
        ("https://files.example.org/", "", "https://files.example.org/map"),
        ("", "", "https://blog.example.org/map"),
        ("/files/", "", "https://blog.example.org/map"),
    ],
)
def test_a_relative_link_is_completed_as_a_browser_does(
    base: str, url: str, whole: str, add: Callable[..., Draft]
) -> None:
    """An address that the page states counts only where it is not known whence it came."""
    head = f'<base href="{base}">' if base else ""
    stated = '<link rel="canonical" href="https://blog.example.org/pond">'
    page = f"<html><head>{head}{stated}</head><body><article>{PROSE}<p>See <a href='map'>the map</a>.</p></article></body></html>"
    assert f"[the map]({whole})" in add(page, "page.html", url=url).body
