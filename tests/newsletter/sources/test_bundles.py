"""Word documents, feeds, WordPress exports, Markdown folders, mails."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import base64
from collections.abc import Callable
from datetime import date

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Choice, Draft
from tests.enclosures import docx


def paragraph(text: str, style: str = "", bold: bool = False) -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}<w:t>{text}</w:t></w:r></w:p>"


def test_a_word_document_keeps_headings_emphasis_and_tables(add: Callable[..., Draft]) -> None:
    cells = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("Day", "Who"))
    body = (
        paragraph("What we did", "Heading1") + paragraph("We dug.", bold=True) + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    )
    draft = add(docx(body), "news.docx")
    assert (draft.kind, draft.title) == ("Word document", "What we did")
    assert "**We dug.**" in draft.body
    assert "| Day | Who |" in draft.body


def test_bold_paragraphs_of_a_word_document_are_its_headings(add: Callable[..., Draft]) -> None:
    body = paragraph("We met.") + paragraph("Next steps", bold=True) + paragraph("We dig.")
    assert add(docx(body)).body == "We met.\n\n## Next steps\n\nWe dig.\n"


CHANGE = 'w:id="1" w:author="Gwen" w:date="2026-03-01T12:00:00Z"'
TRACKED = f"""
<w:p><w:r><w:t xml:space="preserve">We meet on </w:t></w:r><w:del {CHANGE}><w:r><w:delText>Monday</w:delText></w:r></w:del>
<w:ins {CHANGE}><w:r><w:t>Tuesday</w:t></w:r><w:del {CHANGE}><w:r><w:delText> or so</w:delText></w:r></w:del></w:ins>
<w:r><w:t xml:space="preserve"> at noon.</w:t></w:r></w:p>
<w:p><w:pPr><w:rPr><w:del {CHANGE}/></w:rPr></w:pPr><w:del {CHANGE}><w:r><w:delText>A secret.</w:delText></w:r></w:del></w:p>
<w:p><w:pPr><w:rPr><w:ins {CHANGE}/></w:rPr></w:pPr><w:ins {CHANGE}><w:r><w:t>Bring a spade.</w:t></w:r></w:ins></w:p>
<w:p><w:moveFrom {CHANGE}><w:r><w:t>Tell Ada.</w:t></w:r></w:moveFrom></w:p>
<w:p><w:r><w:t xml:space="preserve">Tell Ben. </w:t></w:r><w:moveTo {CHANGE}><w:r><w:t>Tell Ada.</w:t></w:r></w:moveTo></w:p>
<w:p><w:pPr><w:rPr><w:del {CHANGE}/></w:rPr></w:pPr><w:r><w:t xml:space="preserve">Two become </w:t></w:r></w:p>{paragraph("one.")}
"""


def test_changes_somebody_tracked_in_word_are_read_as_if_accepted(add: Callable[..., Draft]) -> None:
    assert add(docx(TRACKED), "news.docx").body.split("\n\n") == [
        "We meet on Tuesday at noon.",
        "Bring a spade.",
        "Tell Ben. Tell Ada.",
        "Two become one.\n",
    ]


def test_a_zip_that_is_no_document_is_refused(add: Callable[..., Draft]) -> None:
    with pytest.raises(SourceError, match="damaged"):
        add(b"PK\x03\x04 and so on", "x.docx")


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Blog</title><link>https://blog.example.org/</link>
<item><title>Old</title><pubDate>Mon, 01 Jun 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;Old words&lt;/p&gt;</description></item>
<item><title>New &amp;amp; good</title><link>https://blog.example.org/new/</link><pubDate>Wed, 03 Jun 2026 10:00:00 GMT</pubDate>
<description>short</description><content:encoded><![CDATA[<p>New <a href="/map">map</a></p>]]></content:encoded></item>
</channel></rss>"""  # fmt: skip


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="iso-8859-1"?>'])
def test_a_feed_that_declares_no_encoding_is_utf_8(add: Callable[..., Draft], declared: str) -> None:
    entry = "<entry><title>Gŵyl</title><author><name>Siân</name></author><content>Hŵrê.</content></entry>"
    atom = f'{declared}<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>{entry}</feed>'
    draft = add(atom.encode("iso-8859-1", "xmlcharrefreplace") if "iso" in declared else atom, "feed.xml")
    assert (draft.title, draft.author, draft.body) == ("Gŵyl", "Siân", "Hŵrê.\n")


def test_the_newest_entry_of_a_feed_is_taken_with_its_whole_text(add: Callable[..., Draft]) -> None:
    draft = add(RSS, "feed.xml")
    assert (draft.kind, draft.title, draft.date) == ("feed", "New & good", date(2026, 6, 3))
    assert draft.body == "New [map](https://blog.example.org/map)\n"


@pytest.mark.parametrize("choice", [Choice(number=2), Choice(title="old")])
def test_another_entry_can_be_chosen(add: Callable[..., Draft], choice: Choice) -> None:
    assert add(RSS, choice=choice).body == "Old words\n"


@pytest.mark.parametrize("choice", [Choice(number=3), Choice(title="never")])
def test_a_choice_that_is_not_there_lists_those_that_are(add: Callable[..., Draft], choice: Choice) -> None:
    with pytest.raises(SourceError, match=r"1\. New & good; 2\. Old"):
        add(RSS, choice=choice)


def test_an_atom_feed_is_read_too(add: Callable[..., Draft]) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>B</title><entry><title>T</title>'
        '<updated>2026-06-03T10:00:00Z</updated><content type="html">&lt;p&gt;Words&lt;/p&gt;</content></entry></feed>'
    )
    assert add(atom).body == "Words\n"


