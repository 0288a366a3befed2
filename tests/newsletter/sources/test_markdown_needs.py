"""What a Markdown post of another program needs, whether its pictures and links are written as Markdown or as HTML."""

from collections.abc import Callable

from newsletter.sources import Draft

FRONT = "---\ntitle: Pond\n---\n\n"


def test_a_picture_in_html_is_named_where_its_address_is_part_of_one(add: Callable[..., Draft]) -> None:
    text = (
        'Words.\n\n<figure><IMG class="wide" alt="Rakes" data-src="/no.png" src=\'/a.png\' width=300></figure>\n\n'
        'Read <a class="x" href="/minutes">the minutes</a>, not <a href="https://example.org/">this</a>.\n\n'
        '`<img src="/code.png">`\n'
    )
    found = [(need.what, need.words) for need in add(FRONT + text, "post.md").needs]
    assert found == [("image", "Rakes (/a.png)"), ("link", "(/minutes)")]


def test_with_a_base_url_only_what_is_not_said_is_named(add: Callable[..., Draft]) -> None:
    text = (
        '---\ntitle: Pond\nbase_url: https://example.org/\n---\n\nWords. <img src="/a.png"> <img alt="" src="/b.png">\n'
    )
    assert [(need.what, need.words) for need in add(text, "post.md").needs] == [("image", "/a.png")]
