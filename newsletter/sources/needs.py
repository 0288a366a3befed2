"""Finds what only a human can put right in a post. In: a cleaned tree, or lines of text. Out: Needs.

Words that hint at a missing link are known in English and Welsh. `base` is the address that the addresses in a tree are
relative to; empty: it is unknown.
"""

import re
from collections.abc import Iterable, Iterator

from lxml import etree
from lxml.html import HtmlElement

from newsletter.sources.draft import Need, quoted
from newsletter.sources.html.reading import words_of

LABEL = re.compile(
    r"\[((?:follow|click|read|see|download|view|watch|open|link|find|sign|donate|darllen|cliciwch|gweler|dilynwch|lawrlwytho)\b[^\[\]\n]{2,200})\](?!\()",
    re.IGNORECASE,
)
APPENDIX = re.compile(
    r"(?:appendix|annex|attachment|attached|enclosure|enclosed|atodiad)\b[ \t]*(?:[0-9A-Z]{1,3}\b)?[ \t]*[:.–—-]",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[a-z][a-z0-9+.-]*:|#", re.IGNORECASE)  # an address that needs no base
_LINK = "needs a link: put its address behind the words, [words](https://…), or take the brackets out"
_DOCUMENT = "needs a link: name the document it stands for, [words](https://… or file.pdf), or take it out"


def needs_of(root: HtmlElement, base: str) -> list[Need]:
    """List what is missing in a tree.

    That is: links without an address, pictures without alternative text, addresses that are relative while `base` is
    unknown, headings that skip a level, and words in brackets that stand for a link.
    """
    return [
        *_links(root, base),
        *_images(root, base),
        *_headings(root),
        *(labels_without_links(words_outside_links(root)) if "[" in _text_of(root) else ()),
    ]


def _text_of(root: HtmlElement) -> str:
    return str(etree.tostring(root, method="text", encoding="unicode", with_tail=False))


def words_outside_links(root: HtmlElement) -> str:
    """Return the words of a tree that are neither in a link with an address nor in ``pre``."""
    pieces: list[str | None] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment"))
    for event, each in walk:
        skipped = each.tag == "pre" or (each.tag == "a" and each.get("href") is not None)
        if event == "start" and skipped:
            walk.skip_subtree()
        elif event == "start":
            pieces.append(each.text)
        elif each is not root:
            pieces.append(each.tail)
    return "".join(filter(None, pieces))


def labels_without_links(text: str) -> Iterator[Need]:
    """Find words in brackets that stand for a link but have no address, such as [Follow this link to read it.]."""
    for label in LABEL.finditer(text):
        yield Need("link", quoted(label[1]), _LINK)


def appendices_without_links(lines: Iterable[str]) -> Iterator[Need]:
    """Find lines that begin with the name of an appendix or an attachment, whose document pasting has left behind."""
    for line in lines:
        if APPENDIX.match(line) and "://" not in line:
            yield Need("link", quoted(line), _DOCUMENT)


def _links(root: HtmlElement, base: str) -> Iterator[Need]:
    """Find links without an address, or with a relative one while `base` is unknown.

    An ``a`` with a name or an id and no address is no link: other links lead to it.
    """
    for link in root.iter("a"):
        href = link.get("href")
        if href and (base or _WHOLE.match(href)):
            continue
        words = words_of(link)
        if href is None and not (link.get("name") or link.get("id")) and words:
            yield Need("link", quoted(words), _LINK)
        elif href == "" and words:
            yield Need(
                "link",
                quoted(words),
                "it led to a script of the page or to nowhere; give it an address or leave it as words",
            )
        elif href:
            yield Need(
                "link",
                quoted(f"{words} ({href})"),
                "its address is only part of one: set base_url at the top, or write it out",
            )


def _images(root: HtmlElement, base: str) -> Iterator[Need]:
    """Find pictures without alternative text, unless in a link, and relative addresses while `base` is unknown."""
    for image in root.iter("img"):
        src = image.get("src") or ""
        if src and not (image.get("alt") or "").strip() and next(image.iterancestors("a"), None) is None:
            yield Need(
                "image",
                quoted(src, 200),
                "say what it shows between the brackets, ![what it shows](…), for who cannot see it",
            )
        if src and not base and not re.match(r"https?:|data:|pictures/|//", src) and not image.get("data-enclosed"):
            yield Need(
                "image",
                quoted(src, 200),
                "its address is only part of one: set base_url at the top, or put the file beside the post",
            )


def _headings(root: HtmlElement) -> Iterator[Need]:
    """Find headings that skip a level; the first one, and one behind a level 1, may have any level."""
    last = 1
    for heading in root.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        level = int(str(heading.tag)[1])
        if last > 1 and level > last + 1:
            yield Need(
                "heading",
                quoted(words_of(heading)),
                f"it skips from level {last} to {level}; look whether it is part of the one above",
            )
        last = level
