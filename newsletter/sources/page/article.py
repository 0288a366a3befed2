"""Finds the article in a page. In: a page's tree. Out: the article's element; all other text is named as left out.

First by the names that blogs and newsrooms give their article; where none fits, readability's scoring. It is the door
to readability-lxml.
"""

import logging
import re
from collections import Counter
from functools import lru_cache

from lxml import etree
from lxml.html import Element, HtmlElement, fragment_fromstring, tostring

from newsletter.sources.html.account import Account, is_prose
from newsletter.sources.html.reading import HEADINGS, has_so_many_words, leaves_of, runs_of, with_attributes, words_of
from newsletter.sources.page.surroundings import drop_around, drop_ends, is_mostly_links
from newsletter.sources.words import count_of, letters_of

_ARTICLE_NAME = re.compile(
    r"(?:entry|post|article|story|news|blog(?:-?(?:post|item))?|single(?:-post)?|td-post|gh|e|rich|available|hs_cos_wrapper_post)"
    r"[-_]{0,2}(?:content|body|text|copy)|field-{1,2}name-{1,2}body|elementor-widget-theme-post-content|markup",
    re.IGNORECASE,
)  # fmt: skip
_MOST_SCORED = 20_000  # elements; scoring 80,000 takes ten seconds, and what it would cut stays
_ENOUGH = 25  # words, for an article to be one


def find_article(root: HtmlElement, account: Account, title: str = "") -> HtmlElement:
    """Find the article of a page with this `title`; everything else that can be read there is named."""
    place = root.find("body")
    place = place if place is not None else root
    drop_around(root, account)
    enough = _ENOUGH if has_so_many_words(place, _ENOUGH / 0.6) else count_of(words_of(place)) * 0.6
    article = _by_name(place, enough)
    if article is None:
        article = _by_score(root, place, account, title)
    else:
        account.name_around(place, article, title)
    drop_ends(article, account)
    without_title(article, title)
    return article


def _by_name(place: HtmlElement, enough: float) -> HtmlElement | None:
    attributed = with_attributes(place)
    named = [each for each in attributed if each.get("itemprop") == "articleBody"]
    if not named:
        boxes = (each for each in attributed if each.tag in ("div", "section", "article", "span"))
        named = [each for each in boxes if _is_name_of_article(each.get("class") or "")]
    mains = (each for each in attributed if each.get("role") == "main" and each is not place)
    for found in (named, place.iter("article"), place.iter("main"), mains):
        candidates = list(found)
        best = candidates[0] if len(candidates) == 1 else max(candidates, key=_length, default=None)
        if best is not None and has_so_many_words(best, enough):
            return _all_parts(best, named) if best in named else best
    return None


def _length(element: HtmlElement) -> int:
    return len(words_of(element))


@lru_cache(maxsize=10_000)  # most elements of a page share a few classes
def _is_name_of_article(classes: str) -> bool:
    return any(_ARTICLE_NAME.fullmatch(name) for name in classes.split())


def _all_parts(best: HtmlElement, named: list[HtmlElement]) -> HtmlElement:
    """Join an article that is cut into parts of the same class: siblings, or cousins in boxes of their own."""
    home = _home(best)
    parts = [
        each
        for each in named
        if each.tag == best.tag and each.get("class") == best.get("class") and _home(each) is home
    ]
    same = set(parts)
    parts = [each for each in parts if not _is_teaser(each) and same.isdisjoint(each.iterancestors())]
    if len(parts) < 2 or best not in parts:
        return best
    whole = Element("div")
    parts[0].addprevious(whole)
    for part in parts:
        tail, part.tail = part.tail, None
        if tail and part is not parts[0]:
            before = part.getprevious()
            parent = part.getparent()
            if before is not None:
                before.tail = (before.tail or "") + tail
            elif parent is not None:
                parent.text = (parent.text or "") + tail
        elif tail:
            whole.tail = tail
        whole.append(part)
    return whole


def _home(part: HtmlElement) -> HtmlElement | None:
    """Find the article that a part belongs to, so that parts of different articles are not joined."""
    return next(part.iterancestors("article", "li"), None)


def _is_teaser(part: HtmlElement) -> bool:
    """Tell whether a part is the beginning of another article: its heading leads elsewhere."""
    return any(heading.find(".//a[@href]") is not None for heading in part.iter("h1", "h2", "h3")) and (
        sum(len(words_of(each)) for each in part.iter("p")) < 600
    )


