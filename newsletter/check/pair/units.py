"""A half of a post as a row of units. In: a Post. Out: its headings, items, rows, pictures, buttons, notes and texts.

Two halves say the same only if their units pair one by one; texts (paragraphs) alone may be split and joined freely.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from newsletter.check.reading import read_for_check
from newsletter.compiler.buttons import mark_buttons
from newsletter.compiler.markdown import LINE
from newsletter.post import Post

TEXT = "text"
NAMES = {
    "heading": "heading",
    "item": "list item",
    "row": "table row",
    "table": "table",
    "picture": "picture",
    "button": "button",
    "footnote": "footnote",
    "quote": "quotation or box",
    TEXT: "paragraph",
}
"""What organisers call each kind."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("ul", "ol", "dl")
_BLOCKS = frozenset(
    "p div section article header footer main aside figure figcaption pre blockquote table caption ul ol dl li dt dd "
    "tr thead tbody tfoot h1 h2 h3 h4 h5 h6 details summary address center".split()
)
_REFERENCE = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Unit:
    """One part of a half. `level`: of a heading, of an item in lists within lists, or how many cells a row has."""

    kind: str
    level: int
    parts: tuple[str, ...]
    """Its words: one part, but for a row, which has one for each cell."""
    line: int
    """In the file."""
    links: tuple[tuple[str, str], ...] = ()
    """Address and words of each link in it."""
    alt: str | None = None
    """Of a picture; None: its author gave none."""

    @property
    def text(self) -> str:
        return " ".join(self.parts).strip()


@dataclass
class Half:
    """One half of a post, with its units in order."""

    post: Post
    units: list[Unit] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.post.language.lower().partition("-")[0]

    @property
    def name(self) -> str:
        """Its file's name."""
        return self.post.path.name

    def line_of(self, unit: Unit, words: str) -> int:
        """Name the line on which `words` of `unit` stand."""
        lines = self.post.body.split("\n")
        first = max(unit.line - self.post.first_line, 0)
        for at in range(first, min(first + 60, len(lines))):
            if words in lines[at]:
                return self.post.first_line + at
        return unit.line


def read_half(post: Post) -> Half:
    """Read the units of a half."""
    half = Half(post)
    root = read_for_check(post, lines=True).root
    mark_buttons(root)
    half.units = [*_front(post), *_walk(root, post, 0)]
    return half


def _front(post: Post) -> Iterator[Unit]:
    """Yield what the front matter says, as units that every half has."""
    for name in dict.fromkeys(("title", "subject", "preheader")):
        yield Unit("heading", -1, (getattr(post, name),), post.line_of_key(name) or post.line_of_key("title") or 1)
    if post.image:
        yield Unit("picture", 0, (post.image_alt,), post.line_of_key("image") or 1, alt=post.image_alt)


def _walk(element: HtmlElement, post: Post, depth: int) -> Iterator[Unit]:
    """Yield the units of the blocks in `element`, and of the words that stand between them."""
    loose: list[HtmlElement | str] = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS:
            yield from _made(TEXT, 0, loose, element, post)
            loose = []
            yield from _block(child, post, depth)
        else:
            loose.append(child)
        loose.append(child.tail or "")
    yield from _made(TEXT, 0, loose, element, post)


def _block(element: HtmlElement, post: Post, depth: int) -> Iterator[Unit]:
    tag = str(element.tag)
    if tag in _HEADINGS:
        yield from _made("heading", int(tag[1]), [element], element, post)
    elif tag in _LISTS:
        kind = "footnote" if any(each.get("class") == "footnotes" for each in element.iterancestors("div")) else "item"
        for item in element:
            yield from _item(kind, item, post, depth + 1)
    elif tag == "table":
        yield from _table(element, post, depth)
    elif tag == "blockquote":
        yield Unit("quote", 0, (), _line(element, post))
        yield from _walk(element, post, depth)
    elif any(child.tag in _BLOCKS for child in element):
        yield from _walk(element, post, depth)
    else:
        yield from _made(TEXT, 0, [element], element, post)


