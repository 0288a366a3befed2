"""A tree written as Markdown reads back as the same words and elements."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring

from newsletter.compiler.markdown import to_html
from newsletter.sources.markdown import escape, to_markdown
from tests.examples import examples


def written(html: str) -> str:
    return to_markdown(fragment_fromstring(html, create_parent="div")).strip()


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>Good <em>news</em></h2><p>one</p>", "## Good *news*\n\none"),
        ("<p>a <strong> bold </strong>b</p>", "a **bold** b"),
        ("<p><b>Item:</b>next</p>", "<strong>Item:</strong>next"),
        ("<p><strong>a</strong><strong>b</strong></p>", "**ab**"),
        ("<p><i>a <i>b</i></i></p>", "*a b*"),
        ("<p>one<br>two</p>", "one\\\ntwo"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
        ("<ul>words<li>a</li>tail</ul>", "- words\n- a\n- tail"),
        ("<ul>an indented note</ul>", "an indented note"),
        ("<dl><dt>a</dt><dd>b<dl><dt>c</dt><dd>d</dd></dl></dd></dl>", "**a**\n\nb\n\n**c**\n\nd"),
        ('<p><a href="https://example.org/a b">x</a></p>', "[x](https://example.org/a%20b)"),
        ('<p><a href="https://example.org/(x">x</a></p>', "[x](<https://example.org/(x>)"),
        ('<p><a href="https://example.org/">https://example.org/</a></p>', "<https://example.org/>"),
        ('<p><a href="https://example.org/">[Read it.]</a></p>', "[Read it.](https://example.org/)"),
        ('<img src="a.png" alt="A [cat]">', "![A \\[cat\\]](a.png)"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ('<pre class="language-py"><code>a\n  b</code></pre>', "```py\na\n  b\n```"),
        ("<p>use <code>a`b</code></p>", "use ``a`b``"),
        ("<p>H<sub>2</sub>O</p>", "H<sub>2</sub>O"),
        ("<p>1. not a list</p>", "1\\. not a list"),
        ("<p># no heading</p>", "\\# no heading"),
        ("<p>a &lt;b&gt; *c* _d_ &amp;amp;</p>", "a \\<b> \\*c\\* \\_d\\_ \\&amp;"),
        ("text<p>a</p>tail", "text\n\na\n\ntail"),
        ('<figure><img src="a.png" alt="a"><figcaption>Said</figcaption></figure>', "![a](a.png)\n\n*Said*"),
        ('<iframe src="https://v.example/1" title="Film"></iframe>', '<iframe src="https://v.example/1" title="Film"></iframe>'),
    ],
)  # fmt: skip
def test_each_element_has_its_sign(html: str, markdown: str) -> None:
    assert written(html) == markdown


def test_a_table_becomes_pipes_and_keeps_its_alignment() -> None:
    html = (
        "<table><thead><tr><th>A</th><th style='text-align: right'>B</th></tr></thead>"
        "<tr><td>1|2</td><td><p>3</p></td></tr></table>"
    )
    assert written(html) == "| A | B |\n| --- | ---: |\n| 1\\|2 | 3 |"


def test_a_table_without_headers_keeps_its_first_row_as_a_row() -> None:
    assert written("<table><tr><td>1</td><td>2</td></tr></table>").splitlines()[2] == "| 1 | 2 |"


def test_a_table_with_merged_cells_stays_html_and_in_one_block() -> None:
    table = written("<table><tr><td colspan='2'>a</td></tr>\n\n<tr><td>b</td><td>c</td></tr></table>")
    assert table.startswith("<table>")
    assert "\n\n" not in table
    assert 'colspan="2"' in table


def test_a_table_that_only_lays_out_a_page_is_unfolded() -> None:
    assert written("<table><tr><td><p>one</p></td></tr><tr><td><h2>two</h2></td></tr></table>") == "one\n\n## two"


@examples(120)
@given(st.text(st.sampled_from("ab *_`[]()<>#-+.1!|~\\&;=:\n"), max_size=40))
def test_any_words_survive_being_escaped(text: str) -> None:
    root = fragment_fromstring("<p></p>", create_parent="div")
    root[0].text = text
    html = to_html(to_markdown(root))[0]
    shown = fragment_fromstring(html, create_parent="div").text_content()
    assert shown.split() == text.split()


@examples(120)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "strong", "em", "del"]), st.text(st.sampled_from("a .:("), min_size=1, max_size=4)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_emphasis_never_leaves_a_sign_to_be_read(pieces: list[tuple[str, str]]) -> None:
    html = "".join(f"<{tag}>{text}</{tag}>" if tag else text for tag, text in pieces)
    root = fragment_fromstring(f"<p>{html}</p>", create_parent="div")
    expected = root.text_content()
    shown = fragment_fromstring(to_html(to_markdown(root))[0], create_parent="div").text_content()
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", expected)


def test_a_bare_address_keeps_its_underscores() -> None:
    assert escape("see https://example.org/a_b_*c and _d_") == "see https://example.org/a_b_*c and \\_d\\_"
