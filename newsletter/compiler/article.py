"""Makes sanitised HTML an article. In: HTML from ``sanitise``. Out: one tree for both parts of a mail, and findings.

After it, links and images are absolute, headings run from h2 without a gap, players are links, and nothing is empty.
It never drops an author's words: what cannot be kept as it was stays as text.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml.html import Element, HtmlElement, HTMLParser, fragment_fromstring

from newsletter.compiled import Finding, Severity
from newsletter.compiler.addresses import IMAGE, LINK, Addresses, splits
from newsletter.compiler.bidi import turn_blocks
from newsletter.compiler.buttons import mark_buttons
from newsletter.compiler.enclosed import Enclosed
from newsletter.compiler.figures import figures
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.heads import head_tables
from newsletter.compiler.sanitise import BLOCKS, PLAYERS, SECTIONS
from newsletter.errors import CompileError
from newsletter.languages import direction
from newsletter.post import Post
from newsletter.publish import Beside

STRUCK = ("s", "del", "strike")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_PLAIN_NAMES = dict.fromkeys(SECTIONS, "div") | {"figcaption": "p", "summary": "p"}
_OPENERS = (*HEADINGS, *sorted(BLOCKS & {"p", "li", "td", "th", "dt", "dd", "pre"}))
_KEPT_EMPTY = frozenset("br hr img col td th wbr".split())
_DEEPEST = 100
_LONGEST_PREHEADER = 120


class Article:
    """The tree under work, with what was noticed on the way."""

    def __init__(self, html: str, post: Post, gaps: Gaps, beside: Beside | None = None) -> None:
        self.findings: list[Finding] = []
        self.enclosed = Enclosed(beside)
        self.root = fragment(html)
        self._post = post
        self._addresses = Addresses(post, gaps, self.enclosed, self._note)
        _refuse_bottomless(self.root, post)
        for step in (
            figures,
            _plainer,
            mark_buttons,
            self._link_players,
            self._links,
            self._images,
            self._title_once,
            _headings,
            _lists,
            head_tables,
            _drop_empty,
            partial(turn_blocks, direction=direction(post.language)),
        ):
            step(self.root)

    def resolved(self, address: str) -> str:
        """Return the post's own `address` as an absolute one; empty, with a finding, where that cannot be."""
        return self._addresses.absolute(address, IMAGE, Severity.WARNING)

    def opening(self) -> str:
        """Return the first words, for a post whose author wrote no preheader."""
        said = deepcopy(self.root)
        for aside in (
            *said.findall(".//p[@class='label']"),
            *said.findall(".//p[@class='caption']"),
            *_all(said, *STRUCK),
        ):
            aside.drop_tree()
        blocks = _all(said, "p") or _all(said, "li", "td", "th") or [said]
        words = " ".join(filter(None, map(_words, blocks)))
        return words if len(words) <= _LONGEST_PREHEADER else words[:_LONGEST_PREHEADER].rpartition(" ")[0] + "…"

    def _link_players(self, root: HtmlElement) -> None:
        for player in _all(root, *PLAYERS):
            if player.getparent() is None:
                continue
            if player.tag in ("embed", "source"):
                _let_out(player)
            inner = next((source.get("src") for source in player.iter("source") if source.get("src")), None)
            address = player.get("src") or inner or ""
            for child in list(player):
                player.remove(child)
            host = (urlsplit(address).hostname or "").removeprefix("www.") if splits(address) else ""
            player.text = player.get("title") or (f"▶ {host}" if host else "")
            title, poster = player.text, player.get("poster")
            player.attrib.clear()
            player.tag = "a"
            if not address:
                self._note(
                    Severity.WARNING, "a player without an address was left out: there is nothing to lead to", None
                )
                _unwrap(player)
                continue
            player.set("href", address)
            if poster:
                _show_poster(player, poster)
            _in_a_paragraph(player)
            self._note(Severity.NOTE, f'what plays here became a link, "{title}": a mail cannot play it', address)

    def _links(self, root: HtmlElement) -> None:
        for link in _all(root, "a"):
            href = (link.get("href") or "").strip()
            kept = self._addresses.absolute(href, LINK)
            if not _words(link) and not link.findall(".//img"):
                if kept:
                    self._note(Severity.WARNING, "a link without words was left out: nobody could have seen it", href)
                _unwrap(link)
            elif not kept:
                _unwrap(link)
            else:
                link.set("href", kept)
                self.enclosed.describe(link)

    def _images(self, root: HtmlElement) -> None:
        for image in _all(root, "img"):
            src = (image.get("src") or "").strip()
            kept = self._addresses.absolute(src, IMAGE) if src else ""
            if kept and image.get("alt") is None:
                self._note(Severity.WARNING, f"the image {src} has no alt text: who cannot see it misses it", src)
            image.set("alt", " ".join((image.get("alt") or "").split()) or _where_it_leads(image))
            if not kept:
                if not src:
                    self._note(
                        Severity.ERROR, "an image cannot be shown: it has no address a mail can fetch", image.get("alt")
                    )
                _replace_by_words(image, image.get("alt") or "")
                continue
            image.set("src", kept)
            self.enclosed.measure(image)

    def _title_once(self, root: HtmlElement) -> None:
        first = next((block for block in root.iter(*_OPENERS) if _words(block)), None)
        if first is not None and first.tag in HEADINGS and _says(self._post.title, _words(first)):
            first.drop_tree()

    def _note(self, severity: Severity, message: str, words: str | None) -> None:
        # The post has an address as its author wrote it: with &amp; in HTML, and with plain spaces.
        forms = (words, words.replace("&", "&amp;"), unquote(words)) if words else ()
        line = next((at for form in forms if (at := self._post.line_of(form))), None)
        finding = Finding(severity, message, line)
        if finding not in self.findings:
            self.findings.append(finding)


