"""Tells an article from the page around it. In: a page's tree. Out: the article's element, and what was left behind.

First by the names that blogs and newsrooms give their article; where none fits, readability's scoring. It is the door
to readability-lxml.
"""

import logging
import re

from lxml.html import HtmlElement, fragment_fromstring, tostring

from newsletter.sources.reading import words_of

_ARTICLE_NAMES = frozenset(
    "entry-content post-content article-content article-body articlebody story-body post-body blog-post-content "
    "post__content article__body article__content entry__content gh-content blog-content postcontent e-content "
    "single-content field-name-body".split()
)
_AROUND_TAGS = ("nav", "aside", "form", "footer", "button", "dialog")
_AROUND_ROLES = ("navigation", "complementary", "contentinfo", "search", "banner", "dialog")
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:comments?|comments?-(?:area|list|section|form|link)|respond|sharedaddy|share|sharing|share-?(?:buttons?|links?|bar|this)|"
    r"social(?:-(?:share|links?|icons?|buttons?|media))?|addtoany[\w-]*|addthis[\w-]*|related(?:-?posts?|-?articles?|-?content)?|"
    r"jp-relatedposts|post-?nav(?:igation)?|nav-(?:single|links|below|above)|pagination|breadcrumbs?(?:__\w+)?|"
    r"author-?(?:box|bio|info|card)|about-?(?:the-)?author|post-author-bio|newsletter(?:-(?:signup|form))?|subscribe|subscription|"
    r"sidebar|widget(?:-area)?|advert(?:isement)?s?|ad-(?:slot|unit|container)|promo|cookies?(?:-(?:banner|notice))?|"
    r"screen-reader-text|assistive-text|visually-hidden|sr-only|skip-link|entry-(?:meta|footer|utility)|post-(?:meta|tags|footer)|"
    r"tags-links|cat-links|edit-link|print-?(?:link|only|button)|reading-time|table-of-contents-toggle|mw-editsection|noprint|hatnote|"
    r"disqus[\w-]*|wpdiscuz|fb-like|twitter-share|wpcnt|robots-nocontent|likes-widget|popup|modal)(?=$|[\s_]|-\d)",
    re.IGNORECASE,
)  # fmt: skip
_ENOUGH = 25  # words, for an article to be one


def find_article(root: HtmlElement) -> tuple[HtmlElement, list[str]]:
    """Find the article of a page; the words left behind are quoted, largest pieces first."""
    whole = words_of(root)
    left = _drop_around(root)
    article = _by_name(root)
    if article is None or len(words_of(article).split()) < min(_ENOUGH, len(whole.split())):
        article = _by_score(root)
    return article, left


def _drop_around(root: HtmlElement) -> list[str]:
    """Drop what is no part of an article by its element, role, class or id."""
    left: list[str] = []
    total = len(words_of(root))
    waiting = [root]
    while waiting:
        element = waiting.pop()
        waiting += [child for child in reversed(element) if isinstance(child.tag, str)]
        if element.getparent() is None or element.tag in ("body", "html", "main", "article") or not _is_around(element):
            continue
        words = words_of(element)
        # Because a theme may call its whole page "has-sidebar", what holds most of the words is kept.
        if len(words) > total * 0.6 and element.tag not in _AROUND_TAGS:
            continue
        if element.tag == "footer" and next(element.iterancestors("blockquote"), None) is not None:
            continue
        if words:
            left.append(words)
        del waiting[len(waiting) - sum(1 for child in element if isinstance(child.tag, str)) :]
        element.drop_tree()
    return left


def _is_around(element: HtmlElement) -> bool:
    if element.tag in _AROUND_TAGS or element.get("role") in _AROUND_ROLES or element.get("aria-hidden") == "true":
        return element.tag != "aside" or "callout" not in (element.get("class") or "")
    if element.tag in ("a", "em", "strong", "code", "pre", "h1", "p"):
        return bool(re.search(r"screen-reader-text|assistive-text|skip-link|sr-only", element.get("class") or ""))
    return any(_AROUND.search(name) for name in (element.get("class") or "", element.get("id") or "") if name)


def _by_name(root: HtmlElement) -> HtmlElement | None:
    body = root.find("body")
    place = body if body is not None else root
    named = [each for each in place.iter() if isinstance(each.tag, str) and each.get("itemprop") == "articleBody"]
    if not named:
        named = [
            each
            for each in place.iter("div", "section", "article")
            if _ARTICLE_NAMES & set((each.get("class") or "").lower().split())
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
    return _narrowed(found)


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
    """Drop the heading that repeats the title, and a header of the article that only holds title and date."""
    for heading in list(article.iter("h1", "h2")):
        if _same(words_of(heading), title):
            heading.drop_tree()
            break


def _same(first: str, second: str) -> bool:
    return re.sub(r"\W+", "", first).lower() == re.sub(r"\W+", "", second).lower()
