"""The parts of a page around its article. In: a page's tree, or the article. Out: the same without them; each is named.

    drop_around   by element, role, class and id: menus, share bars, author boxes, comment forms
    drop_ends     by words, where no name tells: a line of author and date above, "You may also like" below

What holds most of the words of a page is kept, whatever it is called.
"""

import re
from functools import lru_cache
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from newsletter.sources.furniture import is_byline, is_control, is_junk, is_stop
from newsletter.sources.html.account import Account
from newsletter.sources.html.reading import BLOCKS, HEADINGS, leaves_of, with_attributes, words_of
from newsletter.sources.words import count_of

_AROUND_TAGS = ("nav", "aside", "form", "footer", "button", "dialog")
_AROUND_ROLES = ("navigation", "complementary", "contentinfo", "search", "banner", "dialog")
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:comments?|comments?-(?:area|list|section|form|link)|respond|sharedaddy|share|sharing|share-?(?:buttons?|links?|bar|this)|"
    r"social(?:-(?:share|links?|icons?|buttons?|media))?|addtoany[\w-]*|addthis[\w-]*|related(?:-?posts?|-?articles?|-?content)?|"
    r"jp-relatedposts|post-?nav(?:igation)?|nav-(?:single|links|below|above)|pagination|page-?nav|pager|breadcrumbs?(?:__\w+)?|"
    r"author-?(?:box|bio|info|card|name|profile(?:-wrapper)?)|about-?(?:the-)?author|post-author-bio|byline(?:-wrapper)?|user-name|"
    r"newsletter(?:-(?:signup|form))?|subscribe|subscription(?:-widget(?:-wrap)?)?|sign-?up(?:-(?:card|form|box))?|"
    r"sidebar|widget(?:-area)?|advert(?:isement)?s?|ad-(?:slot|unit|container)|promo|cookies?(?:-(?:banner|notice|consent))?|"
    r"screen-reader-text|assistive-text|visually-hidden|sr-only|skip-link|entry-(?:meta|footer|utility)|"
    r"(?:post|article|item|node|blog-post)_{0,2}-?(?:meta(?:data)?|tags|footer|info|submitted)|"
    r"prev(?:ious)?-?(?:link|post|page)|next-?(?:link|post|page)|post-navigation-link-\w+|recent-?posts|blog-related-posts|speechify-ignore|"
    r"tags-links|cat-links|edit-link|print-?(?:link|only|button)|reading-time|(?:story)?read-?time|time-to-read|(?:story)?publish-?date|"
    r"table-of-contents-toggle|mw-editsection|noprint|hatnote|disqus[\w-]*|wpdiscuz|fb-like|twitter-share|wpcnt|robots-nocontent|"
    r"likes-widget|popup|modal)(?=$|[\s_]|-\d)",
    re.IGNORECASE,
)  # fmt: skip
_NAMES = frozenset(("class", "id", "data-testid", "data-hook"))
_INVITATION = 40  # the most words that are dropped with a form: "One mail a month, and never more"
_MOST_PARTS = 12  # of the box of an invitation; a larger one is not even read
_MOST_ABOVE = 300  # blocks before the first prose; a page of more short lines has no words of prose to stand above
_PROSE = 8  # with so many words or more, a line is not one of author and date
_CONTAINERS = ("div", "section", "aside")


def drop_around(root: HtmlElement, account: Account) -> None:
    """Drop what is no part of an article by its element, role, class or id."""
    total = len(words_of(root))
    gone: set[HtmlElement] = set()
    for bare in root.iter(*_AROUND_TAGS):
        if not bare.attrib:
            bare.set("class", "")  # so that they are found among those with attributes, in their order
    for element in with_attributes(root):
        if element in gone or not _is_around(element) or not _goes(element, total):
            continue
        dropped = _with_invitation(element, total) if element.tag == "form" else element
        gone.update(with_attributes(dropped))
        account.drop(dropped)


def _goes(element: HtmlElement, total: int) -> bool:
    """Tell whether `element`, on a page of `total` letters, is no part of an article."""
    if element.getparent() is None or element.tag in ("body", "html", "main", "article"):
        return False
    # An element with most of the words is kept: a theme may call its whole page "has-sidebar", and old servers put
    # every page into one form.
    if (element.tag == "form" or element.tag not in _AROUND_TAGS) and len(words_of(element)) > total * 0.6:
        return False
    return element.tag != "footer" or next(element.iterancestors("blockquote"), None) is None


def drop_ends(article: HtmlElement, account: Account) -> None:
    """Drop parts that only their words show: author and date above, "read next" and comments below, buttons."""
    _drop_above(article, account)
    leaves = _leaves_with_words(article)
    controls = [leaf for leaf, words in leaves if is_control(words)]
    for control in controls:
        account.drop(control)
    stop = _stop(_leaves_with_words(article) if controls else leaves)
    if stop is not None:
        _drop_from(stop, article, account)