def fragment(html: str) -> HtmlElement:
    """Read `html` as a tree below one div."""
    return fragment_fromstring(html, create_parent="div", parser=HTMLParser(huge_tree=True, encoding="utf-8"))


def _refuse_bottomless(root: HtmlElement, post: Post) -> None:
    depth, walker = 0, etree.iterwalk(root, events=("start", "end"))
    for event, _ in walker:
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            raise CompileError(path=post.path, why=f"its elements stand more than {_DEEPEST} deep in each other")


def _plainer(root: HtmlElement) -> None:
    for element in _all(root, *_PLAIN_NAMES):
        element.tag = _PLAIN_NAMES[element.tag]
    for element in list(root.iter()):
        style = (element.attrib.pop("style", "") or "").replace(" ", "").lower()
        if element.tag == "b" and ("font-weight:normal" in style or "font-weight:400" in style):
            _unwrap(element)
        # "left", which is what ":---" becomes, means where the text begins: on the right in an Arabic table.
        for side in ("right", "center"):
            if f"text-align:{side}" in style and element.tag in ("td", "th"):
                element.set("align", side)


def _says(title: str, heading: str) -> bool:
    """Say whether `title` has the same letters as `heading`, or is `heading` with the name of a site after it."""
    without_site = re.split(r"\s+[|–—·»-]\s+", title)[0]
    said = _letters(heading)
    return heading == title or (said != "" and said in (_letters(title), _letters(without_site)))


def _letters(words: str) -> str:
    return re.sub(r"[\W_]+", "", words).casefold()


def _headings(root: HtmlElement) -> None:
    """Renumber headings from h2 down, siblings alike and no level skipped, because the title is the only h1."""
    open_levels: list[int] = []
    for heading in _all(root, *HEADINGS):
        if not _words(heading):
            if heading.findall(".//img"):
                heading.tag = "p"
            else:
                heading.drop_tree()
            continue
        level = int(heading.tag[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        heading.tag = f"h{min(len(open_levels) + 1, 6)}"


def _lists(root: HtmlElement) -> None:
    """Wrap every child of a list that is not an item, such as a list directly inside a list, in an item."""
    for items in _all(root, "ul", "ol"):
        if (items.text or "").strip():
            items.insert(0, Element("li"))
            items[0].text, items.text = items.text, None
        for child in list(items):
            if child.tag == "li":
                _give_tail_an_item(child)
                continue
            before = child.getprevious()
            item = before if before is not None else Element("li")
            if before is None:
                items.insert(0, item)
            item.append(child)


def _give_tail_an_item(item: HtmlElement) -> None:
    if (item.tail or "").strip():
        words = Element("li")
        words.text, item.tail = item.tail, None
        item.addnext(words)


def _drop_empty(root: HtmlElement) -> None:
    for element in reversed(list(root.iter())):
        if element is root or element.tag in _KEPT_EMPTY or len(element) or _words(element):
            continue
        _replace_by_words(element, element.text or "")


def _show_poster(link: HtmlElement, poster: str) -> None:
    picture, below = Element("img", {"src": poster, "alt": ""}), Element("br")
    below.tail, link.text = link.text, None
    link.extend([picture, below])


def _in_a_paragraph(link: HtmlElement) -> None:
    parent, tail = link.getparent(), link.tail
    if parent is not None and parent.tag in ("div", "li", "td", "blockquote"):
        paragraph = Element("p")
        parent.replace(link, paragraph)
        link.tail, paragraph.tail = None, tail
        paragraph.append(link)


def _where_it_leads(image: HtmlElement) -> str:
    """Name the target of a link that holds nothing but an image without alt text."""
    link = next(image.iterancestors("a"), None)
    if link is None or _words(link):
        return ""
    return link.get("title") or (urlsplit(link.get("href", "")).hostname or "").removeprefix("www.")


def _all(root: HtmlElement, *tags: str) -> list[HtmlElement]:
    return list(root.iter(*tags))


def _words(element: HtmlElement) -> str:
    return " ".join("".join(_texts(element)).split())


def _texts(element: HtmlElement) -> Iterator[str]:
    return (str(text) for text in element.itertext())


def _let_out(element: HtmlElement) -> None:
    """Put what stands in an element that holds nothing after it: the parser does not know all of those."""
    parent, tail = element.getparent(), element.tail or ""
    assert parent is not None
    element.tail, element.text = element.text, None
    last = element
    for child in list(element):
        last.addnext(child)
        last = child
    last.tail = (last.tail or "") + tail


def _unwrap(element: HtmlElement) -> None:
    element.drop_tag()


def _replace_by_words(element: HtmlElement, words: str) -> None:
    for child in list(element):
        element.remove(child)
    element.text = words
    element.drop_tag()
