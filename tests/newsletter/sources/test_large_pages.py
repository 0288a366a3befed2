"""The work of reading a page grows as the page does. Calls are counted, because seconds depend on the machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from lxml.html import fragment_fromstring, tostring

from newsletter.sources import Material, read_source
from newsletter.sources.html.pruning import prune

_LONG = "The pond at the end of the lane is clean again, and everybody who came with a spade has our thanks."
_SHAPES: dict[str, Callable[[int], str]] = {
    "paragraphs without words": lambda size: "<p></p>" * size,
    "headings of what comes after": lambda size: (
        f"<p>Related posts</p><p>{_LONG}</p>" * (size // 2) + f"<p>{_LONG}</p>" * size
    ),
    "notes": lambda size: "".join(f'<p>{_LONG}<a id="r{n}" href="#n{n}">{n}</a></p>' for n in range(size))
    + "<ol>" + "".join(f'<li id="n{n}">Seen. <a href="#r{n}">Back</a></li>' for n in range(size)) + "</ol>",
    "parts of one article": lambda size: f'<section><div class="entry-content"><p>{_LONG}</p></div></section>' * size,
    "forms": lambda size: f"<form><label>Your mail</label><button>Join us</button></form><p>{_LONG}</p>" * size,
    "rows": lambda size: "<table>" + "<tr><td>Ann</td><td><a href='/a'>Pond Lane</a></td></tr>" * size + "</table>",
    "a paragraph of spans": lambda size: "<p>" + "<span>Our</span> <span style='font-weight:bold'>pond</span> " * size,
    "lines of author and date": lambda size: "<p>By Ann Rees, 3 May 2026</p>" * size,
}  # fmt: skip


def _calls(html: str) -> int:
    material = Material("page.html", f"<!doctype html><title>Pond</title><body><p>{_LONG}</p>{html}".encode())
    count = 0

    def see(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        read_source(material)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.thorough
@pytest.mark.parametrize("shape", _SHAPES)
def test_twice_the_page_is_twice_the_work(shape: str) -> None:
    make = _SHAPES[shape]
    _calls(make(10))  # which loads and compiles what the first page needs
    assert _calls(make(300)) < 2.4 * _calls(make(150))


def test_what_stands_deep_is_not_read_again_at_every_depth() -> None:
    def deep(depth: int) -> str:
        return "<div>" * depth + f"<p>{_LONG}</p>" * 100 + "</div>" * depth

    _calls(deep(2))
    assert _calls(deep(80)) < 2 * _calls(deep(5))


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<dl><dt>Pond</dt><dd>", "</dd></dl>"),
        ("<ul><li>Pond", "</li></ul>"),
        ("<table><tr><td>Pond", "</td></tr></table>"),
        ("<blockquote>", "</blockquote>"),
        ("<span>", "</span>"),
    ],
)
def test_twice_the_depth_is_twice_the_work(opened: str, closed: str) -> None:
    def deep(depth: int) -> str:
        return (opened * depth + f"<p>{_LONG}</p>" + closed * depth) * (240 // depth)

    _calls(deep(2))
    assert _calls(deep(20)) < 1.5 * _calls(deep(10))


def test_what_goes_leaves_the_words_around_it_in_their_order() -> None:
    tree = fragment_fromstring("<p>a<i>b</i>c<u>d<i>e</i>f<b>g</b>h</u>i<b>j</b>k<!-- l -->m<u></u>n</p>")
    comments = [each for each in tree.iter() if not isinstance(each.tag, str)]
    prune([*tree.iter("i"), *comments], list(tree.iter("u")))
    assert tostring(tree, encoding="unicode") == "<p>acdf<b>g</b>hi<b>j</b>kmn</p>"


def test_what_is_opened_inside_what_goes_goes_too() -> None:
    tree = fragment_fromstring("<p>a<i>b<u>c</u></i>d</p>")
    prune(list(tree.iter("i")), list(tree.iter("u")))
    assert tostring(tree, encoding="unicode") == "<p>ad</p>"
