"""Lists whose levels stand in styles and classes become lists in lists. In: a tree. Out: the same, changed in place.

Word writes paragraphs with ``mso-list:l0 level2``, Google Docs a list of its own per level (``lst-kix_x-1``), Word on
the web a list per item with ``data-aria-level``.
"""

import re
from dataclasses import dataclass
from itertools import islice

from lxml.html import Element, HtmlElement

from newsletter.sources.html.reading import HEADINGS, has_words, words_of

_LEVEL = re.compile(r"mso-list:(\S+?)level(\d)", re.IGNORECASE)
_GOOGLE = re.compile(r"(?:^|\s)(lst-[\w-]+?)-(\d)(?:$|\s)")
_NUMBER = re.compile(r"\(?(?:\d{1,4}|[a-z]{1,5})(?:\.\d{1,3})*[.)]", re.IGNORECASE)
_TYPED = re.compile(r"\s*([·•▪§o–-]|\(?[0-9a-zA-Z]{1,4}[.)])\s+")
_DEEPEST = 9
_MOST_EMPTY = 200  # elements that are looked past for the list that goes on


def nest_lists(root: HtmlElement, attributed: list[HtmlElement]) -> None:
    """Make lists of the paragraphs and flat lists of `root` that say their level, by attributes."""
    _word_paragraphs(attributed)
    if any(each.get("data-aria-level") or "lst-" in (each.get("class") or "") for each in attributed):
        _flat_lists(root)


@dataclass(frozen=True, slots=True)
class _Open:
    """A list that items may still be added to."""

    level: int
    name: str
    made: HtmlElement


class _Builder:
    """Adds items at their level; an item deeper than the last goes into a list inside it."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self.outermost: HtmlElement | None = None
        self.reached: HtmlElement | None = None
        """The element before the place of the last added item: from the list to it there are only empty elements."""

    def goes_on_after(self, element: HtmlElement | None) -> bool:
        """Tell whether the list that is being built stands right before `element`."""
        return self.outermost is not None and element is self.outermost

    def add(self, item: HtmlElement, level: int, name: str, ordered: bool, start: str) -> HtmlElement | None:
        """Add `item`; return the list that was opened at the outermost level, if one was."""
        level = min(level, _DEEPEST)
        while self._open and self._open[-1].level > level:
            self._open.pop()
        tag = "ol" if ordered else "ul"
        last = self._open[-1] if self._open else None
        if last is not None and last.level == level:
            if last.made.tag == tag and (last.name == name or level > 1):
                last.made.append(item)
                return None
            self._open.pop()
            last = self._open[-1] if self._open else None
        made = Element(tag)
        if ordered and start.isdigit() and start != "1":
            made.set("start", start)
        made.append(item)
        self._open.append(_Open(level, name, made))
        if last is not None:
            last.made[-1].append(made)
            return None
        self.outermost = made
        return made

    @property
    def last_item(self) -> HtmlElement:
        """The item added last."""
        return self._open[-1].made[-1]


def _word_paragraphs(attributed: list[HtmlElement]) -> None:
    building = _Builder()
    for paragraph in attributed:
        if paragraph.tag != "p" and paragraph.tag not in HEADINGS:
            continue
        style = (paragraph.get("style") or "").replace(" ", "").lower()
        found = _LEVEL.search(style)
        if found is None and "mso-list:" in style and "mso-list:none" not in style and "mso-list:skip" not in style:
            found = re.search(r"mso-list:(\S*)()", style)
        if found is None or str(paragraph.tag)[0] == "h":
            before = _before(paragraph, building) if "MsoListParagraph" in (paragraph.get("class") or "") else None
            if before is not None and building.goes_on_after(before):
                _move(paragraph, before, building.last_item)  # a second paragraph of the item before
            continue
        before = _before(paragraph, building)
        mark = _mark(paragraph)
        if not building.goes_on_after(before):
            building = _Builder()
        tail, paragraph.tail = paragraph.tail, None
        place = Element("div")  # counting its position instead would take as long as the document is
        paragraph.addprevious(place)
        paragraph.tag = "li"
        number = re.sub(r"\D", "", mark.rpartition(".")[0] if mark.endswith(".") else mark)
        made = building.add(paragraph, int(found[2] or 1), found[1], bool(_NUMBER.fullmatch(mark)), number)
        building.reached = place.getprevious() if made is None else made
        _put(place, made, building.outermost, tail)


def _put(place: HtmlElement, made: HtmlElement | None, outermost: HtmlElement | None, tail: str | None) -> None:
    """Put a list that was made where its first item stood, or give its tail to the list that goes on."""
    if made is not None:
        place.addprevious(made)
        made.tail = tail
    elif outermost is not None:
        outermost.tail = (outermost.tail or "").rstrip() + (tail or "")
    parent = place.getparent()
    if parent is not None:
        parent.remove(place)


def _before(paragraph: HtmlElement, building: _Builder) -> HtmlElement | None:
    """Find the element before, where no words and only comments and a few empty elements stand between."""
    for before in islice(paragraph.itersiblings(preceding=True), _MOST_EMPTY):
        if (before.tail or "").strip():
            return None
        if before is building.reached:
            return building.outermost
        if isinstance(before.tag, str) and (before.tag not in ("p", "span", "a") or has_words(before)):
            return before
    return None


def _move(paragraph: HtmlElement, made: HtmlElement, item: HtmlElement) -> None:
    tail, paragraph.tail = paragraph.tail, None
    item.append(paragraph)
    made.tail = (made.tail or "") + (tail or "")


def _mark(paragraph: HtmlElement) -> str:
    """Take the bullet or number out of a paragraph of Word's, where it stands as text."""
    for span in list(paragraph.iter("span")):
        if "mso-list:ignore" in (span.get("style") or "").replace(" ", "").lower():
            mark = words_of(span)
            span.drop_tree()
            return mark
    found = _TYPED.match(paragraph.text or "")
    if found:
        paragraph.text = (paragraph.text or "")[found.end() :]
        return found[1]
    return "·"


def _flat_lists(root: HtmlElement) -> None:
    building = _Builder()
    for flat in list(root.iter("ul", "ol")):
        level = _level_of(flat)
        if level is None or flat.getparent() is None:
            continue
        wrapper = _wrapper(flat)
        before = wrapper.getprevious()
        joins = before is not None and building.goes_on_after(before) and not (before.tail or "").strip()
        if not joins:
            building = _Builder()
        tail = wrapper.tail
        items = [child for child in flat if isinstance(child.tag, str)]
        start = flat.get("start") or ""
        for item in items:
            item.tail = None
            made = building.add(item, level[1], level[0], flat.tag == "ol", start)
            if made is not None:
                wrapper.addprevious(made)
                made.tail = None
        wrapper.tail = None
        wrapper.drop_tree()
        if building.outermost is not None and (tail or "").strip():
            building.outermost.tail = tail


def _level_of(flat: HtmlElement) -> tuple[str, int] | None:
    found = _GOOGLE.search(flat.get("class") or "")
    if found:
        return found[1], int(found[2]) + 1
    first = flat.find("li")
    level = (first.get("data-aria-level") or "") if first is not None else ""
    if level.isdigit() and first is not None:
        return f"word-{first.get('data-listid') or ''}", int(level)
    return None


def _wrapper(flat: HtmlElement) -> HtmlElement:
    """Find the box that holds nothing but this list, as Word on the web puts around each."""
    box = flat.getparent()
    if box is not None and "ListContainerWrapper" in (box.get("class") or "") and len(box) == 1:
        return box
    return flat
