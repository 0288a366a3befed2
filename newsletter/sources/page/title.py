"""The title of a page, without the name of its site. In: a page's tree and facts. Out: the title."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newsletter.sources.html.reading import with_attributes, words_of
from newsletter.sources.words import letters_of

_SEPARATOR = re.compile(
    r"\s+(?:[|·•»«›‹–—:/~]|::|-{1,2}|<|>)\s+|\s*[｜│┃‖]\s*|(?<=\S)\s*(?:[_－]|\s-|-\s)\s*(?=\S)|\s*\|\s*|:\s+"
)
_HOMES = ("/", "./", "index.html", "/index.html")
_IS_HOME = " or ".join(f"@href='{each}'" for each in _HOMES)
_BARS = re.compile(r"\s*[|｜│]\s*")


def title_of(root: HtmlElement, facts: dict[str, str], base: str) -> str:
    """Find the title: a heading that the page's stated title holds, or that title without the name of the site."""
    named = root.find(".//title")
    whole = words_of(named) if named is not None else ""
    stated = facts.get("title", "")
    headings = [words for each in root.iter("h1") if (words := words_of(each).rstrip(" #¶§🔗"))]
    matching = [heading for heading in headings if _is_part(heading, stated or whole)]
    if matching:
        return max(matching, key=len)
    if not stated and len(headings) == 1:
        return headings[0]
    if stated and whole and _is_part(stated, whole):
        return _without_site(stated, _site_names(root, base))
    return _without_site(stated or whole, _site_names(root, base))


def _is_part(heading: str, text: str) -> bool:
    """Tell whether a heading is the whole of a title, or all of it but what stands behind or before a separator."""
    if letters_of(heading) == letters_of(text):
        return True
    if heading not in text or len(letters_of(heading)) < 3:
        return False
    before, _, behind = text.partition(heading)
    opens = not before.strip() or any(each.end() == len(before) for each in _SEPARATOR.finditer(before + "x"))
    closes = not behind.strip() or any(each.start() == 1 for each in _SEPARATOR.finditer("x" + behind))
    return opens and closes


def _without_site(text: str, sites: set[str]) -> str:
    """Cut the name of a site off either end of a title; behind a bar it is cut even where it is not known."""
    pieces = list(_SEPARATOR.finditer(text))
    for last in reversed(pieces):
        if letters_of(text[last.end() :]) in sites and last.start() > 0:
            return _without_site(text[: last.start()].strip(), sites)
    for first in pieces:
        if letters_of(text[: first.start()]) in sites and text[first.end() :].strip():
            return _without_site(text[first.end() :].strip(), sites)
    bar = list(_BARS.finditer(text))
    if bar and bar[-1].start() > 8 and len(text) - bar[-1].end() <= bar[-1].start():
        return text[: bar[-1].start()].strip()
    return text


def _site_names(root: HtmlElement, base: str) -> set[str]:
    """List what a site calls itself, in letters."""
    names = {letters_of(name) for name in _named(root)}
    try:
        host = (urlsplit(base).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    if host:
        names |= {letters_of(host), letters_of(host.rpartition(".")[0]), letters_of(host.split(".")[0])}
    return {name for name in names if name}


def _named(root: HtmlElement) -> Iterator[str]:
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name in (
            "og:site_name",
            "application-name",
            "apple-mobile-web-app-title",
            "twitter:site",
            "publisher",
            "author",
        ):
            yield meta.get("content") or ""
    for link in root.xpath(f"descendant::a[@class or @rel or @id or {_IS_HOME}]"):
        marks = f"{link.get('class') or ''} {link.get('rel') or ''} {link.get('id') or ''}".lower()
        is_home = (link.get("href") or "") in _HOMES or "home" in marks.split()
        if is_home or re.search(r"site-?(?:title|name|logo)|brand|logo", marks):
            yield words_of(link)
            yield from (image.get("alt") or "" for image in link.iter("img"))
    for element in with_attributes(root):
        if re.search(r"site-title|site-?name", element.get("class") or ""):
            yield words_of(element)