def test_a_feed_that_holds_only_a_teaser_says_where_the_rest_is(add: Callable[..., Draft]) -> None:
    item = "<item><title>T</title><link>https://b.example/t</link><description>It began [&#8230;]</description></item>"
    draft = add(f'<rss version="2.0"><channel>{item}</channel></rss>')
    assert any("newsletter post add https://b.example/t" in need.remedy for need in draft.needs)
    assert not add(RSS, "feed.xml").needs


WXR = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>
<item><title>Classic</title><link>https://blog.example.org/classic/</link><dc:creator>gwen</dc:creator>
<content:encoded><![CDATA[First line
second line

[caption id="a" width="300"]<img src="/cake.jpg" alt="A cake"> The cake[/caption]

https://www.youtube.com/watch?v=abcdef12345

[gallery ids="1,2"] and [not a code]
<ul>
<li>one</li>
</ul>]]></content:encoded><wp:post_date>2026-06-01 10:00:00</wp:post_date><wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item>
<item><title>Blocks</title><content:encoded><![CDATA[<!-- wp:paragraph -->
<p>Words of
blocks</p>
<!-- /wp:paragraph -->]]></content:encoded><wp:post_date>2026-05-01 10:00:00</wp:post_date><wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item>
<item><title>Not yet</title><content:encoded>Draft words</content:encoded><wp:post_date>2026-07-01 10:00:00</wp:post_date><wp:post_type>post</wp:post_type><wp:status>draft</wp:status></item>
</channel></rss>"""


def test_a_wordpress_post_gets_the_paragraphs_and_figures_wordpress_would_make(add: Callable[..., Draft]) -> None:
    draft = add(WXR, "export.xml")
    assert (draft.kind, draft.title, draft.author, draft.date) == (
        "WordPress export",
        "Classic",
        "gwen",
        date(2026, 6, 1),
    )
    assert "First line\\\nsecond line\n\n" in draft.body
    assert "![A cake](https://blog.example.org/cake.jpg)\n\n*The cake*" in draft.body
    assert '<iframe src="https://www.youtube.com/watch?v=abcdef12345"></iframe>' in draft.body
    assert "- one" in draft.body


def test_a_shortcode_nobody_can_fill_is_left_out_and_reported(add: Callable[..., Draft]) -> None:
    draft = add(WXR, "export.xml")
    assert "gallery" not in draft.body
    assert "not a code" in draft.body
    assert any(need.what == "shortcode" and "gallery" in need.words for need in draft.needs)


def test_a_title_chooses_also_among_drafts_and_blocks(add: Callable[..., Draft]) -> None:
    assert add(WXR, choice=Choice(title="blocks")).body == "Words of blocks\n"
    assert add(WXR, choice=Choice(title="not yet")).body == "Draft words\n"


JEKYLL = """---
title: >
  A folded
  title
date: 2026-06-03 10:00:00 GMT
authors: [Gwen, Ada]
excerpt: In short
tags:
  - a
---
{% image "img/cake.jpg" "A cake" %}

Go [on]({{ "/map/" | url }}) or {{ site.baseurl }}home. {.intro}

{% raw %}{{ kept }}{% endraw %} and `{{ code }}` and {% include form.html %}

{% highlight python %}
print("{{ x }}")
{% endhighlight %}

{{< youtube abcdef12345 >}}
"""


def test_a_post_of_a_markdown_folder_loses_what_only_its_site_could_fill(add: Callable[..., Draft]) -> None:
    draft = add(JEKYLL, "2026-06-03-a.md")
    assert (draft.title, draft.author, draft.date) == ("A folded title", "Gwen, Ada", date(2026, 6, 3))
    assert draft.preheader == "In short"
    assert "![A cake](/img/cake.jpg)" in draft.body
    assert "[on](/map/) or home." in draft.body
    assert "{{ kept }} and `{{ code }}` and" in draft.body
    assert '```python\nprint("{{ x }}")\n```' in draft.body
    assert "https://www.youtube.com/watch?v=abcdef12345" in draft.body
    assert "{.intro}" not in draft.body
    assert [left.words for left in draft.dropped] == ["{% include form.html %}"]


@pytest.mark.parametrize(
    "text",
    ['+++\ntitle = "T"\ndate = 2026-06-03\n+++\nWords\n', '{\n"title": "T", "date": "2026-06-03"}\nWords\n'],
)
def test_toml_and_json_front_matter_are_read(add: Callable[..., Draft], text: str) -> None:
    draft = add(text, "a.md")
    assert (draft.title, draft.date, draft.body) == ("T", date(2026, 6, 3), "Words\n")


def test_an_html_post_with_front_matter_becomes_markdown(add: Callable[..., Draft]) -> None:
    draft = add("---\ntitle: 'T: a'\n---\n<p>one <b>two</b></p>", "a.html")
    assert (draft.kind, draft.title, draft.body) == ("HTML post", "T: a", "one **two**\n")


def test_a_saved_mail_gives_its_html_part(add: Callable[..., Draft]) -> None:
    html = base64.b64encode("<p>Caffè <b>da</b></p>".encode()).decode()
    mail = (
        "From: Gwen <gwen@example.org>\nSubject: =?utf-8?q?Good_news_=C5=B5?=\nDate: Wed, 03 Jun 2026 10:00:00 +0100\n"
        "Message-ID: <a@example.org>\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
        f"Content-Transfer-Encoding: base64\n\n{html}\n"
    )
    draft = add(mail, "m.eml")
    assert (draft.title, draft.author, draft.date) == ("Good news ŵ", "Gwen", date(2026, 6, 3))
    assert draft.body == "Caffè **da**\n"