def _by_score(root: HtmlElement, place: HtmlElement, account: Account, title: str) -> HtmlElement:
    # This library takes long to load, and most sources never need it.
    from readability import Document

    if place.xpath("count(descendant::*)") > _MOST_SCORED:
        return _named(place, _narrowed(place), account, title)

    logging.getLogger("readability").setLevel(logging.CRITICAL)
    try:
        html = Document(str(tostring(root, encoding="unicode"))).summary(html_partial=True)
        found = fragment_fromstring(html, create_parent="div")
    except Exception:  # noqa: BLE001  it raises what lxml raises, and plain Exception
        found = None
    if found is None or count_of(words_of(found)) < 0.2 * count_of(words_of(place)):
        return _named(place, _narrowed(place), account, title)
    between = _between(place, found, account)
    if between is not None:
        return _named(place, _narrowed(between), account, title)
    narrowed = _narrowed(found)
    # Scoring returns a copy, so the elements that it left out are found by comparing letters.
    taken = Counter(letters_of(run.words) for run in runs_of(narrowed))
    for run in runs_of(place):
        if run.words:
            taken[letters_of(run.words)] -= 1
            if taken[letters_of(run.words)] < 0:
                account.words(run.words, "text" if is_prose(run) else "line")
    return narrowed


def _named(place: HtmlElement, article: HtmlElement, account: Account, title: str) -> HtmlElement:
    if article is not place:
        account.name_around(place, article, title)
    return article


def _between(place: HtmlElement, found: HtmlElement, account: Account) -> HtmlElement | None:
    """Cut `place` to what stands from the first to the last piece found, because scoring loses pieces in between."""
    pieces = {_letters(each) for each in leaves_of(found)}
    leaves = list(leaves_of(place))
    kept = [leaf for leaf in leaves if _letters(leaf) in pieces]
    if not kept or sum(len(_letters(each)) for each in kept) < 0.8 * len(_letters(found)):
        return None
    for leaf in leaves[leaves.index(kept[0]) : leaves.index(kept[-1])]:
        if _letters(leaf) not in pieces and is_mostly_links(leaf) and leaf.tag not in HEADINGS:
            account.drop(leaf)
    _cut(kept[0], place, account, before=True)
    _cut(kept[-1], place, account, before=False)
    return place


def _cut(leaf: HtmlElement, place: HtmlElement, account: Account, *, before: bool) -> None:
    """Drop everything of `place` on one side of `leaf`."""
    for inner in (leaf, *leaf.iterancestors()):
        if inner is place:
            return
        parent = inner.getparent()
        siblings = list(inner.itersiblings(preceding=before))
        if before and parent is not None:
            account.words(parent.text or "")
            parent.text = None
            siblings.reverse()
        if not before:
            account.words(inner.tail or "")
            inner.tail = None
        for sibling in siblings:
            tail, sibling.tail = sibling.tail or "", None
            account.drop(sibling)
            account.words(tail)


def _letters(element: HtmlElement) -> str:
    return letters_of(words_of(element))


def _narrowed(place: HtmlElement) -> HtmlElement:
    """Go down to the part that holds nearly all the prose, past teasers and cards beside it."""
    prose = _prose_by_element(place)
    while True:
        inner = next(
            (child for child in place if child.tag in ("div", "section") and prose[child] > 0.85 * prose[place]), None
        )
        if inner is None or prose[place] < _ENOUGH:
            return place
        place = inner


def _prose_by_element(place: HtmlElement) -> dict[HtmlElement, int]:
    """Count the words of the paragraphs, list items, code and quotes in every element of `place`. One pass."""
    counts: dict[HtmlElement, int] = {}
    open_: list[int] = []
    for event, each in etree.iterwalk(place, events=("start", "end")):
        if event == "start":
            open_.append(count_of(words_of(each)) if each.tag in ("p", "li", "pre", "blockquote") else 0)
            continue
        counts[each] = open_.pop()
        if open_:
            open_[-1] += counts[each]
    return counts


def without_title(article: HtmlElement, title: str) -> None:
    """Drop the heading that repeats the title, or the first line that does."""
    wanted = letters_of(title)
    if not wanted:
        return
    for heading in [each for each in article.iter("h1", "h2") if each is not article and _letters(each) == wanted]:
        heading.drop_tree()
    first = next(leaves_of(article), None)
    if first is not None and first is not article and _letters(first) == wanted:
        first.drop_tree()
