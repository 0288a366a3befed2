"""Blocks of WordPress: each kind once, as the editor stores it."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from collections.abc import Callable

import pytest

from newsletter.sources import Draft

EXPORT = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><item><title>Blocks</title>
<content:encoded><![CDATA[%s]]></content:encoded><wp:post_type>post</wp:post_type></item></channel></rss>"""


def block(name: str, html: str) -> str:
    return f"<!-- wp:{name} -->\n{html}\n<!-- /wp:{name} -->\n\n"


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        (
            '<div class="wp-block-buttons">'
            + block("button", '<div class="wp-block-button"><a class="wp-block-button__link" href="https://e.example/s">Sign</a></div>')
            + "</div>",
            "[**Sign**](https://e.example/s)",
        ),
        (
            ('<figure class="wp-block-gallery"><figure class="wp-block-image"><img src="https://e.example/a.jpg" alt="A boat"/>'
            '<figcaption>The boat</figcaption></figure><figure class="wp-block-image"><img src="https://e.example/b.jpg" alt="A quay"/>'
            "</figure><figcaption>Both</figcaption></figure>"),
            "![A boat](https://e.example/a.jpg)\n\n*The boat*\n\n![A quay](https://e.example/b.jpg)\n\n*Both*",
        ),
        (
            '<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\nhttps://place.example/p?a=1&amp;b=2\n</div></figure>',
            "<https://place.example/p?a=1&b=2>",
        ),
        ("<pre class='wp-block-code'><code>a &lt; b [gallery]</code></pre>", "```\na < b [gallery]\n```"),
        ("<details><summary>More</summary><p>Words.</p></details>", "**More**\n\nWords."),
        (
            ('<div class="wp-block-file"><a href="https://e.example/r.pdf">The report</a>'
            '<a href="https://e.example/r.pdf" class="wp-block-file__button">Download</a></div>'),
            "[The report](https://e.example/r.pdf)",
        ),
        ("<blockquote class='wp-block-quote'><p>Said.</p><cite>Mair</cite></blockquote>", "> Said.\n>\n> *Mair*"),
        (
            ("<figure class='wp-block-table'><table><thead><tr><th>Day</th><th>Who</th></tr></thead><tbody><tr><td>Mon</td>"
            "<td>Ann</td></tr></tbody></table><figcaption>Crew</figcaption></figure>"),
            "| Day | Who |\n| --- | --- |\n| Mon | Ann |\n\n*Crew*",
        ),
    ],
    ids=["buttons", "gallery", "embed", "code", "details", "file", "quote", "table"],
)  # fmt: skip
def test_a_block_becomes_what_it_shows(add: Callable[..., Draft], stored: str, written: str) -> None:
    words = block("paragraph", "<p>Words before it.</p>") + block("x", stored)
    assert add(EXPORT % words, "e.xml").body == f"Words before it.\n\n{written}\n"


def test_what_only_the_blog_can_show_leaves_nothing_behind(add: Callable[..., Draft]) -> None:
    stored = '<!-- wp:latest-posts /-->\n<!-- wp:social-links --><ul><!-- wp:social-link {"url":"x"} /--></ul><!-- /wp:social-links -->'
    assert add(EXPORT % f"<!-- wp:paragraph --><p>Words.</p><!-- /wp:paragraph -->{stored}", "e.xml").body == "Words.\n"
