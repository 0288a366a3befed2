"""Tells an article from the page around it. In: a page's tree. Out: the article's element, and what was left behind.

First by the names that blogs and newsrooms give their article; where none fits, readability's scoring. It is the door
to readability-lxml.
"""

import logging
import re

from lxml.html import HtmlElement, fragment_fromstring, tostring

from newsletter.sources.html.reading import HEADINGS, leaves_of, words_of
from newsletter.sources.page.surroundings import drop_around, drop_ends, is_mostly_links

_ARTICLE_NAME = re.compile(
    r"(?:entry|post|article|story|news|blog(?:-?(?:post|item))?|single(?:-post)?|td-post|gh|e|rich|available|hs_cos_wrapper_post)"
    r"[-_]{0,2}(?:content|body|text|copy)|field-{1,2}name-{1,2}body|elementor-widget-theme-post-content|markup",
    re.IGNORECASE,
)  # fmt: skip
_ENOUGH = 25  # words, for an article to be one


def find_article(root: HtmlElement) -> tuple[HtmlElement, list[str]]:
    """Find the article of a page; the words left behind are quoted, largest pieces first."""
    whole = words_of(root)
    left = drop_around(root)
    article = _by_name(root)
    if article is None or len(words_of(article).split()) < min(_ENOUGH, len(whole.split())):
        article = _by_score(root)
    return article, [*left, *drop_ends(article)]


def _by_name(root: HtmlElement) -> HtmlElement | None:
    body = root.find("body")
    place = body if body is not None else root
    named = [each for each in place.iter() if isinstance(each.tag, str) and each.get("itemprop") == "articleBody"]
    if not named:
        named = [
            each
            for each in place.iter("div", "section", "article", "span")
            if any(_ARTICLE_NAME.fullmatch(name) for name in (each.get("class") or "").split())
        ]
    for found in (named, list(place.iter("article")), list(place.iter("main")), place.xpath(".//*[@role='main']")):
        best = max(found, key=lambda each: len(words_of(each)), default=None)
        if best is not None and len(words_of(best).split()) >= _ENOUGH:
            return _all_parts(best, named) if best in named else best
    return None


def _all_parts(best: HtmlElement, named: list[HtmlElement]) -> HtmlElement:
    """Take an article that was cut into siblings of the same name as one."""
    parent = best.getparent()
    parts = [each for each in named if each.getparent() is parent and each.get("class") == best.get("class")]
    if parent is None or len(parts) < 2:
        return best
    for part in parts[1:]:
        parts[0].append(part)
    return parts[0]


def _by_score(root: HtmlElement) -> HtmlElement:
    # Because this library takes long to load and most sources never need it.
    from readability import Document

    logging.getLogger("readability").setLevel(logging.CRITICAL)
    body = root.find("body")
    try:
        html = Document(str(tostring(root, encoding="unicode"))).summary(html_partial=True)
        found = fragment_fromstring(html, create_parent="div")
    except Exception:  # noqa: BLE001  it raises what lxml raises, and plain Exception
        found = None
    place = body if body is not None else root
    if found is None or len(words_of(found).split()) < 0.2 * len(words_of(place).split()):
        return _narrowed(place)
    between = _between(place, found)
    return _narrowed(found if between is None else between)


def _between(place: HtmlElement, found: HtmlElement) -> HtmlElement | None:
    """Cut `place` to what stands from the first to the last piece found, because scoring loses pieces in between."""
    pieces = {_letters(each) for each in leaves_of(found)}
    leaves = leaves_of(place)
    kept = [leaf for leaf in leaves if _letters(leaf) in pieces]
    if not kept or sum(len(_letters(each)) for each in kept) < 0.8 * len(_letters(found)):
        return None
    for leaf in leaves[leaves.index(kept[0]) : leaves.index(kept[-1])]:
        if _letters(leaf) not in pieces and is_mostly_links(leaf) and leaf.tag not in HEADINGS:
            leaf.drop_tree()
    _cut(kept[0], place, before=True)
    _cut(kept[-1], place, before=False)
    return place


def _cut(leaf: HtmlElement, place: HtmlElement, *, before: bool) -> None:
    """Drop everything of `place` on one side of `leaf`."""
    for inner in (leaf, *leaf.iterancestors()):
        if inner is place:
            return
        for sibling in list(inner.itersiblings(preceding=before)):
            sibling.tail = None
            sibling.drop_tree()
        parent = inner.getparent()
        if before and parent is not None:
            parent.text = None
        if not before:
            inner.tail = None


def _letters(element: HtmlElement) -> str:
    return re.sub(r"\W+", "", words_of(element)).lower()


def _narrowed(place: HtmlElement) -> HtmlElement:
    """Go down to the part that holds nearly all the prose, past teasers and cards beside it."""
    while True:
        prose = _prose(place)
        inner = next(
            (child for child in place if child.tag in ("div", "section") and _prose(child) > 0.85 * prose), None
        )
        if inner is None or prose < _ENOUGH:
            return place
        place = inner


def _prose(element: HtmlElement) -> int:
    return sum(len(words_of(each).split()) for each in element.iter("p", "li", "pre", "blockquote"))


def without_title(article: HtmlElement, title: str) -> None:
    """Drop the heading that repeats the title."""
    for heading in list(article.iter("h1", "h2")):
        if _same(words_of(heading), title):
            heading.drop_tree()
            break


def _same(first: str, second: str) -> bool:
    return re.sub(r"\W+", "", first).lower() == re.sub(r"\W+", "", second).lower()