def _item(kind: str, item: HtmlElement, post: Post, depth: int) -> Iterator[Unit]:
    """Yield an item with its own words, then the lists and tables within it."""
    own: list[HtmlElement | str] = [item.text or ""]
    within: list[HtmlElement] = []
    for child in item:
        if child.tag in (*_LISTS, "table", "blockquote"):
            within.append(child)
        else:
            own += [child, " "]
        own.append(child.tail or "")
    made = list(_made(kind, depth, own, item, post))
    yield from made or [Unit(kind, depth, ("",), _line(item, post))]
    for child in within:
        yield from _block(child, post, depth)


def _table(table: HtmlElement, post: Post, depth: int) -> Iterator[Unit]:
    if any(True for _ in table.iterdescendants("table")):  # it lays out the page
        for cell in table.iter("td", "th"):
            if next(cell.iterancestors("table")) is table:
                yield from _walk(cell, post, depth)
        return
    yield Unit("table", 0, (), _line(table, post))
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        parts = tuple(_words([cell]) for cell in cells)
        yield Unit("row", len(cells), parts, _line(row, post), _links(cells))
        yield from _pictures(cells, post, row)


def _made(kind: str, level: int, pieces: list[HtmlElement | str], around: HtmlElement, post: Post) -> Iterator[Unit]:
    """Yield the unit of some words and elements in a row, and a unit for each picture among them."""
    elements = [piece for piece in pieces if not isinstance(piece, str)]
    words = _words(pieces)
    if kind == TEXT and _is_button(words, elements):
        kind = "button"
    if words:
        yield Unit(kind, level, (words,), _line(around, post), _links(elements))
    yield from _pictures(elements, post, around)


def _is_button(words: str, elements: list[HtmlElement]) -> bool:
    """Say whether the words are one link and nothing else, marked as a button, however long it is."""
    links = [link for element in elements for link in element.iter("a")]
    if len(links) != 1 or links[0].findall(".//img") or _words([links[0]]) != words:
        return False
    link = links[0]
    bold = link.findall(".//strong") or any(True for _ in link.iterancestors("strong", "b"))
    return bool(bold) or link.get("class") == "button"


def _pictures(elements: list[HtmlElement], post: Post, around: HtmlElement) -> Iterator[Unit]:
    for element in elements:
        for image in element.iter("img"):
            alt = image.get("alt")
            line = post.line_of(image.get("src") or "") or _line(around, post)
            yield Unit("picture", 0, (" ".join((alt or "").split()),), line, alt=alt)


def _links(elements: list[HtmlElement]) -> tuple[tuple[str, str], ...]:
    found = [link for element in elements for link in element.iter("a") if link.get("href")]
    return tuple((link.get("href", "").strip(), _words([link]) or _alt(link)) for link in found)


def _alt(link: HtmlElement) -> str:
    return " ".join(image.get("alt") or "" for image in link.iter("img"))


def _words(pieces: list[HtmlElement | str] | list[HtmlElement]) -> str:
    """Return the words of the pieces; a line break is a space, and a footnote's number is no word."""
    said = (piece if isinstance(piece, str) else "".join(_said(piece)) for piece in pieces)
    return " ".join("".join(said).split())


def _said(element: HtmlElement) -> Iterator[str]:
    apart = element.tag in ("br", "p", "div", "li", "td")
    if not isinstance(element.tag, str) or (element.tag == "sup" and _REFERENCE.fullmatch(element.text or "")):
        return
    yield (" " if apart else "") + (element.text or "")
    for child in element:
        yield from _said(child)
        yield child.tail or ""
    yield " " if apart else ""


def _line(element: HtmlElement, post: Post) -> int:
    """Name the line of the file that `element` begins on, or the block around it, or the first within it."""
    if post.markup == "html":
        return post.first_line + max(int(element.sourceline or 1) - 1, 0)
    for each in (element, *element.iterdescendants(), *element.iterancestors()):
        if each.get(LINE):
            return post.first_line + int(each.get(LINE, "1")) - 1
    return post.first_line
