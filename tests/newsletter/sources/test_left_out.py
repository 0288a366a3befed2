"""What is not taken is named: the words of a page are the words kept and the words named."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import re
from collections import Counter
from collections.abc import Callable

from newsletter.sources import Draft
from newsletter.sources.html.reading import runs_of
from newsletter.sources.html.tree import parse_html

STORY = "The pond was cleaned on Saturday by forty people with rakes, and there was cake for all who came to help us; we thank them all very much indeed."
MORE = "The council pays half of it, and a bridge will be built in May, as the mayor said on Monday to all of us."


def page(body: str, head: str = "<title>Pond news</title>") -> str:
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{body}</body></html>"


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text.lower()))


PAGES = {
    "siblings": f"<main><div class='post-body'><p>{STORY}</p></div><div class='ad'></div><div class='post-body'><p>SECOND PART.</p></div></main>",
    "cousins": f"<main><article><h1>Pond news</h1><div class='a'><div class='article-body'><p>{STORY}</p></div></div><div class='a'><div class='article-body'><p>SECOND PART.</p></div></div></article></main>",
    "rows": f"<div class='row'><div class='col'><section class='entry-content'><p>{STORY}</p></section></div></div><div class='row'><p>x</p><div class='col'><section class='entry-content'><p>SECOND PART.</p></section></div></div>",
}


def test_parts_of_one_article_are_joined(add: Callable[..., Draft]) -> None:
    for name, body in PAGES.items():
        draft = add(page(body), "page.html")
        assert (name, draft.body) == (name, f"{STORY}\n\nSECOND PART.\n")


def test_another_article_is_no_part_of_this_one(add: Callable[..., Draft]) -> None:
    teaser = f"<article><div class='entry-content'><h2><a href='/x'>Other</a></h2><p>{MORE}</p></div></article>"
    draft = add(
        page(f"<article><h1>Pond news</h1><div class='entry-content'><p>{STORY}</p></div></article>{teaser}"),
        "page.html",
    )
    assert draft.body == f"{STORY}\n"
    assert any(left.what == "text" and left.words == MORE for left in draft.dropped)


AROUND = (
    "<div class='top'><a href='/'>Home</a> <a href='/news'>News</a> <a href='/about'>About us all</a></div>"
    f"<div class='lede'><p>{MORE}</p></div><button>Sign up now</button><img src='https://example.org/big.jpg' alt='A big pond' width='600'>"
    "<select><option>One</option><option>Two</option></select>"
    f"<article class='entry-content'><h1>Pond news</h1><p>{STORY}</p></article>"
    "<div style='display:none'>Hidden menu words</div><div class='foot'><p>Imprint</p><p>Privacy</p></div>"
)


def test_prose_pictures_and_buttons_outside_the_article_are_named(add: Callable[..., Draft]) -> None:
    draft = add(page(AROUND), "page.html")
    said = [str(left) for left in draft.dropped]
    assert f"“{MORE[:97].rpartition(' ')[0]}…” (23 words)" in said or any(MORE[:60] in each for each in said)
    assert "picture: “A big pond”" in said
    assert "button, 3 words: “Sign up now”" in said
    assert "“Home News About us all”" in said
    assert any(left.what == "hidden on the page" and not left.counts for left in draft.dropped)
    assert "Pond news" not in said


def test_the_sum_is_right(add: Callable[..., Draft]) -> None:
    for body in (*PAGES.values(), AROUND):
        draft = add(page(body), "page.html")
        named = sum((words(left.words) for left in draft.dropped if left.counts), Counter[str]())
        seen = words(re.sub(r"<[^>]*>", " ", re.sub(r"<div style='display:none'>.*?</div>", "", body)))
        kept = words(re.sub(r"[\\#*]", "", draft.body)) + words(draft.title)
        assert not seen - kept - named


def test_a_menu_is_one_entry_and_prose_is_quoted_by_the_paragraph(add: Callable[..., Draft]) -> None:
    aside = f"<aside><ul><li><a href='/a'>One thing</a></li><li><a href='/b'>Another</a></li></ul><p>{MORE}</p><p>{MORE}</p></aside>"
    draft = add(page(f"<article class='entry-content'><h1>Pond news</h1><p>{STORY}</p></article>{aside}"), "page.html")
    assert [(left.what, left.words) for left in draft.dropped] == [
        ("menu", "One thing Another"),
        ("text", MORE),
        ("text", MORE),
    ]


def test_a_formula_is_written_in_words(add: Callable[..., Draft]) -> None:
    for shown in (
        "<math><mfrac><mi>total</mi><mi>people</mi></mfrac></math>",
        "<span class='katex'><span class='katex-mathml'><math><semantics><mfrac><mi>total</mi><mi>people</mi></mfrac><annotation>\\frac</annotation></semantics></math></span><span class='katex-html' aria-hidden='true'>totalpeople</span></span>",
        "<mjx-container><svg><text>x</text></svg><mjx-assistive-mml><math><mfrac><mi>total</mi><mi>people</mi></mfrac></math></mjx-assistive-mml></mjx-container>",
    ):
        draft = add(
            page(f"<article class='entry-content'><h1>T</h1><p>Each of us pays {shown} pounds. {STORY}</p></article>"),
            "page.html",
        )
        assert draft.body.startswith("Each of us pays total/people pounds.")
        assert [need.what for need in draft.needs] == ["formula"]


TITLES = {
    "a bar": (
        "<title>Pond news | The Town</title><meta property='og:title' content='Pond news | The Town'>",
        "<h1>Pond news</h1>",
    ),
    "a dash and a known site": (
        "<title>Pond news - The Town</title><meta property='og:site_name' content='The Town'>",
        "",
    ),
    "a site before": ("<title>The Town: Pond news</title>", "<h1>Pond news</h1>"),
    "a heading of level two": ("<title>Pond news</title>", "<h2>Pond news</h2>"),
    "a line": ("<title>Pond news</title>", "<p><b>Pond news</b></p>"),
    "a permalink": (
        "<title>Pond news</title>",
        "<h1 id='pond'>Pond news <a class='headerlink' href='#pond'>¶</a></h1>",
    ),
}


def test_a_title_is_said_once_and_without_the_site(add: Callable[..., Draft]) -> None:
    for name, (head, heading) in TITLES.items():
        draft = add(
            page(
                f"<article class='entry-content'>{heading}<p>{STORY}</p><h3 id='x'><a class='anchor' href='#x'>#</a>More</h3><p>{MORE}</p></article>",
                head,
            ),
            "page.html",
        )
        assert (name, draft.title, draft.body) == (name, "Pond news", f"{STORY}\n\n### More\n\n{MORE}\n")


def test_a_title_of_a_post_with_front_matter_is_said_once(add: Callable[..., Draft]) -> None:
    assert add("---\ntitle: Pond news\n---\n# Pond news\n\nWords.\n", "a.md").body == "Words.\n"
    assert add("---\ntitle: Pond news\n---\n# Another\n\nWords.\n", "a.md").body == "# Another\n\nWords.\n"


def test_a_picture_for_browsers_without_scripts_is_not_shown_twice(add: Callable[..., Draft]) -> None:
    image = "<img src='https://example.org/pond-300x200.jpg' alt='The pond'>"
    for before in (
        "<img data-src='https://example.org/pond.jpg' alt='The pond'>",
        "<picture><img src='https://example.org/pond.jpg' alt='The pond'></picture>",
        "<div><img src='https://example.org/pond.jpg' alt='The pond'></div><p>x</p>",
    ):
        draft = add(
            page(f"<article class='entry-content'><p>{STORY}</p>{before}<noscript>{image}</noscript></article>"),
            "page.html",
        )
        assert draft.body.count("![The pond]") == 1, before
    alone = add(
        page(f"<article class='entry-content'><p>{STORY}</p><noscript>{image}</noscript></article>"), "page.html"
    )
    assert alone.body.count("![The pond]") == 1


def test_runs_are_read_in_one_pass_and_tell_links_from_words() -> None:
    root = parse_html("<div>a <a href='/'>link</a><p>one<br>two</p>tail<img src='x'></div>", "x")
    assert [(run.words, run.linked) for run in runs_of(root) if run.words] == [
        ("a link", 4),
        ("one", 0),
        ("two", 0),
        ("tail", 0),
    ]


def test_a_box_that_comes_again_between_the_parts_is_no_end_of_an_article(add: Callable[..., Draft]) -> None:
    parts = [f"Part {number} tells at some length what was done at the pond in week {number}." for number in range(9)]
    box = '<h3>Related posts</h3><ul><li><a href="https://example.org/a">Frogs</a></li></ul>'
    for between in ("<h3>Related posts</h3>", box):
        for end in ("", between):
            whole = between.join(f"<p>{part}</p>" for part in parts) + end
            draft = add(f"<!doctype html><title>Pond</title><article>{whole}</article>", "page.html")
            assert all(part in draft.body for part in parts), (between, end)