def _leaves_with_words(article: HtmlElement) -> list[tuple[HtmlElement, str]]:
    return [(leaf, words_of(leaf)) for leaf in leaves_of(article)]


def is_mostly_links(leaf: HtmlElement) -> bool:
    """Tell whether more than half of the letters of a block lead elsewhere."""
    return sum(len(words_of(link)) for link in leaf.iter("a")) > 0.6 * len(words_of(leaf))


def _is_around(element: HtmlElement) -> bool:
    if element.tag in _AROUND_TAGS:
        return element.tag != "aside" or "callout" not in (element.get("class") or "")
    attributes = element.items()
    if not attributes:
        return False
    if element.get("role") in _AROUND_ROLES or element.get("aria-hidden") == "true":
        return True
    if element.tag in ("a", "em", "strong", "code", "pre", "h1", "p"):
        return bool(re.search(r"screen-reader-text|assistive-text|skip-link|sr-only", element.get("class") or ""))
    return any(_is_name_around(each) for name, value in attributes if name in _NAMES for each in value.split())


@lru_cache(maxsize=10_000)  # most elements of a page share a few classes
def _is_name_around(name: str) -> bool:
    return bool(_AROUND.search(name))


def _with_invitation(form: HtmlElement, total: int) -> HtmlElement:
    """Widen a form to the box around it that only invites to fill it in."""
    widest, own = form, count_of(words_of(form))
    for box in form.iterancestors():
        if next(islice(box, _MOST_PARTS, None), None) is not None:  # len() counts them all, and may find very many
            break
        words = words_of(box)
        if box.tag not in _CONTAINERS or count_of(words) - own > _INVITATION or len(words) > total * 0.15:
            break
        widest = box
    return widest


def _drop_above(article: HtmlElement, account: Account) -> None:
    """Drop lines of author and date before the first words of prose, whether a block holds them or none does."""
    above: list[HtmlElement] = []
    prose: HtmlElement | None = None
    for leaf in islice(leaves_of(article), _MOST_ABOVE):
        if leaf.tag not in HEADINGS and _is_prose(words_of(leaf)):
            prose = leaf
            break
        above.append(leaf)
    if prose is None and len(above) == _MOST_ABOVE:
        return
    inside = set(above)
    for each in _ended_before(prose, article):
        tail = each.tail or ""
        if is_byline(tail) and each.getparent() not in inside:
            each.tail = None
            account.words(tail)
    for line in above if prose is not None else ():
        if line.tag not in HEADINGS and is_byline(words_of(line)):
            account.drop(line)


def _ended_before(prose: HtmlElement | None, article: HtmlElement) -> list[HtmlElement]:
    """List the blocks of `article` that end before `prose` begins; all of them where there is none."""
    found: list[HtmlElement] = []
    for event, each in etree.iterwalk(article, events=("start", "end"), tag=list(BLOCKS)):
        if each is prose:
            break
        if event == "end" and each is not article:
            found.append(each)
    return found


def _is_prose(words: str) -> bool:
    return count_of(words) >= _PROSE and not is_byline(words)


def _stop(leaves: list[tuple[HtmlElement, str]]) -> HtmlElement | None:
    """Find where an article ends: at words that open what comes after one, with mostly links and controls behind."""
    stops = {leaf for leaf, words in leaves[1:] if is_stop(words)}
    if not stops:
        return None
    found: tuple[HtmlElement, str] | None = None
    prose_behind: dict[str, int] = {}  # for the words of a stop: the leaves of prose after its last occurrence
    idle = 0
    for behind, (leaf, words) in enumerate(reversed(leaves[1:])):
        if leaf in stops:
            prose = behind - idle
            if prose_behind.setdefault(words, prose) < prose:
                # This box is repeated between the parts of the article, so even its last occurrence is not the end.
                return None if found is None or (found[1] == words and prose_behind[words]) else found[0]
            if idle * 2 >= behind:
                found = leaf, words
        idle += leaf in stops or _says_nothing(leaf, words)
    return found[0] if found else None


def _says_nothing(leaf: HtmlElement, words: str) -> bool:
    return is_junk(words) or count_of(words) <= 4 or is_mostly_links(leaf)


def _drop_from(stop: HtmlElement, article: HtmlElement, account: Account) -> None:
    """Drop `stop` and everything behind it that still belongs to `article`."""
    behind: list[HtmlElement] = []
    for inner in (stop, *stop.iterancestors()):
        if inner is article:
            break
        behind += [stop] if inner is stop else []
        account.words((inner.tail or "") if inner is not stop else "")
        if inner is not stop:
            inner.tail = None
        behind += list(inner.itersiblings())
    for each in behind:
        tail, each.tail = each.tail or "", None
        account.drop(each)
        account.words(tail)
