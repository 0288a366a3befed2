"""HTML from a clipboard becomes a Draft. In: what Google Docs, Word or a page puts there. Out: the same, as a post.

Nothing around it has to be found; but headings may be bold paragraphs, and the title the first of them.
"""

import re
from dataclasses import replace

from lxml.html import HtmlElement

from newsletter.sources.draft import Draft
from newsletter.sources.html.account import Account
from newsletter.sources.html.quoted import drop_quoted
from newsletter.sources.html.reading import words_of
from newsletter.sources.html.tree import base_of, clean, parse_html
from newsletter.sources.material import Material
from newsletter.sources.page.article import without_title
from newsletter.sources.pictures import take_beside
from newsletter.sources.signature import signature_of
from newsletter.sources.words import letters_of
from newsletter.sources.writing import draft_of

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONGEST_HEADING = 90
_BETWEEN = re.compile(r"<!--StartFragment-->(.*)<!--EndFragment-->", re.DOTALL)


def read_clipboard(material: Material) -> Draft:
    """Read a piece of HTML that holds only the article. Raises SourceError."""
    html = material.text()
    fragment = _BETWEEN.search(html)
    root = parse_html(fragment[1] if fragment and fragment[1].strip() else html, material.name)
    account = Account()
    drop_quoted(root, account)
    pictures = take_beside(root, material.beside, account)
    draft = read_fragment(root, "clipboard HTML", material.url, account=account)
    needs = (*draft.needs, *signature_of(draft.body))
    return replace(draft, enclosures=(*draft.enclosures, *pictures), needs=needs)


def read_fragment(
    root: HtmlElement,
    kind: str,
    url: str,
    title: str = "",
    facts: dict[str, str] | None = None,
    account: Account | None = None,
) -> Draft:
    """Read a tree that holds only the article; without a `title`, its first heading is the title."""
    base = base_of(root, url)
    account = account or Account()
    clean(root, base, account, document=True)
    article = _body(root)
    headings_of_bold(article)
    if title and letters_of(words_of(article)) != letters_of(title):
        without_title(article, title)
    title = title or _take_title(article)
    return draft_of(article, kind, title, base, facts or {}, root.get("lang") or "", account)


def headings_of_bold(article: HtmlElement) -> None:
    """Turn short bold paragraphs into headings, where an article has no headings of its own."""
    if any(words_of(each) for each in article.iter(*_HEADINGS[1:])):
        return
    bold = [each for each in article.iter("p") if _is_bold_line(each) and _leads(each)]
    for paragraph in bold:
        paragraph.tag = "h2"
        for strong in list(paragraph.iter("strong", "b")):
            strong.drop_tag()


def _body(root: HtmlElement) -> HtmlElement:
    body = root.find("body")
    return body if body is not None else root


def _is_bold_line(paragraph: HtmlElement) -> bool:
    if next(paragraph.iterdescendants("strong", "b"), None) is None:
        return False
    words = words_of(paragraph)
    bold = " ".join(
        words_of(each)
        for each in paragraph.iter("strong", "b")
        if next(each.iterancestors("strong", "b"), None) is None
    )
    same = re.sub(r"\s", "", words) == re.sub(r"\s", "", bold)
    outside = next(paragraph.iterancestors("table", "li", "blockquote"), None) is None
    ends = words.endswith((".", ",", ";")) or paragraph.find(".//a") is not None or paragraph.find(".//br") is not None
    return bool(words) and same and outside and len(words) <= _LONGEST_HEADING and not ends


def _leads(paragraph: HtmlElement) -> bool:
    """Say whether an element that is not bold itself follows."""
    after = paragraph.getnext()
    while after is not None and not words_of(after):
        after = after.getnext()
    return after is not None and not (after.tag == "p" and _is_bold_line(after))


def _take_title(article: HtmlElement) -> str:
    """Take the first heading for the title, where no words stand before it."""
    for element in article.iter(*_HEADINGS, "p", "li", "td", "pre"):
        words = words_of(element)
        if not words:
            continue
        if element.tag not in _HEADINGS:
            return ""
        if words_of(article) != words:
            element.drop_tree()
        return words
    return ""
