"""Questions about any tree. In: an element. Out: its words, its runs of words, and which elements are blocks."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from newsletter.sources.words import count_of

BLOCKS = frozenset("p div ul ol li table blockquote pre h1 h2 h3 h4 h5 h6 figure section article dl hr form".split())
ENDS_A_RUN = BLOCKS | frozenset(
    "body nav aside header footer main td th tr tbody thead tfoot caption dt dd figcaption address center details "
    "summary fieldset hgroup search br button option select label legend".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def with_attributes(root: HtmlElement) -> list[HtmlElement]:
    """List the elements that have attributes; no Python object is made for the others, which are the majority."""
    found: list[HtmlElement] = root.xpath("descendant-or-self::*[@*]")
    return found


def is_in(element: HtmlElement, place: HtmlElement) -> bool:
    """Tell whether an element stands in `place`, and was not dropped from it."""
    return any(each is place for each in element.iterancestors())


def words_of(element: HtmlElement) -> str:
    """Read the words of an element, with single spaces."""
    words = element.text or "" if len(element) == 0 else " ".join(element.itertext())
    return " ".join(words.split())


def has_so_many_words(element: HtmlElement, least: float) -> bool:
    """Tell whether an element holds `least` words, without reading many more."""
    count = 0
    for text in element.itertext():
        count += count_of(text)
        if count >= least:
            return True
    return count >= least


def has_words(element: HtmlElement) -> bool:
    """Tell whether an element holds any words, without reading more than the first."""
    text = element.text
    if text and not text.isspace():
        return True
    return len(element) > 0 and any(text and not text.isspace() for text in element.itertext())


def holds_block(element: HtmlElement) -> bool:
    """Tell whether any block stands in an element."""
    return len(element) > 0 and next(element.iterdescendants(*BLOCKS), None) is not None


def leaves_of(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the blocks that hold words and no other block, in their order. One pass."""
    opened: HtmlElement | None = None
    for event, each in etree.iterwalk(element, events=("start", "end"), tag=list(BLOCKS)):
        if event == "start":
            opened = each
        elif each is opened and each is not element and has_words(each):
            yield each


@dataclass(frozen=True, slots=True)
class TextRun:
    """The words of one line or paragraph, with the number of their letters in links; or a picture."""

    holder: HtmlElement
    words: str
    linked: int = 0
    picture: HtmlElement | None = None

    @property
    def count(self) -> int:
        """The number of words."""
        return count_of(self.words)


def runs_of(root: HtmlElement, skip: HtmlElement | None = None) -> Iterator[TextRun]:
    """Yield what stands in `root`, run by run, in the order it is read, without the subtree `skip`. One pass."""
    gathered = _Gathered(root)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, each in walk:
        opens = event == "start"
        if opens and each is skip:
            walk.skip_subtree()
        if each.tag in ENDS_A_RUN or each is skip:
            yield from gathered.close(each if opens else each.getparent())
        elif each.tag == "a":
            gathered.links += 1 if opens else -1
        elif each.tag == "img" and opens:
            yield TextRun(gathered.holder, "", picture=each)
        if opens:
            gathered.add(each.text if isinstance(each.tag, str) and each is not skip else None)
        elif each is not root:
            gathered.add(each.tail)
    yield from gathered.close(root)


class _Gathered:
    """The words of the run that is being read."""

    def __init__(self, root: HtmlElement) -> None:
        self.holder = self._root = root
        self.links = self._linked = 0
        self._pieces: list[str] = []

    def add(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)
            self._linked += len(" ".join(text.split())) if self.links > 0 else 0

    def close(self, next_holder: HtmlElement | None) -> Iterator[TextRun]:
        words = " ".join("".join(self._pieces).split())
        if words:
            yield TextRun(self.holder, words, self._linked)
        self._pieces.clear()
        self._linked = 0
        self.holder = next_holder if next_holder is not None else self._root
